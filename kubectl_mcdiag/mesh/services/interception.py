"""Which calls go past an Envoy because its pod's annotations, or the values of the installation, leave them out."""

from dataclasses import dataclass
from ipaddress import ip_address, ip_network

from kubectl_mcdiag.evidence.parsers.kubernetes.pods import Pod
from kubectl_mcdiag.evidence.parsers.kubernetes.redirection import EVERYTHING, Redirection
from kubectl_mcdiag.mesh.access.identity import clients, services
from kubectl_mcdiag.mesh.model import Pair
from kubectl_mcdiag.mesh.services.endpoints import crossing, spread
from kubectl_mcdiag.mesh.services.mutual_tls import backing, ports, refusals
from kubectl_mcdiag.mesh.view import View, fact

OWN_PORTS = ("15020", "15021", "15090")
"""Ports of the proxy itself, which injection leaves out by its own (Istio 1.31 injection-template.yaml)."""


@dataclass(frozen=True, slots=True)
class Gap:
    """Ports that go past the Envoy of a pod: the setting that does it, as it is, and as it would be without it."""

    service: str
    pod: Pod
    port: int
    setting: str
    value: tuple[str, ...]
    fixed: tuple[str, ...]

    @property
    def description(self) -> str:
        """The setting and its value, for people."""
        return f"{self.setting}: {','.join(self.value) or 'none'}"


@fact
def gaps_at_clients(view: View, source: str, destination: str) -> tuple[Gap, ...]:
    """Return the ports of services that sampled clients call past their Envoy, so that kube-proxy answers them."""
    return tuple(
        Gap(name, client, port.port, *found)
        for client in clients(view, source)
        for name in crossing(view, source, destination)
        for port in services(view, source)[name].ports
        if client.redirection and port.protocol == "TCP"
        if (found := _outbound(client.redirection, services(view, source)[name].cluster_ip, str(port.port)))
    )


@fact
def gaps_at_backends(view: View, pair: Pair) -> tuple[Gap, ...]:
    """Return the ports at which pods of the destination accept mutual TLS themselves, past their sidecar."""
    return tuple(
        Gap(name, pod, target, *found)
        for name in spread(view, pair.source, pair.destination)
        for pod in _taking_mutual_tls(view, pair, name)
        for _, target in ports(view, pair.destination, name)
        if pod.redirection and (found := _inbound(pod.redirection, str(target)))
    )


def _taking_mutual_tls(view: View, pair: Pair, service: str) -> tuple[Pod, ...]:
    """Return the pods of a service that clients send mutual TLS to."""
    plain = {refusal.pod.full_name for refusal in refusals(view, pair, service)}
    return tuple(pod for pod in backing(view, pair.destination, service) if pod.full_name not in plain)


def _outbound(through: Redirection, address: str, port: str) -> tuple[str, tuple[str, ...], tuple[str, ...]] | None:
    """Return the setting that leaves a call out, in the order in which iptables asks (Istio 1.31 `capture/run.go`)."""
    ports, left_out = through.exclude_outbound_ports, through.exclude_outbound_ranges
    if port in ports:
        return "excludeOutboundPorts", ports, _without(ports, port)
    if any(_covers(block, address) for block in left_out):
        return "excludeOutboundIPRanges", left_out, tuple(block for block in left_out if not _covers(block, address))
    taken = through.include_outbound_ranges
    if port in through.include_outbound_ports or any(_covers(block, address) for block in taken):
        return None
    return "includeOutboundIPRanges", taken, (*taken, str(ip_network(address)))


def _inbound(through: Redirection, port: str) -> tuple[str, tuple[str, ...], tuple[str, ...]] | None:
    left_out, taken = through.exclude_inbound_ports, through.include_inbound_ports
    if port in left_out:
        return "excludeInboundPorts", left_out, _without(left_out, port, *OWN_PORTS)
    if {port, EVERYTHING} & {*taken}:
        return None
    return "includeInboundPorts", taken, (*taken, port)


def _without(values: tuple[str, ...], *gone: str) -> tuple[str, ...]:
    return tuple(value for value in values if value not in gone)


def _covers(block: str, address: str) -> bool:
    try:
        return block == EVERYTHING or ip_address(address) in ip_network(block, strict=False)
    except ValueError:
        return False
