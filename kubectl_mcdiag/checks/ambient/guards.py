"""Guards of the ambient family: why a rule has nothing to judge for a pair, empty where it has."""

from kubectl_mcdiag.mesh.ambient.enrolment import is_ambient, tunnels_across
from kubectl_mcdiag.mesh.model import Pair
from kubectl_mcdiag.mesh.view import View


def ztunnels_meet(view: View, pair: Pair) -> str:
    """Keep a rule to pairs whose ztunnels meet across networks."""
    meet = tunnels_across(view, pair.source, pair.destination)
    return "" if meet else f"no ztunnels of {pair.source} and {pair.destination} meet across networks"


def both_ambient(view: View, pair: Pair) -> str:
    """Keep a rule to pairs of clusters with ambient workloads."""
    both = all(is_ambient(view, context) for context in (pair.source, pair.destination))
    return "" if both else f"{pair.source} and {pair.destination} do not both use ambient mode"


def from_ztunnel(view: View, pair: Pair) -> str:
    """Keep a rule to pairs with ambient workloads in the source."""
    return "" if is_ambient(view, pair.source) else f"no pod of {pair.source} is served by a ztunnel"
