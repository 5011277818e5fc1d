"""Where a root cause shows: the path of one call that it breaks, up to the hop that is broken."""

from collections.abc import Iterator
from dataclasses import replace

from kubectl_mcdiag.mesh.access.identity import clients
from kubectl_mcdiag.mesh.model import Status
from kubectl_mcdiag.mesh.view import View, ask
from kubectl_mcdiag.path.touched import left_out
from kubectl_mcdiag.path.trace import Path, paths
from kubectl_mcdiag.verdict.model import Consequence, RootCause


def with_path(view: View, cause: RootCause) -> RootCause:
    """Return a failure with the path of a call that it breaks, if one was followed to a broken hop."""
    if cause.finding.status is not Status.FAIL:
        return cause
    hops = {kind for part in cause.parts for kind in part.check.hops}
    found = [path for path in _broken(view, cause) if path.broken]
    meant = (path for path in found if path.broken and path.broken.kind in hops)
    path = next(meant, next(iter(found), None))
    return replace(cause, path=path and path.cut())


def _broken(view: View, cause: RootCause) -> Iterator[Path]:
    for part in (Consequence(cause.check, cause.finding), *cause.consequences):
        scope = part.finding.scope
        for pair in scope.pairs:
            for path in ask(lambda p=pair: paths(view, p)) or ():  # type: ignore[misc]
                if (not scope.names or path.call.service in scope.names) and scope.workload in ("", path.call.client):
                    yield path


def unlooked(view: View) -> tuple[str, ...]:
    """Return the services that seem worth a look and were left out for want of time, of every client."""
    found = (
        service
        for context in view.contexts
        for client in ask(lambda c=context: clients(view, c)) or ()  # type: ignore[misc]
        for service in ask(lambda c=context, p=client: left_out(view, c, p.full_name)) or ()  # type: ignore[misc]
    )
    return tuple(sorted(set(found)))
