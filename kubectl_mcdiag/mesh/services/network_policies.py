"""Which NetworkPolicies keep callers of another cluster out, or clients from calling another cluster."""

import ipaddress
from collections.abc import Iterator
from dataclasses import dataclass

from kubectl_mcdiag.evidence.commands import RESOURCES
from kubectl_mcdiag.evidence.parsers.kubernetes.network_policies import NetworkPolicy, Rule
from kubectl_mcdiag.evidence.parsers.kubernetes.pods import Pod
from kubectl_mcdiag.mesh.access.identity import clients, pods
from kubectl_mcdiag.mesh.discovery.selectors import selects
from kubectl_mcdiag.mesh.model import Pair
from kubectl_mcdiag.mesh.networks.gateways import addresses, entrances, gateway_pods, gateway_port
from kubectl_mcdiag.mesh.services.endpoints import crossing, ready
from kubectl_mcdiag.mesh.services.mutual_tls import backing, ports
from kubectl_mcdiag.mesh.view import View


@dataclass(frozen=True, slots=True)
class Closed:
    """A port that a policy of `context` closes to callers from another cluster; with an `address`, to calls there."""

    context: str
    policy: NetworkPolicy
    pod: Pod
    port: str
    address: str = ""

    @property
    def rules(self) -> tuple[Rule, ...]:
        """What the policy leaves open in that direction."""
        return (self.policy.egress if self.address else self.policy.ingress) or ()


def closed_gateways(view: View, pair: Pair) -> Iterator[Closed]:
    """Yield the east-west gateways on a pair's way that are closed to all addresses outside of their cluster."""
    for context, service in entrances(view, pair):
        targets = [port.target_port or str(port.port) for port in service.ports if port.port == gateway_port(service)]
        for pod in gateway_pods(view, context, service.full_name)[:1]:
            yield from filter(None, (_closed_in(view, context, pod, target, ()) for target in targets))


def closed_services(view: View, pair: Pair) -> Iterator[tuple[str, Closed]]:
    """Yield the services whose pods in the destination are closed to the pods of the source."""
    callers = tuple(address for pod in pods(view, pair.source) for address in pod.addresses)
    for service in crossing(view, pair.source, pair.destination):
        for pod in backing(view, pair.destination, service)[:1]:
            for _, target in ports(view, pair.destination, service)[: len(ready(view, pair.destination, service))]:
                if closed := _closed_in(view, pair.destination, pod, str(target), callers):
                    yield service, closed


def clients_kept_from_gateways(view: View, pair: Pair) -> Iterator[Closed]:
    """Yield the sampled clients that are let out to none of the gateways on a pair's way, with one of those."""
    doors = [
        (str(gateway_port(service)), address) for _, service in entrances(view, pair) for address in addresses(service)
    ]
    for client in clients(view, pair.source):
        yield from _closed_to_all(view, pair.source, client, doors)


def clients_kept_from_services(view: View, pair: Pair) -> Iterator[tuple[str, Closed]]:
    """Yield the services of whose pods in the destination sampled clients are let out to none, with one of those."""
    for service in crossing(view, pair.source, pair.destination):
        doors = [
            (str(target), address)
            for pod in backing(view, pair.destination, service)
            for address in pod.addresses[:1]
            for _, target in ports(view, pair.destination, service)
        ]
        for client in clients(view, pair.source):
            yield from ((service, closed) for closed in _closed_to_all(view, pair.source, client, doors))


def _closed_to_all(view: View, context: str, pod: Pod, doors: list[tuple[str, str]]) -> Iterator[Closed]:
    """Yield the first of these ports and addresses, where a pod is let out to none of them."""
    about = [(policy, policy.egress) for policy in _about(view, context, pod) if policy.egress is not None]
    if about and doors and not any(_open(about, port, (address,)) for port, address in doors):
        yield Closed(context, about[0][0], pod, *doors[0])


def _closed_in(view: View, context: str, pod: Pod, port: str, callers: tuple[str, ...]) -> Closed | None:
    about = [(policy, policy.ingress) for policy in _about(view, context, pod) if policy.ingress is not None]
    return None if not about or _open(about, port, callers) else Closed(context, about[0][0], pod, port)


def _about(view: View, context: str, pod: Pod) -> list[NetworkPolicy]:
    found = view.read(RESOURCES, context, kind="networkpolicies").network_policies
    return [one for one in found if one.namespace == pod.namespace and selects(one.selector, pod.labels)]


def _open(about: list[tuple[NetworkPolicy, tuple[Rule, ...]]], port: str, addresses: tuple[str, ...]) -> bool:
    """Tell whether one of the policies about a pod opens a port: they add up."""
    return any(_opens(rule, port, addresses) for _, rules in about for rule in rules)


def _opens(rule: Rule, port: str, addresses: tuple[str, ...]) -> bool:
    fits = not rule.ports or any(_is_among(port, listed) for listed in rule.ports)
    return fits and (rule.is_open or any(_covers(block, addresses) for block in rule.ranges))


def _is_among(port: str, listed: str) -> bool:
    """Tell whether a port is the one listed or in that range; a name may be that of any port."""
    first, _, last = listed.partition("-")
    numbers = (port, first, last or first)
    return not all(map(str.isdecimal, numbers)) or int(first) <= int(port) <= int(last or first)


def _covers(block: str, known: tuple[str, ...]) -> bool:
    """Tell whether a range has one of the addresses in it; of callers through a gateway nothing is known."""
    try:
        room = ipaddress.ip_network(block, strict=False)
        return not known or any(ipaddress.ip_address(address) in room for address in known)
    except ValueError:  # a host name
        return True
