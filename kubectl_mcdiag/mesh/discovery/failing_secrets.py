"""Which remote secrets do not do their work, and what is worth asking because of that."""

from collections.abc import Iterator

from kubectl_mcdiag.evidence.parsers.kubernetes.pods import Pod
from kubectl_mcdiag.mesh.access.identity import control_planes, is_primary, pods
from kubectl_mcdiag.mesh.discovery.remote_secrets import RemoteSecret, remote_secrets, secrets_for, unsynced_for
from kubectl_mcdiag.mesh.services.endpoints import unlearned
from kubectl_mcdiag.mesh.view import View, ask, fact


@fact
def failing_secrets(view: View, holder: str, context: str) -> tuple[RemoteSecret, ...]:
    """Return the labelled remote secrets of `holder` for `context` that some istiod pod of `holder` makes nothing of.

    It did not sync them, or learned nothing through them. A third cluster that cannot be read has no part in it.
    """
    late = (entry for entry, _, _ in unsynced_for(view, holder, context))
    return tuple({(e.secret.name, e.key): e for e in (*late, *_fruitless(view, holder, context))}.values())


def _fruitless(view: View, holder: str, context: str) -> Iterator[RemoteSecret]:
    if unlearned(view, holder, holder, context):
        remote_secrets(view, holder)  # what only istiod reports of a secret does not say what is in it
        yield from (entry for entry in secrets_for(view, holder, context) if entry.secret.is_labelled)


@fact
def waiting_pods(view: View, context: str) -> tuple[Pod, ...]:
    """Return the pods of a cluster without an istiod of its own whose proxies are not ready, or do not start."""
    if is_primary(view, context):
        return ()
    waiting = ("Pending", "Running")
    return tuple(pod for pod in pods(view, context) if pod.is_injected and not pod.ready and pod.phase in waiting)


def needs_log(view: View, holder: str) -> bool:
    """Return whether some cluster is not read or served as it should be, so that istiod's log is needed."""
    others = tuple(context for context in view.contexts if context != holder)
    return any(
        ask(lambda c=context: failing_secrets(view, holder, c))  # type: ignore[misc]
        or ask(lambda c=context: holder in control_planes(view, c) and waiting_pods(view, c))  # type: ignore[misc]
        for context in others
    )


def needs_reader(view: View, context: str) -> bool:
    """Return whether the rights of the reader are needed: its cluster is not read, or has no istiod of its own."""
    if ask(lambda: is_primary(view, context)) is False:
        return True
    others = tuple(holder for holder in view.contexts if holder != context)
    return any(ask(lambda h=holder: failing_secrets(view, h, context)) for holder in others)  # type: ignore[misc]
