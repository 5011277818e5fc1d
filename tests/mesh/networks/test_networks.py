"""What stands in a Service, a node or a Gateway, and what it means for calls between clusters."""

from dataclasses import replace

import pytest

from kubectl_mcdiag.evidence.parsers.envoy.envoy_endpoints import Host
from kubectl_mcdiag.evidence.parsers.envoy.envoy_listeners import parse
from kubectl_mcdiag.evidence.parsers.kubernetes.istio_config import GatewayServer
from kubectl_mcdiag.evidence.parsers.kubernetes.resources import Service, ServicePort
from kubectl_mcdiag.mesh.networks.exposures import Exposure
from kubectl_mcdiag.mesh.networks.load_balancers import is_internal, not_plain
from kubectl_mcdiag.mesh.traffic.connections import tried

AWS = "service.beta.kubernetes.io/aws-load-balancer-"
PORTS = (ServicePort("tls", 15443, "TCP", "15443", ""), ServicePort("status", 15021, "TCP", "15021", ""))
GATEWAY = Service("gw", "istio-system", {}, {}, "LoadBalancer", "", {}, PORTS, (), "", (), (), "", "")
HOST = Host("172.31.0.61", 15443, "HEALTHY", False, 0, 7, 16, 0, 9, 9)


@pytest.mark.parametrize(
    ("annotations", "words"),
    [
        ({}, []),
        ({f"{AWS}ssl-cert": "arn:x"}, ["terminates TLS"]),
        ({f"{AWS}ssl-cert": "arn:x", f"{AWS}ssl-ports": "443"}, []),
        ({f"{AWS}ssl-cert": "arn:x", f"{AWS}ssl-ports": "443,tls"}, ["terminates TLS"]),
        ({f"{AWS}backend-protocol": "tcp"}, []),
        ({f"{AWS}backend-protocol": "HTTP"}, ["uses a protocol other than TCP to the gateway"]),
        ({f"{AWS}proxy-protocol": "*"}, ["sends a PROXY header before the TLS handshake"]),
        (
            {f"{AWS}healthcheck-protocol": "http"},
            ["checks the health of port 15443 over HTTP"],
        ),
        ({f"{AWS}healthcheck-protocol": "http", f"{AWS}healthcheck-port": "15021"}, []),
    ],
)
def test_annotation_tells_what_a_load_balancer_does(annotations: dict[str, str], words: list[str]) -> None:
    assert list(not_plain(replace(GATEWAY, annotations=annotations)).values()) == words


def test_internal_load_balancer_is_recognised() -> None:
    assert is_internal(replace(GATEWAY, annotations={f"{AWS}scheme": "internal"})) == (f"{AWS}scheme=internal",)
    assert is_internal(replace(GATEWAY, annotations={f"{AWS}scheme": "internet-facing"})) == ()


@pytest.mark.parametrize(
    ("hosts", "covers"), [(("*.local",), True), (("ns/*",), True), (("*.example.com",), False), ((), False)]
)
def test_exposure_covers_the_mesh_by_its_hosts(hosts: tuple[str, ...], covers: bool) -> None:
    server = GatewayServer(15443, "TLS", "AUTO_PASSTHROUGH", hosts)

    assert Exposure("gw", "istio-system", {}, server, 0).covers_all("cluster.local") is covers


def test_listener_that_was_never_accepted_is_not_active() -> None:
    failed = '{"address": {"socket_address": {"address": "0.0.0.0", "port_value": 15443}}}'
    state = f'{{"details": "duplicate listener", "failed_configuration": {failed}}}'
    text = f'{{"configs": [{{"name": "x", "error_state": {state}}}]}}'

    (found,) = parse(text)

    assert (found.port, found.is_active, found.rejected) == (15443, False, "duplicate listener")


def test_connection_that_waits_is_one_that_was_tried() -> None:
    assert tried(HOST, replace(HOST, active=2)) == 2
    assert tried(HOST, replace(HOST, connections=19, connect_failures=8, active=1)) == 3
