"""Rules that judge one client after another: one that cannot be read is unknown, and no other."""

from collections.abc import Callable, Iterator
from functools import wraps

from kubectl_mcdiag.checks.contract import Finding, NotJudged, Scope
from kubectl_mcdiag.errors import Forgone, Unavailable
from kubectl_mcdiag.evidence.parsers.kubernetes.pods import Pod
from kubectl_mcdiag.mesh.access.identity import clients
from kubectl_mcdiag.mesh.model import Pair
from kubectl_mcdiag.mesh.view import View

OfClient = Callable[[View, Pair, Pod], Iterator[Finding | NotJudged]]
OfPair = Callable[[View, Pair], Iterator[Finding | NotJudged]]


def per_client(rule: OfClient) -> OfPair:
    """Make a rule about one sampled client a rule about a pair: it judges each of the source's clients by itself."""

    @wraps(rule)
    def run(view: View, pair: Pair) -> Iterator[Finding | NotJudged]:
        for client in clients(view, pair.source):
            yield from _judged(rule, view, pair, client)

    return run


def _judged(rule: OfClient, view: View, pair: Pair, client: Pod) -> Iterator[Finding | NotJudged]:
    try:
        yield from rule(view, pair, client)
    except Forgone:
        raise
    except Unavailable as why:
        yield NotJudged(Scope((pair.source,), (pair,), workload=client.full_name), str(why), why.command)
