"""What an operator wrote into meshNetworks by hand, and whether it can be so."""

from collections import Counter
from ipaddress import ip_network

from kubectl_mcdiag.mesh.access.identity import cluster_id, control_planes, mesh
from kubectl_mcdiag.mesh.discovery.remote_secrets import named_secrets
from kubectl_mcdiag.mesh.view import View, fact


@fact
def known_registries(view: View, context: str) -> frozenset[str]:
    """Return the cluster IDs that the istiods of a cluster can read: its own, and those of its remote secrets."""
    return frozenset({cluster_id(view, context)} | {entry.key for entry in named_secrets(view, context)})


@fact
def declared(view: View, source: str, context: str) -> str:
    """Return the network in which `meshNetworks` puts the endpoints of a cluster for callers of another; empty: none.

    It counts for endpoints that name none and where the system namespace does not (Istio 1.31
    `pilot/pkg/serviceregistry/kube/controller/network.go`, `Network`).
    """
    name = cluster_id(view, context)
    found = (mesh(view, plane).networks.items() for plane in control_planes(view, source))
    return next((network for items in found for network, spec in items if name in spec.registries), "")


@fact
def strange_registries(view: View, context: str) -> tuple[tuple[str, str], ...]:
    """Return each network with a registry that is no cluster of the mesh, and that registry."""
    known = known_registries(view, context)
    found = mesh(view, context).networks
    return tuple((name, one) for name, spec in found.items() for one in spec.registries if one not in known)


@fact
def shared_registries(view: View, context: str) -> tuple[str, ...]:
    """Return the registries that are in more than one network."""
    counts = Counter(one for spec in mesh(view, context).networks.values() for one in set(spec.registries))
    return tuple(registry for registry, times in counts.items() if times > 1)


@fact
def broken_ranges(view: View, context: str) -> tuple[tuple[str, str], ...]:
    """Return each network with an address range that cannot be parsed, and that range."""
    found = mesh(view, context).networks
    return tuple((name, one) for name, spec in found.items() for one in spec.ranges if not _is_range(one))


def _is_range(text: str) -> bool:
    try:
        ip_network(text, strict=False)
    except ValueError:
        return False
    return True
