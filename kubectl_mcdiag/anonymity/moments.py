"""Times: all moved by one secret span, so that what came before what, and how long before, stays as it was."""

import hmac
import re
from datetime import datetime, timedelta

PATTERN = r"(?<!\w)\d{4}(?P<by>[-/])\d\d(?P=by)\d\d(?:[T ]\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:?\d\d)?)?(?!\d)"
_PARTS = re.compile(
    r"(\d{4})(?P<by>[-/])(\d\d)[-/](\d\d)"
    r"(?:(?P<between>[T ])(?P<time>\d\d:\d\d:\d\d)(?P<fraction>\.\d{1,9})?(?P<zone>Z|[+-]\d\d:?\d\d)?)?"
)
_LEAST, _MOST = 400, 4_000
_NO_DAY = "1970-01-01"


class Clock:
    """Moves moments back by a span of one to eleven years, the same for all of one recording."""

    def __init__(self, key: bytes) -> None:
        drawn = int.from_bytes(hmac.digest(key, b"times", "sha256")[:8], "big")
        self._back = timedelta(days=_LEAST + drawn % (_MOST - _LEAST), seconds=drawn // _MOST % 86_400)

    def moved(self, moment: datetime) -> datetime:
        """Return a moment as it is written."""
        return moment - self._back

    def seconds(self, text: str) -> str:
        """Return a Unix time as it is written."""
        return str(max(0, int(text) - int(self._back.total_seconds())))

    def text(self, text: str) -> str:
        """Return a written moment, or a date alone, in the form in which it was written."""
        found = _PARTS.fullmatch(text)
        if not found:
            return _NO_DAY
        by, between, fraction, zone = found["by"], found["between"], found["fraction"] or "", found["zone"] or ""
        try:
            time = found["time"] or "00:00:00"
            moment = self.moved(datetime.fromisoformat(f"{found[1]}-{found[3]}-{found[4]}T{time}+00:00"))
        except (ValueError, OverflowError):
            return _NO_DAY
        date = moment.strftime(f"%Y{by}%m{by}%d")
        return f"{date}{between}{moment:%H:%M:%S}{fraction}{zone}" if between else date
