"""Which NetworkPolicies keep callers of another cluster out."""

import ipaddress
from collections.abc import Iterator
from dataclasses import dataclass

from kubectl_mcdiag.commands import RESOURCES
from kubectl_mcdiag.facts.endpoints import crossing, ready
from kubectl_mcdiag.facts.gateways import gateway_pods, gateway_port, labelled
from kubectl_mcdiag.facts.identity import network, pods
from kubectl_mcdiag.facts.mutual_tls import backing, ports
from kubectl_mcdiag.facts.view import View
from kubectl_mcdiag.parsers.network_policies import IngressRule, NetworkPolicy
from kubectl_mcdiag.parsers.pods import Pod


@dataclass(frozen=True, slots=True)
class Closed:
    """A port of a pod that a policy keeps callers of another cluster out of."""

    policy: NetworkPolicy
    pod: Pod
    port: str


def closed_gateways(view: View, context: str) -> Iterator[Closed]:
    """Yield the east-west gateways of a cluster that are closed to all addresses outside of it."""
    for service in labelled(view, context, network(view, context)):
        targets = [port.target_port or str(port.port) for port in service.ports if port.port == gateway_port(service)]
        for pod in gateway_pods(view, context, service.full_name)[:1]:
            for target in targets:
                yield from _closed(view, context, pod, target, ())


def closed_services(view: View, source: str, destination: str) -> Iterator[tuple[str, Closed]]:
    """Yield the services whose pods in `destination` are closed to the pods of `source`."""
    callers = tuple(address for pod in pods(view, source) for address in pod.addresses)
    for service in crossing(view, source, destination):
        for pod in backing(view, destination, service)[:1]:
            for _, target in ports(view, destination, service)[: len(ready(view, destination, service))]:
                for closed in _closed(view, destination, pod, str(target), callers):
                    yield service, closed


def _closed(view: View, context: str, pod: Pod, port: str, callers: tuple[str, ...]) -> Iterator[Closed]:
    """Policies add up: a port is closed where one selects the pod and none of those lets callers in."""
    about = [
        policy
        for policy in view.read(RESOURCES, context, kind="networkpolicies").network_policies
        if policy.namespace == pod.namespace
        and not policy.has_expressions
        and policy.selector.items() <= pod.labels.items()
    ]
    if about and not any(_lets_in(rule, port, callers) for policy in about for rule in policy.ingress):
        yield Closed(about[0], pod, port)


def _lets_in(rule: IngressRule, port: str, callers: tuple[str, ...]) -> bool:
    fits = not rule.ports or port in rule.ports or any(not listed.isdigit() for listed in rule.ports)
    return fits and (rule.is_open or any(_covers(block, callers) for block in rule.ranges))


def _covers(block: str, callers: tuple[str, ...]) -> bool:
    """Tell whether a range has a caller in it; of callers through a gateway's address nothing is known."""
    if not callers:
        return True
    room = ipaddress.ip_network(block, strict=False)
    return any(ipaddress.ip_address(address) in room for address in callers)
