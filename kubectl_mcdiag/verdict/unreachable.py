"""Clusters that this machine cannot read at all, and what the istiods of others still say of them."""

from collections.abc import Iterator

from kubectl_mcdiag.evidence.model import Failure, Observation
from kubectl_mcdiag.mesh.access.identity import istiods
from kubectl_mcdiag.mesh.discovery.remote_secrets import remote_secrets, row, server
from kubectl_mcdiag.mesh.view import View, ask
from kubectl_mcdiag.verdict.model import Unreachable

_SILENT = (Failure.UNREACHABLE, Failure.TIMED_OUT, Failure.UNAUTHORIZED)


def unreachable(view: View) -> Iterator[Unreachable]:
    """Yield the contexts of which no command gave an answer."""
    by_context: dict[str, list[Observation]] = {}
    for found in view.snapshot.observations.values():
        by_context.setdefault(found.invocation.context, []).append(found)
    for context in view.contexts:
        asked = by_context.get(context, [])
        if asked and all(found.output.failure in _SILENT for found in asked):
            first = _telling(asked)
            yield Unreachable(context, first.reason, str(first.invocation), tuple(_seen(view, context)))


def _telling(asked: list[Observation]) -> Observation:
    """Return the answer that says most: a refusal rather than silence."""
    return min(asked, key=lambda found: found.output.failure is Failure.TIMED_OUT)


def _seen(view: View, context: str) -> Iterator[tuple[str, str]]:
    address = ask(lambda: server(view, context))
    for holder in (other for other in view.contexts if other != context):
        for entry in ask(lambda h=holder: remote_secrets(view, h)) or ():  # type: ignore[misc]
            if address and entry.kubeconfig.server == address:
                yield from _states(view, holder, entry.key)


def _states(view: View, holder: str, key: str) -> Iterator[tuple[str, str]]:
    for pod in ask(lambda: istiods(view, holder)) or ():
        found = ask(lambda p=pod: row(view, holder, p, key))  # type: ignore[misc]
        if found:
            yield holder, found.status
            return
