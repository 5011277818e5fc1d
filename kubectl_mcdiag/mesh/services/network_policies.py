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
from kubectl_mcdiag.mesh.services.endpoints import crossing
from kubectl_mcdiag.mesh.services.mutual_tls import backing, ports
from kubectl_mcdiag.mesh.view import View


@dataclass(frozen=True, slots=True)
class Closed:
    """A port that a policy of `context` closes to callers from another cluster; with an `address`, to calls there.

    `pods`: all for which it does, `others`: how many of the same Service it leaves open.
    """

    context: str
    policy: NetworkPolicy
    pods: tuple[Pod, ...]
    port: str
    address: str = ""
    others: int = 0

    @property
    def pod(self) -> Pod:
        """The first of these pods."""
        return self.pods[0]

    @property
    def rules(self) -> tuple[Rule, ...]:
        """What the policy leaves open in that direction."""
        return (self.policy.egress if self.address else self.policy.ingress) or ()


def closed_gateways(view: View, pair: Pair) -> Iterator[Closed]:
    """Yield the east-west gateways between a pair that are closed to all addresses outside of their cluster."""
    for context, service in entrances(view, pair):
        backs = gateway_pods(view, context, service.full_name)
        targets = [port.target_port or str(port.port) for port in service.ports if port.port == gateway_port(service)]
        for target in targets:
            yield from _closed_in(view, context, backs, target, ())


def closed_services(view: View, pair: Pair) -> Iterator[tuple[str, Closed]]:
    """Yield the services whose pods in the destination are closed to the pods of the source."""
    callers = tuple(address for pod in pods(view, pair.source) for address in pod.addresses)
    for service in crossing(view, pair.source, pair.destination):
        backs = backing(view, pair.destination, service)
        for _, target in ports(view, pair.destination, service):
            for closed in _closed_in(view, pair.destination, backs, str(target), callers):
                yield service, closed


def clients_kept_from_gateways(view: View, pair: Pair) -> Iterator[Closed]:
    """Yield the sampled clients that may connect to none of the gateways between a pair, with one of those."""
    targets = [
        (str(gateway_port(service)), address) for _, service in entrances(view, pair) for address in addresses(service)
    ]
    for client in clients(view, pair.source):
        yield from _closed_to_all(view, pair.source, client, targets)


def clients_kept_from_services(view: View, pair: Pair) -> Iterator[tuple[str, Closed]]:
    """Yield the services at one of whose ports sampled clients may connect to no pod in the destination."""
    for service in crossing(view, pair.source, pair.destination):
        backs = [pod.addresses[0] for pod in backing(view, pair.destination, service) if pod.addresses]
        for client in clients(view, pair.source):
            for _, target in ports(view, pair.destination, service):
                targets = [(str(target), address) for address in backs]
                yield from ((service, closed) for closed in _closed_to_all(view, pair.source, client, targets))


def _closed_to_all(view: View, context: str, pod: Pod, targets: list[tuple[str, str]]) -> Iterator[Closed]:
    """Yield the first of these ports and addresses, where a pod is let out to none of them."""
    about = [(policy, policy.egress) for policy in _about(view, context, pod) if policy.egress is not None]
    if about and targets and not any(_open(about, port, (address,)) for port, address in targets):
        yield Closed(context, about[0][0], (pod,), *targets[0])


def _closed_in(
    view: View, context: str, backs: tuple[Pod, ...], port: str, callers: tuple[str, ...]
) -> Iterator[Closed]:
    """Yield each policy that closes a port of some pods, with all of those."""
    closed: dict[str, tuple[NetworkPolicy, list[Pod]]] = {}
    for pod in backs:
        about = [(policy, policy.ingress) for policy in _about(view, context, pod) if policy.ingress is not None]
        if about and not _open(about, port, callers):
            closed.setdefault(about[0][0].full_name, (about[0][0], []))[1].append(pod)
    for policy, found in closed.values():
        yield Closed(context, policy, tuple(found), port, others=len(backs) - len(found))


def _about(view: View, context: str, pod: Pod) -> list[NetworkPolicy]:
    found = view.read(RESOURCES, context, kind="networkpolicies").network_policies
    return [one for one in found if one.namespace == pod.namespace and selects(one.selector, pod.labels)]


def _open(about: list[tuple[NetworkPolicy, tuple[Rule, ...]]], port: str, addresses: tuple[str, ...]) -> bool:
    """Return whether one of the policies about a pod opens a port: they add up."""
    return any(_opens(rule, port, addresses) for _, rules in about for rule in rules)


def _opens(rule: Rule, port: str, addresses: tuple[str, ...]) -> bool:
    fits = not rule.ports or any(_is_among(port, listed) for listed in rule.ports)
    return fits and (rule.is_open or _means(rule, addresses))


def _is_among(port: str, listed: str) -> bool:
    """Return whether a port is the one listed or in that range; a name may be that of any port."""
    first, _, last = listed.partition("-")
    numbers = (port, first, last or first)
    return not all(map(str.isdecimal, numbers)) or int(first) <= int(port) <= int(last or first)


def _means(rule: Rule, known: tuple[str, ...]) -> bool:
    """Return whether a rule's ranges mean one of the addresses; of callers through a gateway nothing is known."""
    if not known:
        return bool(rule.ranges)
    return any(
        any(_covers(block, address) for block in rule.ranges)
        and not any(_covers(block, address, unsure=False) for block in rule.left_out)
        for address in known
    )


def _covers(block: str, address: str, *, unsure: bool = True) -> bool:
    """Return whether an address is in a range; of a host name that is `unsure`."""
    try:
        return ipaddress.ip_address(address) in ipaddress.ip_network(block, strict=False)
    except ValueError:
        return unsure
