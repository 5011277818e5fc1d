"""Which NetworkPolicies keep callers of another cluster out, or clients from calling another cluster."""

import ipaddress
from collections.abc import Iterator
from dataclasses import dataclass

from kubectl_mcdiag.commands import RESOURCES
from kubectl_mcdiag.facts.discovery import selects
from kubectl_mcdiag.facts.endpoints import crossing, ready
from kubectl_mcdiag.facts.gateways import addresses, entrances, gateway_pods, gateway_port
from kubectl_mcdiag.facts.identity import clients, pods
from kubectl_mcdiag.facts.mutual_tls import backing, ports
from kubectl_mcdiag.facts.view import View
from kubectl_mcdiag.findings import Pair
from kubectl_mcdiag.parsers.network_policies import NetworkPolicy, Rule
from kubectl_mcdiag.parsers.pods import Pod


@dataclass(frozen=True, slots=True)
class Closed:
    """A port that a policy of `context` closes to callers from another cluster, or, with an `address`, to calls there.

    `rules`: what the policy leaves open.
    """

    context: str
    policy: NetworkPolicy
    rules: tuple[Rule, ...]
    pod: Pod
    port: str
    address: str = ""


def closed_gateways(view: View, pair: Pair) -> Iterator[Closed]:
    """Yield the east-west gateways on a pair's way that are closed to all addresses outside of their cluster."""
    for context, service in entrances(view, pair):
        targets = [port.target_port or str(port.port) for port in service.ports if port.port == gateway_port(service)]
        for pod in gateway_pods(view, context, service.full_name)[:1]:
            for target in targets:
                yield from _closed_in(view, context, pod, target, ())


def closed_services(view: View, pair: Pair) -> Iterator[tuple[str, Closed]]:
    """Yield the services whose pods in the destination are closed to the pods of the source."""
    callers = tuple(address for pod in pods(view, pair.source) for address in pod.addresses)
    for service in crossing(view, pair.source, pair.destination):
        for pod in backing(view, pair.destination, service)[:1]:
            for _, target in ports(view, pair.destination, service)[: len(ready(view, pair.destination, service))]:
                for closed in _closed_in(view, pair.destination, pod, str(target), callers):
                    yield service, closed


def clients_kept_from_gateways(view: View, pair: Pair) -> Iterator[Closed]:
    """Yield the sampled clients that are let out to none of the gateways on a pair's way, with one of those."""
    doors = [
        (address, str(gateway_port(service))) for _, service in entrances(view, pair) for address in addresses(service)
    ]
    for client in clients(view, pair.source):
        found = [_closed_out(view, pair.source, client, port, address) for address, port in doors]
        yield from found[:1] if all(found) else ()  # type: ignore[misc]


def clients_kept_from_services(view: View, pair: Pair) -> Iterator[tuple[str, Closed]]:
    """Yield the services of whose pods in the destination sampled clients are let out to none, with one of those."""
    for service in crossing(view, pair.source, pair.destination):
        for client in clients(view, pair.source):
            found = [
                _closed_out(view, pair.source, client, str(target), address)
                for pod in backing(view, pair.destination, service)
                for address in pod.addresses[:1]
                for _, target in ports(view, pair.destination, service)
            ]
            yield from ((service, closed) for closed in found[:1] if closed and all(found))


def _closed_in(view: View, context: str, pod: Pod, port: str, callers: tuple[str, ...]) -> Iterator[Closed]:
    """Policies add up: a port is closed where one selects the pod and none of those lets callers in."""
    about = [(policy, policy.ingress) for policy in _about(view, context, pod) if policy.ingress is not None]
    if about and not any(_opens(rule, port, callers) for _, rules in about for rule in rules):
        yield Closed(context, *about[0], pod, port)


def _closed_out(view: View, context: str, pod: Pod, port: str, address: str) -> Closed | None:
    about = [(policy, policy.egress) for policy in _about(view, context, pod) if policy.egress is not None]
    if about and not any(_opens(rule, port, (address,)) for _, rules in about for rule in rules):
        return Closed(context, *about[0], pod, port, address)
    return None


def _about(view: View, context: str, pod: Pod) -> list[NetworkPolicy]:
    found = view.read(RESOURCES, context, kind="networkpolicies").network_policies
    return [one for one in found if one.namespace == pod.namespace and selects(one.selector, pod.labels)]


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
