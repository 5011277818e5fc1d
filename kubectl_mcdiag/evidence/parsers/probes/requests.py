r"""The guide's request loop, run in a client pod: what each request was answered with.

For each request the lines of the answer, then a line with the HTTP status, 000 where there was no answer:

    Hello version: v1, instance: helloworld-v1-86f57ccb45-x2k7p
    status 200
    upstream connect error or disconnect/reset before headers. reset reason: connection timeout
    status 503

Of other answers only the words that may be names of pods are kept. The loop ends early after three failures.
"""

import re
from dataclasses import dataclass
from http import HTTPStatus

from kubectl_mcdiag.errors import ParseError
from kubectl_mcdiag.evidence.phrases import known

NUMBER = 20
_NO_CLIENT = "neither curl nor wget"
SCRIPT = f"""unset http_proxy HTTP_PROXY all_proxy ALL_PROXY
if command -v curl >/dev/null; then get() {{ curl -sS -m 4 -w '\\nstatus %{{http_code}}\\n' "$1" 2>&1; }}
elif command -v wget >/dev/null; then get() {{
  wget -q -S -T 4 -O - "$1" 2>&1 && echo status 200 || [ $? -gt 128 ] || echo status 000; }}
else echo {_NO_CLIENT}; exit; fi
n=0; failed=0
while [ $n -lt {NUMBER} ] && [ $failed -lt 3 ]; do
  n=$((n+1)); answer=$(get "$0"); echo "$answer"
  case "$answer" in *"status 0"*|*"status 5"*) failed=$((failed+1));; *) failed=0;; esac
done"""
SHOWN = f"""n=0; while [ $n -lt {NUMBER} ]; do curl -sS -m 4 "$0"; n=$((n+1)); done"""
_STATUS = re.compile(r"status (\d{3})$")
_HTTP = re.compile(r"HTTP/[\d.]+ (\d{3})\b")
_GREETING = re.compile(r"Hello version: [\w.-]{1,63}, instance: [\w.-]{1,253}")
_ERROR = re.compile(r"(?:curl|wget): |upstream connect error|no healthy upstream")
_WORD = re.compile(r"[a-z0-9][a-z0-9.-]*")
_SUFFIX = re.compile(r"[bcdfghjklmnpqrstvwxz2456789]{5}|\d{1,3}")
"""How names of pods end: the letters that Kubernetes draws from, or the number in a StatefulSet."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer: its HTTP status, 0 for none, and what was kept of its text."""

    status: int
    text: str

    @property
    def has_failed(self) -> bool:
        """Whether nobody answered, or with a server error, as Envoy does for an endpoint it cannot reach."""
        return not 0 < self.status < 500

    def names(self, pod: str) -> bool:
        """Return whether the text holds the name of a pod."""
        return pod in _WORD.findall(self.text)


@dataclass(frozen=True, slots=True)
class Answers:
    """What a loop gave; `has_client` is false where the pod has neither curl nor wget."""

    has_client: bool
    answers: tuple[Answer, ...]


def redact(output: str) -> str:
    """Keep statuses, errors and the guide's greeting; of any other line only what may be the name of a pod."""
    return "".join(f"{line}\n" for line in map(_redacted, output.splitlines()) if line)


def _redacted(line: str) -> str:
    if _STATUS.fullmatch(line) or _GREETING.fullmatch(line) or line == _NO_CLIENT:
        return line
    if status_line := _HTTP.match(line.strip()):
        return f"  {status_line[0]} {_phrase(int(status_line[1]))}".rstrip()
    if _ERROR.match(line):
        return known(line)
    return " ".join(dict.fromkeys(word for word in _WORD.findall(line) if _may_be_pod(word)))


def _phrase(status: int) -> str:
    return HTTPStatus(status).phrase if status in HTTPStatus._value2member_map_ else ""


def _may_be_pod(word: str) -> bool:
    name, _, suffix = word.rpartition("-")
    return len(word) < 254 and bool(name) and bool(_SUFFIX.fullmatch(suffix))


def parse(output: str) -> Answers:
    """Return the answers in order; a loop without any raises `ParseError`."""
    if output.strip() == _NO_CLIENT:
        return Answers(False, ())
    answers: list[Answer] = []
    lines: list[str] = []
    for line in output.splitlines():
        status = _STATUS.match(line)
        if status:
            answers.append(_answer(status[1], " ".join(lines)))
            lines = []
        else:
            lines.append(line)
    if not answers:
        raise ParseError("no answer in it")
    return Answers(True, tuple(answers))


def _answer(status: str, text: str) -> Answer:
    # wget prints the status line of a server, and gives no other sign of which status it was.
    status_line = _HTTP.search(text)
    return Answer(int(status_line[1] if status_line else status), _HTTP.sub("", text).strip())
