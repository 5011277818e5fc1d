"""Fixes of the networks family: what exposes services on a gateway, its labels and addresses, networks of workloads."""

from collections.abc import Collection
from typing import Any

from kubectl_mcdiag.checks.fixes import change_template
from kubectl_mcdiag.checks.message import Message, say
from kubectl_mcdiag.checks.patches import pointer, put, replaced, test, tested
from kubectl_mcdiag.checks.steps import Action, Object, Step, create, kubectl, label, patch, wait
from kubectl_mcdiag.evidence.commands import ISTIO_CONFIG
from kubectl_mcdiag.evidence.parsers.kubernetes.gateway_api import LISTENER_PROTOCOL
from kubectl_mcdiag.evidence.parsers.kubernetes.resources import Service
from kubectl_mcdiag.evidence.shell import Input
from kubectl_mcdiag.mesh.access.identity import NETWORK
from kubectl_mcdiag.mesh.networks.exposures import KUBERNETES, Exposure
from kubectl_mcdiag.mesh.networks.gateways import OWNER, gateway_port
from kubectl_mcdiag.mesh.view import View

EXPOSING = "cross-network-gateway"
AUTO = "AUTO_PASSTHROUGH"


def expose(view: View, plane: str, service: Service, hosts: tuple[str, ...], why: Message) -> Step:
    """Create the Gateway that exposes services on an east-west gateway, by a name that no other has."""
    manifest = {
        "apiVersion": "networking.istio.io/v1beta1",
        "kind": "Gateway",
        "metadata": {"name": _free_name(view, plane, service.namespace), "namespace": service.namespace},
        "spec": {"selector": chooses(service), "servers": [_server(gateway_port(service), hosts)]},
    }
    return create(view, Action.EXPOSE, plane, manifest, why)


def _free_name(view: View, plane: str, namespace: str) -> str:
    found = view.read(ISTIO_CONFIG, plane, kind="gateways").gateways
    taken = {gateway.name for gateway in found if gateway.namespace == namespace}
    return free_name(EXPOSING, taken)


def free_name(wanted: str, taken: Collection[str]) -> str:
    """Return a name for a new object that no other has: this one, or it with a number."""
    names = (wanted, *(f"{wanted}-{number}" for number in range(2, len(taken) + 3)))
    return next(name for name in names if name not in taken)


def _server(port: int, hosts: tuple[str, ...]) -> dict[str, Any]:
    named = {"number": port, "name": "tls", "protocol": "TLS"}
    return {"port": named, "tls": {"mode": AUTO}, "hosts": list(hosts)}


def chooses(service: Service) -> dict[str, str]:
    """Return the labels by which a Gateway selects the pods of an east-west gateway, as Istio's guide does."""
    return {key: value for key, value in service.selector.items() if key == "istio"} or service.selector


def reselect(view: View, plane: str, exposure: Exposure, service: Service, why: Message) -> Step:
    """Have a Gateway select the pods of an east-west gateway."""
    operations = replaced(pointer("spec", "selector"), exposure.selector, chooses(service))
    return patch(view, Action.EXPOSE_INSTEAD, _object(plane, exposure), operations, why)


def pass_through(view: View, plane: str, exposure: Exposure, why: Message) -> Step:
    """Have a server forward by SNI, and leave its Gateway otherwise as it is."""
    place, server = _place(exposure), exposure.server
    if exposure.resource == KUBERNETES:
        known = (test(f"{place}/port", server.port), test(f"{place}/protocol", server.protocol))
        tls: dict[str, Any] = {"mode": "Passthrough", "options": {LISTENER_PROTOCOL: "auto-passthrough"}}
    else:
        known = (test(f"{place}/port/number", server.port), test(f"{place}/port/protocol", server.protocol))
        tls = {"mode": AUTO}
    before = tested(f"{place}/tls", server.tls) if server.tls else ()
    operations = (*known, *before, put(f"{place}/tls", tls))
    return patch(view, Action.EXPOSE_INSTEAD, _object(plane, exposure), operations, why)


def widen(view: View, plane: str, exposure: Exposure, hosts: tuple[str, ...], why: Message) -> Step:
    """Add hosts to those of a server."""
    old = list(exposure.server.hosts)
    operations = replaced(f"{_place(exposure)}/hosts", old, [*old, *hosts])
    return patch(view, Action.EXPOSE, _object(plane, exposure), operations, why)


def label_gateway(view: View, context: str, service: Service, key: str, new: str, why: Message) -> Step:
    """Set a label of an east-west gateway, or take it away (empty).

    A gateway of the Kubernetes Gateway API hands its labels on to the Service and the pods that istiod makes for it.
    """
    made_by = service.labels.get(OWNER, "")
    kind, name = (KUBERNETES, made_by) if made_by else ("service", service.name)
    target = Object(context, kind, name, service.namespace)
    return label(view, Action.MOVE_TRAFFIC, target, key, new, service.labels.get(key, ""), why)


def add_address(view: View, context: str, service: Service, what: str, why: Message) -> Step:
    """Give a gateway Service the operator's address, beside those of `externalIPs` that it has."""
    place, before = pointer("spec", "externalIPs"), list(service.external_ips)
    after = [*before, Input("GATEWAY_IP", what)]
    target = Object(context, "service", service.name, service.namespace)
    operations = replaced(place, before, after) if before else (put(place, after),)
    return patch(view, Action.MOVE_TRAFFIC, target, operations, why)


def set_variable(view: View, target: Object, setting: str, why: Message) -> tuple[Step, ...]:
    """Set a variable of a workload's containers (`NAME=value`, or `NAME-` to take it out), and wait for the pods."""
    words = (*target.where, "set", "env", f"{target.kind}/{target.name}", setting)
    command = kubectl(view, target.context, *words)
    return Step(Action.POD_TEMPLATE, target.context, command, why, target), wait(view, target)


def unlabel_workload(view: View, target: Object) -> tuple[Step, ...]:
    """Take a network out of a pod template, so that new pods get their cluster's when they are injected."""
    why = say("takes a network out of the pod template; new pods are injected with the network of the cluster")
    return change_template(view, target, {"labels": {NETWORK: None}}, why), wait(view, target)


def _place(exposure: Exposure) -> str:
    return pointer("spec", "listeners" if exposure.resource == KUBERNETES else "servers", exposure.index)


def _object(plane: str, exposure: Exposure) -> Object:
    return Object(plane, exposure.resource, exposure.gateway, exposure.namespace)
