"""Which cluster is the odd one where all ought to be alike: nothing says which is right, so most of them do."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from kubectl_mcdiag.facts.view import View, known
from kubectl_mcdiag.findings import Pair


@dataclass(frozen=True, slots=True)
class Odd:
    """The odd one of a pair, all clusters that are as it is, and those that it is held against."""

    one: str
    alike: tuple[str, ...]
    usual: tuple[str, ...]


def odd(view: View, pair: Pair, value: Callable[[str], str | tuple[str, ...]]) -> Odd | None:
    """Return the odd one of a pair by a value that all clusters ought to have in common, None where these two agree.

    The usual value is that of most clusters, and between equals that of the first on the command line. An empty value
    is none. A pair of which neither has the usual one is told of its later cluster. Both of the pair must be readable;
    others count as far as they are.
    """
    mine, theirs = value(pair.source), value(pair.destination)
    if not mine or not theirs or mine == theirs:
        return None
    values = known(view, value)
    usual, _ = Counter(filter(None, values.values())).most_common(1)[0]
    (*_, one) = (
        context for context in view.contexts if context in (pair.source, pair.destination) and values[context] != usual
    )
    return Odd(
        one,
        tuple(context for context, found in values.items() if found == values[one]),
        tuple(context for context, found in values.items() if found == usual),
    )
