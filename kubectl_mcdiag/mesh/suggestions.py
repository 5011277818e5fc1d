"""What there is instead of a name that matches nothing."""

from collections.abc import Iterable
from difflib import SequenceMatcher

_FEW = 12
_SHOWN = 5
_OFFERED = 3
_ALIKE = 0.7
_MARGIN = 0.1


def close_to(wanted: str, names: Iterable[str]) -> str:
    """Return `did you mean a or b?`, empty where no name is like it or begins with it."""
    known = tuple(dict.fromkeys(names))
    likeness = {name: SequenceMatcher(None, wanted, name).ratio() for name in known}
    best = max(likeness.values(), default=0.0)
    alike = [name for name in known if likeness[name] >= max(_ALIKE, best - _MARGIN)]
    longer = [name for name in known if wanted and name.startswith(wanted)]
    close = longer or sorted(alike, key=lambda name: -likeness[name])
    return f"did you mean {' or '.join(close[:_OFFERED])}?" if close else ""


def instead(wanted: str, names: Iterable[str]) -> str:
    """Return `did you mean a?`, else the names that there are; they are counted where they are many."""
    known = tuple(dict.fromkeys(names))
    if hint := close_to(wanted, known):
        return hint
    if not known:
        return "there is none at all"
    if len(known) <= _FEW:
        return f"there {'is' if len(known) == 1 else 'are'}: {', '.join(known)}"
    return f"there are {len(known)}: {', '.join(known[:_SHOWN])} and more"
