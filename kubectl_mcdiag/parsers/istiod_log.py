"""istiod's log: the lines that say something of remote clusters, networks and trust, as of Istio 1.16 to 1.31.

A line: `TIME⇥level[⇥scope]⇥message[⇥key=value …]`. Only lines that match the catalogue are kept.
"""

import re
from dataclasses import dataclass

_LONGEST = 4_000
_LINE = re.compile(r"^(?P<time>\d{4}-\d\d-\d\dT[\d:.]+Z)\t(?P<level>\w+)\t(?P<rest>.*)$")
_KNOWN = (
    ("watch", re.compile(r"watch error in cluster (?P<cluster>[^:]{1,300}): (?P<error>.*)")),
    ("rejected", re.compile(r"(?:Add|Update) cluster: create remote cluster failed: (?P<error>.*)")),
    ("ignored", re.compile(r"ignoring cluster as it would overwrite the (?:config|local) cluster")),
    ("duplicate", re.compile(r"cluster .{0,300}?has already been registered")),
    ("timeout", re.compile(r"remote clusters? (?P<cluster>\S{1,300} )?failed to sync after \S+")),
    ("identity", re.compile(r'client claims to be in cluster "(?P<cluster>[^"]{0,300})"')),
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
    """Keep the lines that the catalogue knows, and of each no more than anybody reads."""
    return "".join(f"{line[:_LONGEST]}\n" for line in output.splitlines() if _known(line[:_LONGEST]))


def parse(output: str) -> tuple[LogLine, ...]:
    """Return the known lines, oldest first; any other line is ignored."""
    return tuple(found for line in output.splitlines() if (found := _known(line[:_LONGEST])))


def _known(line: str) -> LogLine | None:
    shape = _LINE.match(line)
    if not shape:
        return None
    for kind, pattern in _KNOWN:
        match = pattern.search(shape["rest"])
        if match:
            groups = match.groupdict()
            cluster = (groups.get("cluster") or _label(shape["rest"], "cluster")).strip()
            return LogLine(kind, shape["time"], cluster, (groups.get("error") or "").split("\t")[0], line)
    return None


def _label(rest: str, key: str) -> str:
    found = re.search(rf"(?:^|\s){key}=(\S+)", rest.rsplit("\t", 1)[-1])
    return found[1] if found else ""
