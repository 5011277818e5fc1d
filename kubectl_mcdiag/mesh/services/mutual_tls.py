"""Whether istiod takes an endpoint for one with mutual TLS, without which nothing crosses to another network.

istiod leaves out, for clients and for the gateway before the endpoint, what does not accept mutual TLS, without a word
(Istio 1.31 `pilot/pkg/xds/endpoints/mtls_checker.go`): a pod without the label `security.istio.io/tlsMode=istio` that
injection sets; one that a DestinationRule sets another TLS mode for; and, where no DestinationRule sets a mode, one
that PeerAuthentication switches mutual TLS off for, as that istiod's cluster has it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from typing import TypeVar

from kubectl_mcdiag.evidence.commands import ISTIO_CONFIG
from kubectl_mcdiag.evidence.parsers.kubernetes.destination_rules import DestinationRule
from kubectl_mcdiag.evidence.parsers.kubernetes.istio_config import PeerAuthentication
from kubectl_mcdiag.evidence.parsers.kubernetes.pods import Pod
from kubectl_mcdiag.mesh.access.identity import clients, control_planes, network, services
from kubectl_mcdiag.mesh.access.injection import injects
from kubectl_mcdiag.mesh.ambient.enrolment import enrolled
from kubectl_mcdiag.mesh.index import pods_by_name
from kubectl_mcdiag.mesh.model import Pair
from kubectl_mcdiag.mesh.networks.gateways import labelled
from kubectl_mcdiag.mesh.services.endpoints import named, ready, spread, targets
from kubectl_mcdiag.mesh.services.policy import reaches, root_namespace, rule_for
from kubectl_mcdiag.mesh.view import View, fact

Policy = TypeVar("Policy", PeerAuthentication, DestinationRule)
TLS_MODE = "security.istio.io/tlsMode"
MUTUAL = "ISTIO_MUTUAL"


class Why(Enum):
    """Why an endpoint is taken for one without mutual TLS."""

    NO_SIDECAR = "no sidecar"
    PEER = "PeerAuthentication"
    RULE = "DestinationRule"
    HIDDEN_RULE = "a DestinationRule that the gateway does not see"


@dataclass(frozen=True, slots=True)
class Refusal:
    """An endpoint that is left out, why, and by the istiod of which context; `policy` is what stands there."""

    why: Why
    pod: Pod
    port: int
    plane: str
    policy: PeerAuthentication | DestinationRule | None = None


def peer_mode(view: View, plane: str, pod: Pod, port: int) -> tuple[str, PeerAuthentication | None]:
    """Return the mode that PeerAuthentication sets for a port of a pod, and the object that sets it.

    Of each scope the oldest decides; one with a selector counts only outside the root namespace (Istio 1.31
    `pilot/pkg/security/authn/policy_applier.go`, `ComposePeerAuthentication`).
    """
    found = sorted(
        view.read(ISTIO_CONFIG, plane, kind="peerauthentications").peer_authentications,
        key=lambda policy: (policy.created, policy.name, policy.namespace),
    )
    root, own = root_namespace(view, plane), pod.namespace
    wide = [[policy for policy in found if policy.namespace == space and not policy.selector] for space in (root, own)]
    close = [p for p in found if p.selector and p.namespace == own != root and p.selector.items() <= pod.labels.items()]
    mode, author = "PERMISSIVE", None
    for policy in (group[0] for group in (*wide, close) if group):
        if _is_set(policy.mode):
            mode, author = policy.mode, policy
    ported = close[0].port_modes.get(str(port), "") if close else ""
    return (ported, close[0]) if _is_set(ported) else (mode, author)


def _is_set(mode: str) -> bool:
    return mode not in ("", "UNSET")


@fact
def refusals(view: View, pair: Pair, service: str) -> tuple[Refusal, ...]:
    """Return, for each ready endpoint in the destination that does not accept mutual TLS, the first reason why."""
    return tuple(
        found for pod in backing(view, pair.destination, service) for found in _first(view, pair, service, pod)
    )


def _first(view: View, pair: Pair, service: str, pod: Pod) -> Iterator[Refusal]:
    for number, target in ports(view, pair.destination, service):
        for check in (_at_client, _at_gateway):
            found = check(view, pair, service, pod, number, target)
            if found:
                yield found
                return


def _at_client(view: View, pair: Pair, service: str, pod: Pod, number: int, target: int) -> Refusal | None:
    spaces = {client.namespace for client in clients(view, pair.source)} or {pod.namespace}
    for plane in control_planes(view, pair.source):
        for space in sorted(spaces):
            if found := _judged(view, plane, service, pod, (number, target), space):
                return found
    return None


def _at_gateway(view: View, pair: Pair, service: str, pod: Pod, number: int, target: int) -> Refusal | None:
    spaces = {gateway.namespace for gateway in labelled(view, pair.destination, network(view, pair.destination))}
    for plane in control_planes(view, pair.destination):
        for space in sorted(spaces):
            found = _judged(view, plane, service, pod, (number, target), space)
            if found and found.why is not Why.NO_SIDECAR and (rule := _mutual(view, pair, service, number, space)):
                return Refusal(Why.HIDDEN_RULE, pod, target, plane, rule)
            if found:
                return found
    return None


def _mutual(view: View, pair: Pair, service: str, number: int, space: str) -> DestinationRule | None:
    """Return the DestinationRule, hidden from a namespace, that makes the service's own call it by mutual TLS."""
    plane = control_planes(view, pair.destination)[0]
    rule = rule_for(view, plane, service, service.partition(".")[2])
    if rule is None or rule.tls.of(number) != MUTUAL or reaches(rule.export_to or ("*",), rule.namespace, space):
        return None
    return rule


def _judged(view: View, plane: str, service: str, pod: Pod, port: tuple[int, int], namespace: str) -> Refusal | None:
    number, target = port
    rule = rule_for(view, plane, service, namespace)
    set_mode = rule.tls.of(number) if rule else ""
    if set_mode not in ("", MUTUAL):
        return Refusal(Why.RULE, pod, number, plane, rule)
    if pod.labels.get(TLS_MODE) != "istio":
        return Refusal(Why.NO_SIDECAR, pod, target, plane)
    if set_mode == MUTUAL:
        return None
    mode, author = peer_mode(view, plane, pod, target)
    return Refusal(Why.PEER, pod, target, plane, author) if mode == "DISABLE" else None


@fact
def backing(view: View, context: str, service: str) -> tuple[Pod, ...]:
    """Return the pods behind the ready endpoints of a Service, those of ztunnels left out."""
    namespace = service.partition(".")[2]
    wanted = dict.fromkeys(f"{endpoint.pod}.{namespace}" for endpoint in ready(view, context, service))
    here, taken = pods_by_name(view, context), {pod.full_name for pod in enrolled(view, context)}
    return tuple(here[name] for name in wanted if name in here and name not in taken)


@fact
def ports(view: View, context: str, service: str) -> tuple[tuple[int, int], ...]:
    """Return the ports of a Service, each with the port of its pods."""
    found = targets(view, context, service)
    return tuple((port.port, found.get(port.name, port.port)) for port in services(view, context)[service].ports)


@fact
def refused(view: View, pair: Pair, why: Why) -> tuple[tuple[str, tuple[Refusal, ...], bool], ...]:
    """Return the services with endpoints refused for this reason, those endpoints, and whether none is left."""
    found = []
    for service in spread(view, pair.source, pair.destination):
        mine = tuple(one for one in refusals(view, pair, service) if one.why is why)
        if mine and is_meant(view, pair, service):
            found.append((service, mine, len(mine) == len(backing(view, pair.destination, service))))
    return tuple(found)


def by_policy(found: tuple[Refusal, ...], kind: type[Policy]) -> tuple[tuple[Refusal, Policy], ...]:
    """Return one refusal for each object of this kind that refuses, with that object."""
    distinct = {(one.plane, one.policy.full_name): (one, one.policy) for one in found if isinstance(one.policy, kind)}
    return tuple(distinct.values())


@fact
def is_meant(view: View, pair: Pair, service: str) -> bool:
    """Return whether calls to a service should use mutual TLS: it is in the mesh somewhere, or was named."""
    namespace = service.partition(".")[2]
    return (
        service in named(view, pair.source)
        or any(injects(view, context, namespace) for context in (pair.source, pair.destination))
        or any(
            pod.is_injected for context in (pair.source, pair.destination) for pod in backing(view, context, service)
        )
    )
