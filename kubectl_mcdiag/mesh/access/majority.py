"""Which cluster is the odd one where all ought to be alike: nothing says which is right, so most of them do."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from kubectl_mcdiag.mesh.model import Pair
from kubectl_mcdiag.mesh.view import View, known


@dataclass(frozen=True, slots=True)
class Odd:
    """The odd one of a pair, all clusters that are as it is, and those that it is held against."""

    one: str
    alike: tuple[str, ...]
    usual: tuple[str, ...]


def odd(view: View, pair: Pair, value: Callable[[str], str | tuple[str, ...]]) -> Odd | None:
    """Return the odd one of a pair by a value that all clusters ought to have in common, None where these two agree.

    An empty value is none. Both of the pair must be readable; others count as far as they are.
    """
    mine, theirs = value(pair.source), value(pair.destination)
    return None if not mine or not theirs or mine == theirs else odd_of(pair, known(view, value))


def odd_of(pair: Pair, values: Mapping[str, str | tuple[str, ...]]) -> Odd:
    """Return the odd one of a pair that differs, by the value of each cluster in the order of the command line.

    The usual value is that of most clusters, and between equals that of the first. A pair of which neither has the
    usual one is named for its later cluster.
    """
    usual, _ = Counter(filter(None, values.values())).most_common(1)[0]
    both = (pair.source, pair.destination)
    one = [context for context, found in values.items() if context in both and found != usual][-1]
    return Odd(
        one,
        tuple(context for context, found in values.items() if found == values[one]),
        tuple(context for context, found in values.items() if found == usual),
    )
