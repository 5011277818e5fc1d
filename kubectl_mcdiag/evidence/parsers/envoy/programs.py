"""Programs and limits that an EnvoyFilter puts before requests; of a program nothing is kept but what it answers.

{"@type": "….lua.v3.Lua", "default_source_code": {"inline_string": "function envoy_on_request(handle) …"}}
"""

import re

import msgspec

from kubectl_mcdiag.evidence.parsers.envoy.records import Record
from kubectl_mcdiag.evidence.parsers.envoy.routing import Percentage, seconds

ALL, SOME = "answers-all:", "answers-some:"
_KEPT = re.compile(r"answers-(?:all|some):(?:[1-5]\d\d)?")
_ANSWER = re.compile(r":\s*respond\s*\(")
_STATUS = re.compile(r"""[\["']:status["']\]?\s*=\s*["']?(\d{3})""")
_CHOICE = re.compile(r"\b(if|for|while|repeat|and|or|return)\b")
_REQUEST = re.compile(r"\bfunction\s+envoy_on_request\b")
_COMMENT = re.compile(r"--[^\n]*")


def outcome(code: str) -> str:
    """Return what is kept of a program of a Lua filter: whether it answers requests itself, and with which status."""
    if not code or _KEPT.fullmatch(code):
        return code
    _, _, request = _REQUEST.sub("\0", _COMMENT.sub("", code)).partition("\0")
    answer = _ANSWER.search(request)
    if answer is None:
        return SOME * ("respond" in request)
    status = _STATUS.search(request, answer.start())
    return (SOME if _CHOICE.search(request[: answer.start()]) else ALL) + (status[1] if status else "")


class Code(Record, frozen=True):
    """A program of a Lua filter, read as no more than what it answers."""

    inline_string: str = ""

    def __post_init__(self) -> None:
        """Forget the text."""
        msgspec.structs.force_setattr(self, "inline_string", outcome(self.inline_string))

    @property
    def answers_all(self) -> bool:
        """Whether it answers every request itself, so that none is passed on."""
        return self.inline_string.startswith(ALL)

    @property
    def answers_some(self) -> bool:
        """Whether it may answer a request itself."""
        return self.inline_string.startswith(SOME)

    @property
    def status(self) -> str:
        """The status that it answers with, `403`."""
        return self.inline_string.partition(":")[2] or "a status of its own"


class TokenBucket(Record, frozen=True):
    """How many requests are admitted: `tokens_per_fill` every `fill_interval`, as Envoy writes it (`60s`)."""

    tokens_per_fill: int = 1
    fill_interval: str = ""

    @property
    def rate(self) -> float:
        """Requests a second."""
        interval = seconds(self.fill_interval)
        return self.tokens_per_fill / interval if interval else float("inf")

    @property
    def text(self) -> str:
        """The limit in words."""
        return f"{self.tokens_per_fill} every {self.fill_interval}"


class Share(Record, frozen=True):
    """Of how many requests something is done."""

    default_value: Percentage = Percentage()
