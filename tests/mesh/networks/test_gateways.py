"""East-west gateways that nobody recorded: on nodes, without pods, made with the Gateway API, exposed elsewhere."""

import json
from dataclasses import replace
from typing import Any

import pytest

from kubectl_mcdiag.checks.networks import (
    gateway_address,
    gateway_exposure,
    gateway_host_name,
    gateway_port_label,
    gateway_ready,
    gateway_view,
    mesh_networks,
    workload_network,
)
from kubectl_mcdiag.checks.services import gateway_endpoints
from kubectl_mcdiag.evidence.commands import (
    CONFIG_MAPS,
    GATEWAY_API,
    ISTIO_CONFIG,
    NETWORKZ,
    PODS,
    RESOURCES,
    WORKLOADS,
)
from kubectl_mcdiag.evidence.model import Snapshot
from kubectl_mcdiag.evidence.parsers.kubernetes.gateway_api import KubernetesGateway, Listener
from kubectl_mcdiag.mesh.access.identity import NETWORK
from kubectl_mcdiag.mesh.model import Pair, Status
from kubectl_mcdiag.mesh.networks import gateway_proxies, gateways
from kubectl_mcdiag.mesh.networks.exposures import exposures
from kubectl_mcdiag.mesh.networks.gateways import NODE_SELECTOR, OWNER, PORT_LABEL
from kubectl_mcdiag.mesh.services.endpoints import matching_pods
from kubectl_mcdiag.mesh.view import View
from tests.edits import answered, changed, each, mesh, only

HEALTHY = mesh("healthy-multi-network")
SCALED = mesh("gateway-scaled-down")
CONTEXT = "cluster2"
PAIR = Pair("cluster1", CONTEXT)
NAME = "istio-eastwestgateway"
GATEWAY = f"{NAME}.istio-system"


def with_service(snap: Snapshot = HEALTHY, **fields: Any) -> Snapshot:
    """Return the mesh with another gateway Service in cluster2."""
    return changed(snap, RESOURCES, CONTEXT, each(only(NAME, **fields), "services"))


def labelled(**labels: str) -> dict[str, str]:
    return {**gateways.services(View(HEALTHY), CONTEXT)[GATEWAY].labels, **labels}


def on_nodes(selector: str) -> View:
    """Return the mesh with a gateway of type NodePort and a node at its edge."""
    edge = each(lambda node: replace(node, labels={"pool": "edge"}, external_ips=("203.0.113.7",)), "nodes")
    snap = with_service(type="NodePort", ingress=(), annotations={NODE_SELECTOR: selector})
    return View(changed(snap, RESOURCES, CONTEXT, edge))


def test_gateway_on_nodes_has_the_addresses_of_those_it_selects() -> None:
    assert gateways.node_addresses(on_nodes('{"pool": "edge"}'), CONTEXT, GATEWAY) == ("203.0.113.7",)
    assert list(gateway_address.run(on_nodes('{"pool": "edge"}'), PAIR)) == []


def test_gateway_that_selects_no_node_has_no_address() -> None:
    (found,) = gateway_address.run(on_nodes('{"pool": "other"}'), PAIR)

    assert 'its annotation traffic.istio.io/nodeSelector={"pool": "other"} selects no node' in str(found.detail)


def test_gateway_of_type_cluster_ip_has_no_address() -> None:
    (found,) = gateway_address.run(View(with_service(type="ClusterIP", ingress=())), PAIR)

    assert "is of type ClusterIP without externalIPs" in str(found.detail)


def test_service_without_selector_has_no_pods() -> None:
    view = View(with_service(selector={}))

    assert gateways.gateway_pods(view, CONTEXT, GATEWAY) == ()
    assert matching_pods(view, CONTEXT, GATEWAY, CONTEXT) == ()


def test_gateway_without_the_port_leads_nowhere() -> None:
    assert gateway_proxies.target_port(View(HEALTHY), CONTEXT, GATEWAY) == 15443
    assert gateway_proxies.target_port(View(with_service(ports=())), CONTEXT, GATEWAY) == 0


def test_port_label_that_names_a_port_of_the_service_is_all_right() -> None:
    assert list(gateway_port_label.run(View(with_service(labels=labelled(**{PORT_LABEL: "15443"}))), PAIR)) == []


def test_gateway_whose_pods_are_not_ready_is_looked_into() -> None:
    def hidden(found: Any) -> Any:
        return replace(found, endpoints=()) if found.service == NAME else found

    (found,) = gateway_ready.run(View(changed(HEALTHY, RESOURCES, CONTEXT, each(hidden, "endpoint_slices"))), PAIR)

    assert " is not ready." in str(found.detail)
    assert [step.command.partition(" describe ")[2].partition(" ")[0] for step in found.fix] == ["pod"]


SELECTOR = {"app": "gone"}


def test_gateway_that_selects_other_pods_is_given_those_of_its_name() -> None:
    started = changed(SCALED, WORKLOADS, CONTEXT, each(only(NAME, replicas=1)))
    (found,) = gateway_ready.run(View(with_service(started, selector=SELECTOR)), PAIR)

    assert str(found.detail) == "Its selector app=gone selects no pod."
    assert json.loads(found.fix[0].shell.pipeline[0][-1]) == [
        {"op": "test", "path": "/spec/selector", "value": SELECTOR},
        {"op": "add", "path": "/spec/selector", "value": {"app": NAME}},
    ]


def test_gateway_that_nothing_runs_is_said_without_a_step() -> None:
    emptied = changed(SCALED, WORKLOADS, CONTEXT, lambda _: ())
    (found,) = gateway_ready.run(View(with_service(emptied, selector=SELECTOR)), PAIR)

    assert found.fix == ()


def test_gateway_without_a_network_view_is_a_warning() -> None:
    blind = changed(HEALTHY, PODS, CONTEXT, each(lambda pod: replace(pod, environment={}) if pod.is_gateway else pod))
    (found,) = gateway_view.run(View(blind), PAIR)

    assert found.status is Status.WARN
    assert str(found.problem).endswith("is not limited to its network, network2")


def test_exposure_that_selects_other_pods_is_named() -> None:
    other = changed(HEALTHY, ISTIO_CONFIG, CONTEXT, each(lambda found: replace(found, selector=SELECTOR), "gateways"))
    (found,) = gateway_exposure.run(View(other), PAIR)

    assert "cross-network-gateway.istio-system selects pods labelled app=gone" in str(found.detail)


def test_gateway_of_another_name_is_left_as_it_is_and_a_new_one_applied() -> None:
    renamed = changed(
        HEALTHY, ISTIO_CONFIG, CONTEXT, each(lambda one: replace(one, name="mine", selector={"app": "x"}), "gateways")
    )
    (found,) = gateway_exposure.run(View(renamed), PAIR)

    assert "mine.istio-system selects pods labelled app=x, and those of the gateway are not" in str(found.detail)
    assert "cross-network-gateway" in found.fix[0].command
    assert "patch" not in found.fix[0].command


def test_pod_whose_proxy_alone_names_another_network_calls_wrongly() -> None:
    stale = changed(
        HEALTHY,
        PODS,
        CONTEXT,
        each(
            lambda pod: (
                replace(pod, environment={**pod.environment, "ISTIO_META_NETWORK": "network9"})
                if pod.labels.get("app") == "curl" and pod.is_injected
                else pod
            )
        ),
    )
    (found,) = workload_network.run(View(stale), CONTEXT)

    assert str(found.problem).endswith("is on network network9, while its cluster is on network2")
    assert str(found.detail).startswith("Its proxy says so, by ISTIO_META_NETWORK")
    assert {pair.source for pair in found.scope.pairs} == {CONTEXT}


def test_exposure_in_another_namespace_is_named_where_istiod_keeps_to_one() -> None:
    moved = changed(HEALTHY, ISTIO_CONFIG, CONTEXT, each(lambda found: replace(found, namespace="edge"), "gateways"))
    scoped = {"PILOT_SCOPE_GATEWAY_TO_NAMESPACE": "true"}
    narrow = changed(moved, PODS, CONTEXT, each(lambda pod: replace(pod, environment={**pod.environment, **scoped})))

    assert list(gateway_exposure.run(View(moved), PAIR)) == []
    (found,) = gateway_exposure.run(View(narrow), PAIR)
    assert "is in another namespace than the pods of the gateway" in str(found.detail)


def made_with_gateway_api(mode: str, *, passthrough: bool, labels: dict[str, str] | None = None) -> View:
    """Return the mesh with a gateway in cluster2 that the Kubernetes Gateway API made and alone exposes."""
    listener = Listener("mtls", 15443, "TLS", mode, passthrough)
    owned = {OWNER: NAME}
    snap = with_service(labels=labelled(**owned))
    snap = changed(snap, ISTIO_CONFIG, CONTEXT, lambda found: replace(found, gateways=()))
    snap = changed(snap, PODS, CONTEXT, each(lambda pod: replace(pod, labels={**pod.labels, **owned})))
    kind = KubernetesGateway(NAME, "istio-system", labels or {}, "istio", (listener,), ())
    return View(answered(snap, GATEWAY_API, CONTEXT, (kind,)))


@pytest.mark.parametrize(
    ("mode", "labels", "passes"),
    [
        ("Passthrough", {NETWORK: "network2"}, True),
        ("Passthrough", {NETWORK: "network2", PORT_LABEL: "15443"}, True),
        ("Passthrough", {NETWORK: "network2", PORT_LABEL: "443"}, False),
        ("Passthrough", {}, False),
        ("Terminate", {NETWORK: "network2"}, False),
    ],
)
def test_listener_on_the_port_of_a_labelled_gateway_passes_through(
    mode: str, labels: dict[str, str], passes: bool
) -> None:
    view = made_with_gateway_api(mode, passthrough=False, labels=labels)

    assert [found.passes_through for found in exposures(view, CONTEXT)] == [passes]


def test_listener_that_passes_through_exposes_services() -> None:
    view = made_with_gateway_api("Passthrough", passthrough=True)

    assert [found.passes_through for found in exposures(view, CONTEXT)] == [True]
    assert list(gateway_exposure.run(view, PAIR)) == []


def test_listener_that_ends_tls_is_set_right_where_it_stands() -> None:
    (found,) = gateway_exposure.run(made_with_gateway_api("Terminate", passthrough=False), PAIR)

    assert "has TLS mode Terminate on port 15443" in str(found.detail)
    assert "patch gateways.gateway.networking.k8s.io istio-eastwestgateway --type=json" in str(found.fix[0].shell)
    assert '"/spec/listeners/0/tls", "value": {"mode": "Passthrough"' in str(found.fix[0].shell)


UNRESOLVED = mesh("gateway-name-unresolved")
NOT_RESOLVING = {"RESOLVE_HOSTNAME_GATEWAYS": "false"}


def test_istiod_that_must_not_resolve_names_is_let() -> None:
    off = changed(UNRESOLVED, PODS, "cluster1", each(lambda pod: replace(pod, environment=NOT_RESOLVING)))
    (found,) = gateway_host_name.run(View(off), PAIR)

    assert str(found.fix[0].shell).endswith(" set env deployment/istiod RESOLVE_HOSTNAME_GATEWAYS-")


def test_istiod_that_knows_the_gateway_has_resolved_its_name() -> None:
    knowing = changed(UNRESOLVED, NETWORKZ, "cluster1", lambda _: HEALTHY_ROWS)

    assert list(gateway_host_name.run(View(knowing), PAIR)) == []


HEALTHY_ROWS = next(found.value for key, found in HEALTHY.observations.items() if key[:2] == ("networkz", "cluster1"))


def test_networks_written_by_hand_are_looked_through() -> None:
    networks = "networks: {a: {endpoints: [{fromRegistry: cluster1}, {fromCidr: 10.0.0.0/33}, {fromCidr: 10.0.0.0/8}]}"
    networks += ", b: {endpoints: [{fromRegistry: cluster1}]}}"
    config = {"mesh": "{}", "meshNetworks": networks}
    (found,) = mesh_networks.run(
        View(changed(HEALTHY, CONFIG_MAPS, CONTEXT, each(only("istio", data=config)))), CONTEXT
    )

    assert "registry cluster1 is in more than one network" in str(found.detail)
    assert "10.0.0.0/33" in str(found.detail)
    assert found.fix == ()
    assert "Edit meshNetworks of ConfigMap istio in cluster2" in str(found.advice)


def test_gateway_that_keeps_a_port_from_before_has_its_endpoints() -> None:
    empty = mesh("gateway-without-endpoints")
    assert list(gateway_endpoints.run(View(empty), PAIR))

    def moved(service: Any) -> Any:
        return replace(service, ports=tuple(replace(port, port=5005) for port in service.ports))

    other = changed(empty, RESOURCES, "cluster2", each(moved, "services"))
    assert list(gateway_endpoints.run(View(other), PAIR)) == []
