"""Policies that fixes add beside those that are there: no wider than what is needed."""

import ipaddress
from collections.abc import Iterator
from typing import Any

from kubectl_mcdiag.checks.message import say
from kubectl_mcdiag.checks.patches import Operation, pointer, put, test
from kubectl_mcdiag.checks.steps import Action, Object, Step, create, patch
from kubectl_mcdiag.evidence.parsers.kubernetes.authorization import AccessRule, AuthorizationPolicy
from kubectl_mcdiag.evidence.parsers.kubernetes.resources import Service
from kubectl_mcdiag.evidence.shell import Input
from kubectl_mcdiag.mesh.access.identity import crosses_networks, services
from kubectl_mcdiag.mesh.model import Pair
from kubectl_mcdiag.mesh.services.authorization import domains, means, refuses
from kubectl_mcdiag.mesh.services.network_policies import Closed
from kubectl_mcdiag.mesh.traffic.locality import nodes
from kubectl_mcdiag.mesh.view import View

CALLERS = "address range, in CIDR notation, from which calls of {source} arrive"


def opened(view: View, pair: Pair, closed: Closed) -> tuple[Step, ...]:
    """Return the NetworkPolicy that opens a port to the other cluster's addresses alone; none for a host name.

    NetworkPolicies add up, so that one beside those that are there takes nothing away from them.
    """
    blocks: tuple[str | Input, ...]
    if closed.address:
        blocks, why = (
            _single(closed.address),
            say("adds a policy that allows connections to {address}", address=closed.address),
        )
    else:
        blocks, why = _callers(view, pair), say("adds a policy that allows calls from {source}", source=pair.source)
    if not blocks:
        return ()
    peers = [{"ipBlock": {"cidr": block}} for block in blocks]
    return (create(view, Action.OPEN_PORT, closed.context, _opening(closed, peers), why),)


def _opening(closed: Closed, peers: list[dict[str, Any]]) -> dict[str, Any]:
    direction, peer = ("egress", "to") if closed.address else ("ingress", "from")
    number = int(closed.port) if closed.port.isdecimal() else closed.port
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"generateName": f"{closed.policy.name}-", "namespace": closed.policy.namespace},
        "spec": {
            "podSelector": closed.policy.selector,
            "policyTypes": [direction.capitalize()],
            direction: [{"ports": [{"protocol": "TCP", "port": number}], peer: peers}],
        },
    }


def _single(address: str) -> tuple[str, ...]:
    try:
        found = ipaddress.ip_address(address)
    except ValueError:  # a host name
        return ()
    return (f"{found}/{found.max_prefixlen}",)


def _callers(view: View, pair: Pair) -> tuple[str | Input, ...]:
    """Return the pod ranges of a cluster on the same network; callers that pass a gateway have other addresses."""
    known = dict.fromkeys(block for node in nodes(view, pair.source) for block in node.pod_cidrs)
    if known and not crosses_networks(view, pair.source, pair.destination):
        return tuple(known)
    return (Input("CALLERS", CALLERS.format(source=pair.source)),)


def let_in(
    view: View, pair: Pair, service: str, caller: str, plane: str, policy: AuthorizationPolicy
) -> tuple[Step, ...]:
    """Let one caller do everything at a service, as it may elsewhere."""
    admitted = {"from": [{"source": {"principals": [caller]}}]}
    target, why = Object(plane, "authorizationpolicy", policy.name, policy.namespace), say("admits this client")
    if policy.action == "DENY":
        spared = say("no longer refuses this client")
        return (patch(view, Action.LOOSEN_POLICY, target, _spared(view, plane, policy, caller), spared),)
    if policy.rules:
        return (patch(view, Action.LOOSEN_POLICY, target, (put("/spec/rules/-", admitted),), why),)
    # It may stand for many services: the client gets a policy of its own.
    own = _allowing(services(view, pair.destination)[service], caller.rpartition("/")[2], admitted)
    return (create(view, Action.LOOSEN_POLICY, plane, own, why),)


def _spared(view: View, plane: str, policy: AuthorizationPolicy, caller: str) -> tuple[Operation, ...]:
    """Return what takes this caller alone out of what a policy denies."""
    names = domains(view, plane)
    refusing = ((index, rule) for index, rule in enumerate(policy.rules) if refuses(rule, names, caller))
    spared = (operation for index, rule in refusing for operation in _without(index, rule, names, caller))
    return (test(pointer("spec", "action"), policy.action), *spared)


def _without(index: int, rule: AccessRule, names: tuple[str, ...], caller: str) -> Iterator[Operation]:
    if not rule.callers:
        yield put(pointer("spec", "rules", index, "from"), [{"source": {"notPrincipals": [caller]}}])
    for place, source in enumerate(rule.callers):
        if not source.is_partial and means(source, names, caller):
            path = ("spec", "rules", index, "from", place, "source")
            for key, listed in (("principals", source.principals), ("namespaces", source.namespaces)):
                if listed:
                    yield test(pointer(*path, key), list(listed))
            yield put(pointer(*path, "notPrincipals"), [caller])


def _allowing(service: Service, account: str, rule: dict[str, Any]) -> dict[str, Any]:
    """Return an AuthorizationPolicy that lets one more client call a service."""
    return {
        "apiVersion": "security.istio.io/v1beta1",
        "kind": "AuthorizationPolicy",
        "metadata": {"name": f"{service.name}-from-{account}", "namespace": service.namespace},
        "spec": {"selector": {"matchLabels": service.selector}, "action": "ALLOW", "rules": [rule]},
    }
