"""Guards that rules share: each returns why a rule has nothing to judge for a pair, empty where it has."""

from kubectl_mcdiag.mesh.access.identity import assigned_ids, clients, crosses_networks, is_primary
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


def assigned_elsewhere(view: View, context: str) -> str:
    """Keep a rule to clusters whose namespace names the clusters of their control planes."""
    return "" if assigned_ids(view, context) else f"{context} is not assigned to another cluster's istiod"


def remote(view: View, context: str) -> str:
    """Keep a rule to clusters without an istiod of their own."""
    return f"{context} has an istiod of its own" if is_primary(view, context) else ""
