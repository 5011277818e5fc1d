"""How the istiods of a cluster are: which of them end again and again, and what that means for calls."""

from kubectl_mcdiag.evidence.commands import ISTIOD_CRASH
from kubectl_mcdiag.evidence.parsers.kubernetes.pods import Pod
from kubectl_mcdiag.mesh.access.identity import istiod_pods, istiods
from kubectl_mcdiag.mesh.discovery.remote_secrets import served_by
from kubectl_mcdiag.mesh.model import Pair
from kubectl_mcdiag.mesh.view import View, fact


@fact
def crashing(view: View, context: str) -> tuple[Pod, ...]:
    """Return the istiod pods in a crash loop."""
    return tuple(pod for pod in istiod_pods(view, context) if pod.is_crashing)


@fact
def crash(view: View, context: str) -> str:
    """Return why an istiod of this cluster cannot start, in its own words; empty where none is in a crash loop."""
    reasons = [view.read(ISTIOD_CRASH, context, pod.full_name) for pod in crashing(view, context)]
    return next(filter(None, reasons), "")


@fact
def is_down(view: View, context: str) -> bool:
    """Return whether all istiods of a cluster are in a crash loop."""
    return bool(crashing(view, context)) and not istiods(view, context)


def calls_from(view: View, plane: str) -> tuple[Pair, ...]:
    """Return the calls that proxies make to which this cluster's istiods give their configuration."""
    served = served_by(view, plane)
    return tuple(Pair(source, other) for source in served for other in view.contexts if other != source)


def calls_with(view: View, plane: str) -> tuple[Pair, ...]:
    """Return the calls in which such proxies take part, at either end."""
    served = served_by(view, plane)
    return tuple(
        Pair(one, other)
        for one in view.contexts
        for other in view.contexts
        if one != other and (one in served or other in served)
    )
