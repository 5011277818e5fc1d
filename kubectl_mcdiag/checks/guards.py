"""Guards that rules share: each returns why a rule has nothing to judge for a pair, empty where it has."""

from kubectl_mcdiag.mesh.access.identity import clients, crosses_networks
from kubectl_mcdiag.mesh.model import Pair
from kubectl_mcdiag.mesh.view import View


def across_networks(view: View, pair: Pair) -> str:
    """Keep a rule to pairs whose calls cross an east-west gateway."""
    crosses = crosses_networks(view, pair.source, pair.destination)
    return "" if crosses else f"{pair.source} and {pair.destination} are on one network"


def on_one_network(view: View, pair: Pair) -> str:
    """Keep a rule to pairs whose pods call each other directly."""
    crosses = crosses_networks(view, pair.source, pair.destination)
    return f"{pair.source} and {pair.destination} are on different networks" if crosses else ""


def with_clients(view: View, pair: Pair) -> str:
    """Keep a rule to pairs with a pod to look through."""
    return "" if clients(view, pair.source) else f"{pair.source} has no ready pod with a sidecar to look through"
