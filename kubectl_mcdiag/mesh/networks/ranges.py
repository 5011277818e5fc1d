"""Which addresses the pods of two clusters on one network share."""

from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

from kubectl_mcdiag.evidence.commands import RESOURCES
from kubectl_mcdiag.mesh.access.identity import pods
from kubectl_mcdiag.mesh.view import View, fact

Network = IPv4Network | IPv6Network


@fact
def pod_addresses(view: View, context: str) -> dict[str, str]:
    """Return the pod behind each address of a cluster, as `name.namespace`; those on their node's are left out."""
    found = [(address, pod) for pod in pods(view, context) for address in pod.addresses if not pod.is_on_host_network]
    return {address: pod.full_name for address, pod in found if pod.phase == "Running"}


@fact
def ranges_in_use(view: View, context: str) -> tuple[Network, ...]:
    """Return the nodes' pod ranges from which some pod has its address; some network plugins use others."""
    nodes = view.read(RESOURCES, context, kind="nodes").nodes
    found = {ip_network(cidr) for node in nodes for cidr in node.pod_cidrs}
    known = [ip_address(address) for address in pod_addresses(view, context)]
    return tuple(sorted((one for one in found if any(address in one for address in known)), key=str))


@fact
def shared_addresses(view: View, one: str, other: str) -> tuple[str, ...]:
    """Return the addresses that pods of both clusters have."""
    return tuple(sorted(pod_addresses(view, one).keys() & pod_addresses(view, other).keys()))


@fact
def shared_ranges(view: View, one: str, other: str) -> tuple[tuple[str, str], ...]:
    """Return the ranges of one cluster's pods that overlap with the other's, each with that other range."""
    return tuple(
        (str(mine), str(theirs))
        for mine in ranges_in_use(view, one)
        for theirs in ranges_in_use(view, other)
        if mine.version == theirs.version and mine.overlaps(theirs)
    )
