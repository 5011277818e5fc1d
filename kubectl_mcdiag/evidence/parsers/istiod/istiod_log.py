"""istiod's log: the lines that say something of remote clusters, networks and trust, as of Istio 1.10 to 1.31.

    TIME⇥level[⇥scope]⇥message[⇥key=value …]
    {"level":"error","time":"TIME","scope":"default","msg":"message","cluster":"cluster2"}    with --log_as_json

An error that wraps several spans physical lines; those that follow belong to the one with the time. Only what
matches the catalogue is kept, oldest first.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from kubectl_mcdiag.evidence.names import CLUSTER, HOST, Kind
from kubectl_mcdiag.evidence.phrases import known
from kubectl_mcdiag.evidence.redaction import WORD, kept, named

_LINE = re.compile(r"(?P<time>\d{4}-\d\d-\d\dT[\d:.]+Z)\t(?P<level>\w+)\t(?P<rest>.*)", re.DOTALL)
_TIME = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]{8,18}Z")
_SCOPE = re.compile(r"([a-z][\w-]{0,40})\t")
_LEVEL = Kind("a level or a scope", lambda value: re.fullmatch(r"[a-z][\w-]{0,40}", value, re.ASCII) is not None)
_LABELS = {"cluster": CLUSTER, "secret": WORD, "config": WORD}
_VALUES = {"gateway-port": WORD, "hostname": HOST, "leadership": WORD}
_JSON = re.compile(r"\{.*\}$", re.DOTALL)
_LONGEST = 4_000
_CONTINUED = 40
_LABEL = re.compile(r"(?:^|\s)([A-Za-z_][\w.-]*)=(\S+)")
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
    """Keep of the lines that the catalogue knows the phrases that are known; whatever continues them is gone."""
    return "".join(f"{line.text}\n" for line in parse(output))


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
    found = _parts(entry)
    for kind, pattern in _KNOWN:
        match = pattern.search(found.message) if found.time else None
        if match:
            groups = match.groupdict()
            cluster = named(CLUSTER, (groups.get("cluster") or found.labels.get("cluster", "")).strip())
            return LogLine(kind, found.time, cluster, _error(kind, groups.get("error") or ""), found.written)
    return None


def _error(kind: str, said: str) -> str:
    return named(_VALUES[kind], said) if kind in _VALUES else known(_one_line(said))


@dataclass(frozen=True, slots=True)
class _Parts:
    """What an entry consists of; `time` is empty where it is none that istiod writes."""

    time: str = ""
    level: str = ""
    scope: str = ""
    message: str = ""
    labels: dict[str, str] = field(default_factory=dict)
    is_json: bool = False

    @property
    def written(self) -> str:
        """The entry as it is kept: known phrases, and the labels that name a cluster and its secret."""
        said, level, scope = known(_one_line(self.message)), named(_LEVEL, self.level), named(_LEVEL, self.scope)
        labels = kept(_LABELS, self.labels)
        if self.is_json:
            return json.dumps({"level": level, "time": self.time, "scope": scope, "msg": said, **labels})
        tail = " ".join(f"{key}={value}" for key, value in labels.items())
        return "\t".join(filter(None, (self.time, level, scope, said, tail)))


def _parts(entry: str) -> _Parts:
    if _JSON.match(entry):
        return _json_parts(entry)
    shape = _LINE.match(entry)
    if not shape:
        return _Parts()
    message, tab, tail = shape["rest"].rpartition("\t")
    labelled = bool(tab and _LABEL.match(tail))
    message, labels = (message, dict(_LABEL.findall(tail))) if labelled else (shape["rest"], {})
    scope = _SCOPE.match(message)
    return _Parts(
        shape["time"], shape["level"], scope[1] if scope else "", message[scope.end() if scope else 0 :], labels
    )


def _json_parts(entry: str) -> _Parts:
    try:
        fields = json.loads(entry)
    except (ValueError, RecursionError):
        return _Parts()
    texts = {key: value for key, value in fields.items() if isinstance(value, str)}
    time = texts.get("time", "")
    time = time if _TIME.fullmatch(time) else ""
    return _Parts(time, texts.get("level", ""), texts.get("scope", ""), texts.get("msg", ""), texts, is_json=True)


def _one_line(error: str) -> str:
    """Return an error without the layout of Go's multierror: `1 error occurred: * kubeconfig is empty`."""
    return re.sub(r"\d+ errors? occurred: \* ", "", " ".join(error.split()))
