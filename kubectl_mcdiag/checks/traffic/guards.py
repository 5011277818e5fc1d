"""Guards of rules about traffic."""

from kubectl_mcdiag.mesh.model import Pair
from kubectl_mcdiag.mesh.traffic.probes import NOT_ASKED
from kubectl_mcdiag.mesh.view import View


def with_probe(view: View, _pair: Pair) -> str:
    """Keep a rule to runs in which the operator allowed requests."""
    return "" if view.settings.probe else NOT_ASKED
