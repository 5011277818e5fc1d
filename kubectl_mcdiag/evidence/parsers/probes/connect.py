"""One TCP connection from a pod, made with curl or wget: whether it was made, and how it failed.

What is at the other end need not speak HTTP; an answer, a reset or an end all prove that the connection was there:

    000 0.000812
    curl: (52) Empty reply from server

Of curl the HTTP status and the seconds until it was connected, 0 where it never was; of wget its exit code:

    000 0.000000
    curl: (28) Connection timed out after 4001 milliseconds
    wget: can't connect to remote host (172.31.0.61): Connection refused
    wget 1
"""

import re
from dataclasses import dataclass

from kubectl_mcdiag.errors import ParseError
from kubectl_mcdiag.evidence.phrases import known

_NO_CLIENT = "neither curl nor wget"
SCRIPT = f"""unset http_proxy HTTP_PROXY all_proxy ALL_PROXY
if command -v curl >/dev/null; then
  curl -sS -m 5 --connect-timeout 4 -o /dev/null -w '%{{http_code}} %{{time_connect}}\\n' "http://$0" 2>&1
elif command -v wget >/dev/null; then wget -q -T 4 -O /dev/null "http://$0" 2>&1; echo "wget $?"
else echo {_NO_CLIENT}; fi; echo done"""
_CURL = re.compile(r"^\d{3} (\d+)[.,](\d+)$", re.MULTILINE)
_ERROR = re.compile(r"^(?:curl: \(\d+\)|wget:) (.*)$", re.MULTILINE)
# GNU's wget says by its exit code whether a server answered (0, 8) or none did (4); busybox has but 1, and words.
_CONNECTED = re.compile(r"^wget [08]$|server returned error|error getting response|bad header", re.MULTILINE)
_NOT_CONNECTED = re.compile(r"^wget 4$|can't connect|timed out|bad address", re.MULTILINE)


def redact(output: str) -> str:
    """Keep the measures and exit codes, and of a client's error the phrases that are known."""
    return "\n".join(filter(None, map(_redacted, output.splitlines()))) + "\n"


def _redacted(line: str) -> str:
    if _CURL.fullmatch(line) or re.fullmatch(r"wget \d{1,3}", line) or line in ("done", _NO_CLIENT):
        return line
    return known(line) if _ERROR.match(line) else ""


@dataclass(frozen=True, slots=True)
class Connection:
    """How an attempt came out; `error` is the client's own, `has_client` false where there is none."""

    has_client: bool
    is_made: bool
    error: str


def parse(output: str) -> Connection:
    """Return how the attempt came out; an attempt that did not end raises `ParseError`."""
    if not output.rstrip().endswith("done"):
        raise ParseError("no attempt in it")
    if output.startswith(_NO_CLIENT):
        return Connection(False, False, "")
    error = _ERROR.search(output)
    words = known(error[1]) if error else ""
    measured = _CURL.search(output)
    if measured:
        return Connection(True, bool(int(measured[1] + measured[2])), words)
    connected = _CONNECTED.search(output)
    if not connected and not _NOT_CONNECTED.search(output):
        raise ParseError("it does not tell whether it connected")
    return Connection(True, bool(connected), words or "no answer")
