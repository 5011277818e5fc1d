"""Steps of this family: what they change is what was read, and their marks say what that does."""

import json
from dataclasses import replace
from typing import Any

import pytest

from kubectl_mcdiag.checks.message import say
from kubectl_mcdiag.checks.networks import fixes, gateway_ports, networks_apart
from kubectl_mcdiag.checks.steps import Mark, Step
from kubectl_mcdiag.evidence.parsers.kubernetes.resources import ServicePort
from kubectl_mcdiag.mesh.access.identity import NETWORK
from kubectl_mcdiag.mesh.networks.exposures import KUBERNETES
from kubectl_mcdiag.mesh.networks.gateways import OWNER, services
from kubectl_mcdiag.mesh.view import View
from tests.edits import mesh

VIEW = View(mesh("healthy-multi-network"))
GATEWAY = services(VIEW, "cluster2")["istio-eastwestgateway.istio-system"]


def body(step: Step) -> Any:
    return json.loads(str(step.shell.pipeline[0][-1]))


def test_address_is_added_beside_those_that_there_are() -> None:
    two = replace(GATEWAY, external_ips=("203.0.113.7", "2001:db8::7"))
    step = fixes.add_address(VIEW, "cluster2", two, "an address", say("why"))

    assert """"value": ["203.0.113.7", "2001:db8::7"]}, {"op": "add",""" in str(step.shell)
    assert """"value": ["203.0.113.7", "2001:db8::7", "'"${GATEWAY_IP:?an address}"'"]}]'""" in str(step.shell)
    assert step.marks == {Mark.DISRUPTIVE, Mark.INPUT}


def test_label_is_changed_only_from_what_was_read() -> None:
    step = fixes.label_gateway(VIEW, "cluster2", GATEWAY, NETWORK, "network9", say("why"))

    path = "/metadata/labels/topology.istio.io~1network"
    assert body(step) == [
        {"op": "test", "path": path, "value": "network2"},
        {"op": "add", "path": path, "value": "network9"},
    ]
    assert step.marks == {Mark.DISRUPTIVE}


def test_label_of_a_gateway_that_another_object_made_is_changed_there() -> None:
    made = replace(GATEWAY, labels={OWNER: "mine"})
    step = fixes.label_gateway(VIEW, "cluster2", made, NETWORK, "network2", say("why"))

    assert step.target is not None
    assert (step.target.kind, step.target.name) == (KUBERNETES, "mine")
    assert str(step.shell).endswith(f"mine {NETWORK}=network2")


@pytest.mark.parametrize(("names", "added"), [(("http",), "tls"), (("tls", "http"), "tls-mesh")])
def test_port_is_added_under_a_name_that_is_free(names: tuple[str, ...], added: str) -> None:
    ports = tuple(ServicePort(name, 80 + at, "TCP", "80", "") for at, name in enumerate(names))

    assert list(gateway_ports._operations(replace(GATEWAY, ports=ports))) == [
        {
            "op": "add",
            "path": "/spec/ports/-",
            "value": {"name": added, "port": 15443, "targetPort": 15443, "protocol": "TCP"},
        }
    ]


def test_port_is_led_to_the_gateways_own_in_its_place() -> None:
    ports = (ServicePort("http", 80, "TCP", "80", ""), ServicePort("tls", 15443, "TCP", "mtls", ""))

    assert list(gateway_ports._operations(replace(GATEWAY, ports=ports))) == [
        {"op": "test", "path": "/spec/ports/1/targetPort", "value": "mtls"},
        {"op": "add", "path": "/spec/ports/1/targetPort", "value": 15443},
    ]


def test_network_is_changed_for_the_namespace_and_each_workload_once() -> None:
    named, *others = networks_apart._fix(VIEW, "cluster1", "cluster2")

    assert named.marks == {Mark.DISRUPTIVE}
    assert body(named)[1]["value"] == "network1"
    assert len({step.command for step in others}) == len(others)
