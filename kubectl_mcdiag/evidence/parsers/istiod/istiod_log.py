"""istiod's log: the lines that say something of remote clusters, networks and trust, as of Istio 1.10 to 1.31.

    TIME⇥level[⇥scope]⇥message[⇥key=value …]
    {"level":"error","time":"TIME","scope":"default","msg":"message","cluster":"cluster2"}    with --log_as_json

An error that wraps several spans physical lines; those that follow belong to the one with the time. Only what
matches the catalogue is kept, oldest first.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass

from kubectl_mcdiag.evidence.parsers.failures import masked

_LINE = re.compile(r"(?P<time>\d{4}-\d\d-\d\dT[\d:.]+Z)\t(?P<level>\w+)\t(?P<rest>.*)", re.DOTALL)
_JSON = re.compile(r"\{.*\}$", re.DOTALL)
_LONGEST = 4_000
_CONTINUED = 40
_LABEL = re.compile(r"(?:^|\s)([A-Za-z_][\w.-]*)=(\S+)")
_TOKEN = re.compile(r"eyJ[\w-]{8,}(?:\.[\w-]*){0,2}")
_KNOWN = (
    ("watch", re.compile(r"watch error in cluster (?P<cluster>[^:]{1,300}): (?P<error>.*)", re.DOTALL)),
    ("rejected", re.compile(r"(?:Add|Update) cluster: create remote cluster failed: (?P<error>.*)", re.DOTALL)),
    ("rejected", re.compile(r"Add cluster_id=(?P<cluster>\S{1,300}) from secret=\S{1,300}: (?P<error>.*)", re.DOTALL)),
    ("ignored", re.compile(r"ignoring cluster as it would overwrite the config cluster")),
    ("ignored", re.compile(r"ignoring (?P<cluster>\S{1,300}) as it would overwrite the local cluster")),
    ("duplicate", re.compile(r"cluster (?P<cluster>\S{1,300})?.{0,300}?has already been registered")),
    ("timeout", re.compile(r"remote clusters? (?P<cluster>\S{1,300} )?failed to sync after \S+")),
    ("replaced", re.compile(r"cluster (?P<cluster>\S{1,300}) synced, replacing registry")),
    ("files", re.compile(r"^(?P<error>.*file-backed (?:remote )?kubeconfigs.*)", re.DOTALL)),
    ("own", re.compile(r"Starting Istiod Server with primary cluster (?P<cluster>\S{1,300})")),
    (
        "leadership",
        re.compile(r"should join leader-election for cluster (?P<cluster>\S{1,300}): (?P<error>true|false)"),
    ),
    ("identity", re.compile(r'client claims to be in cluster "(?P<cluster>[^"]{0,300})"')),
    ("identity", re.compile(r"could not get cluster (?P<cluster>\S{1,300})'s kube client")),
    (
        "review",
        re.compile(r'failed to validate the JWT from cluster "(?P<cluster>[^"]{0,300})": (?P<error>.*)', re.DOTALL),
    ),
    ("hostname", re.compile(r'could not resolve hostname "(?P<error>[^"]{1,300})" for \d+ gateways')),
    ("gateway-port", re.compile(r"service (?P<error>\S{1,300}) is labeled as gateway, but does not listen")),
    (
        "authority",
        re.compile(r"Use (?P<error>local CA certificate|self-signed certificate as the CA certificate)"),
    ),
    ("root", re.compile(r"^(?P<error>.*[uU]pdating new ROOT-CA not supported)")),
)


@dataclass(frozen=True, slots=True)
class LogLine:
    """A line that the catalogue knows: its kind, the cluster it names and the error it quotes, if any."""

    kind: str
    time: str
    cluster: str
    error: str
    text: str


def redact(output: str) -> str:
    """Keep the lines that the catalogue knows, no token or password in them, of each no more than anybody reads."""
    return "".join(masked(_TOKEN.sub("<token>", line.text)) + "\n" for line in parse(output))


def parse(output: str) -> tuple[LogLine, ...]:
    """Return the known lines, oldest first; any other line is ignored."""
    return tuple(found for line in _whole(output) if (found := _known(line)))


def _whole(output: str) -> Iterator[str]:
    """Yield each entry with the lines that continue it, cut where nobody reads on."""
    entry: list[str] = []
    for line in output.splitlines():
        if line.startswith("{") or _LINE.match(line[:_LONGEST]):
            yield "\n".join(entry)[:_LONGEST]
            entry = [line[:_LONGEST]]
        elif line.strip() and len(entry) < _CONTINUED:
            entry += [line[:_LONGEST]] if entry else []
    yield "\n".join(entry)[:_LONGEST]


def _known(entry: str) -> LogLine | None:
    time, message, labels = _parts(entry)
    for kind, pattern in _KNOWN:
        match = pattern.search(message) if time else None
        if match:
            groups = match.groupdict()
            cluster = (groups.get("cluster") or labels.get("cluster", "")).strip()
            return LogLine(kind, time, cluster, _one_line(groups.get("error") or ""), entry)
    return None


def _parts(entry: str) -> tuple[str, str, dict[str, str]]:
    """Return time, message and labels; the time is empty where the entry is none that istiod writes."""
    if _JSON.match(entry):
        return _json_parts(entry)
    shape = _LINE.match(entry)
    if not shape:
        return "", "", {}
    message, tab, tail = shape["rest"].rpartition("\t")
    if not (tab and _LABEL.match(tail)):
        return shape["time"], shape["rest"], {}
    return shape["time"], message, dict(_LABEL.findall(tail))


def _json_parts(entry: str) -> tuple[str, str, dict[str, str]]:
    try:
        fields = json.loads(entry)
    except (ValueError, RecursionError):
        return "", "", {}
    texts = {key: value for key, value in fields.items() if isinstance(value, str)}
    return texts.get("time", ""), texts.get("msg", ""), texts


def _one_line(error: str) -> str:
    """Return an error without the layout of Go's multierror: `1 error occurred: * kubeconfig is empty`."""
    return re.sub(r"\d+ errors? occurred: \* ", "", " ".join(error.split()))
