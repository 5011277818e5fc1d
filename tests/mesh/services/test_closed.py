"""What NetworkPolicies close, port by port and address by address."""

from typing import Any

import pytest

from kubectl_mcdiag.evidence.parsers.kubernetes.network_policies import NetworkPolicy, network_policy
from kubectl_mcdiag.mesh.model import Pair
from kubectl_mcdiag.mesh.services import network_policies as facts
from kubectl_mcdiag.mesh.view import View
from tests import made

PAIR = Pair("a", "b")
INJECTING = made.namespace("shop", {"istio-injection": "enabled"})


def policy(name: str = "p", selector: Any = None, **spec: Any) -> NetworkPolicy:
    called, space = made.named(name)
    found = network_policy(
        {"metadata": {"name": called, "namespace": space}, "spec": {"podSelector": selector or {}, **spec}}
    )
    assert found
    return found


def into(*rules: Any, **more: Any) -> NetworkPolicy:
    """Return a policy that lets in what these rules say."""
    return policy(policyTypes=["Ingress"], ingress=list(rules), **more)


def out(*rules: Any, **more: Any) -> NetworkPolicy:
    """Return a policy that lets out what these rules say."""
    return policy(policyTypes=["Egress"], egress=list(rules), **more)


def block(cidr: str, *but: str) -> Any:
    return {"ipBlock": {"cidr": cidr, "except": list(but)}}


def mesh(here: list[Any], there: list[Any], networks: tuple[str, str] = ("", "")) -> View:
    """Return two clusters: a client in one, web in both, and gateways."""
    gateway = made.service(
        "gw.istio-system", {"app": "gw"}, 15443, 80, labels={made.NETWORK: "y"}, ingress=("172.0.0.1",)
    )
    near = [made.pod("client", {"app": "client"}, addresses=("10.1.0.9",)), made.service("web", None, 80)]
    far = [*made.served("web", "10.2.0.1", "10.2.0.2"), gateway, made.gateway("gw-0.istio-system", {"app": "gw"})]
    return made.view(
        {
            name: made.cluster(made.istiod(cluster_id=name), INJECTING, *things, network=network)
            for name, things, network in zip("ab", ([*near, *here], [*far, *there]), networks, strict=True)
        }
    )


@pytest.mark.parametrize(
    ("policies", "closed"),
    [
        ([], False),
        ([into()], True),
        ([into({})], False),
        ([into({"ports": [{"port": 80}]})], False),
        ([into({"ports": [{"port": 81}]})], True),
        ([into({"ports": [{"port": 70, "endPort": 80}]})], False),
        ([into({"ports": [{"port": 80, "endPort": 90}]})], False),
        ([into({"ports": [{"port": 70, "endPort": 79}]})], True),
        ([into({"ports": [{"port": 81, "endPort": 90}]})], True),
        ([into({"ports": [{"port": "http"}]})], False),
        ([into({"ports": [{"port": 81}, {"port": 80}]})], False),
        ([into({"ports": [{"port": 80, "protocol": "UDP"}]})], True),
        ([into({"from": [block("10.1.0.0/16")]})], False),
        ([into({"from": [block("10.3.0.0/16")]})], True),
        ([into({"from": [block("10.3.0.0/16"), block("10.1.0.0/16")]})], False),
        ([into({"from": [block("10.1.0.0/16", "10.1.0.0/24")]})], True),
        ([into({"from": [block("10.1.0.0/16", "10.1.7.0/24")]})], False),
        ([into({"from": [{"podSelector": {}}]})], True),
        ([into({"from": [block("10.1.0.0/16")], "ports": [{"port": 81}]})], True),
        ([into(), into({}, name="q")], False),
        ([into(name="p.bank")], False),
        ([into(selector={"matchLabels": {"app": "other"}})], False),
        ([into(selector={"matchLabels": {"app": "web"}})], True),
        ([out()], False),
    ],
)
def test_pods_are_closed_to_those_of_another_cluster(policies: list[NetworkPolicy], closed: bool) -> None:
    found = list(facts.closed_services(mesh([], policies), PAIR))

    assert [service for service, _ in found] == ["web.shop"] * closed
    for _, one in found:
        assert (one.context, one.policy, one.port, len(one.pods), one.others) == ("b", policies[0], "80", 2, 0)
        assert one.pod == one.pods[0]
        assert one.rules == policies[0].ingress


def test_policy_about_some_pods_leaves_others_open_and_each_policy_is_told_once() -> None:
    first, second = (made.pod(f"web-{n}", {"app": "web", "n": str(n)}, addresses=(f"10.2.0.{n + 1}",)) for n in (0, 1))
    one, two = (into(name=f"p{n}", selector={"matchLabels": {"n": str(n)}}) for n in (0, 1))
    ends = [made.endpoint("10.2.0.1", "web-0"), made.endpoint("10.2.0.2", "web-1")]
    web = [made.service("web", None, 80), made.endpoints("web", *ends), first, second, INJECTING]

    def closed(*policies: NetworkPolicy) -> list[Any]:
        clusters = {"a": made.cluster(made.istiod(cluster_id="a"), made.service("web"), INJECTING)}
        clusters["b"] = made.cluster(made.istiod(cluster_id="b"), *web, *policies)
        return [
            (one.policy.name, len(one.pods), one.others) for _, one in facts.closed_services(made.view(clusters), PAIR)
        ]

    assert closed(one) == [("p0", 1, 1)]
    assert closed(one, two) == [("p0", 1, 1), ("p1", 1, 1)]


@pytest.mark.parametrize(
    ("policies", "closed"),
    [
        ([], False),
        ([into(name="p.istio-system")], True),
        ([into({"ports": [{"port": 15443}]}, name="p.istio-system")], False),
        ([into({"ports": [{"port": 80}]}, name="p.istio-system")], True),
        ([into({"from": [block("172.0.0.0/8")]}, name="p.istio-system")], False),
        ([into({"from": [{"podSelector": {}}]}, name="p.istio-system")], True),
        ([into(name="p.shop")], False),
    ],
)
def test_gateways_are_closed_to_whoever_is_outside(policies: list[NetworkPolicy], closed: bool) -> None:
    found = list(facts.closed_gateways(mesh([], policies, ("x", "y")), PAIR))

    assert [(one.port, one.pod.name) for one in found] == [("15443", "gw-0")] * closed


@pytest.mark.parametrize(
    ("policies", "kept"),
    [
        ([], False),
        ([out()], True),
        ([out({"to": [block("172.0.0.0/8")]})], False),
        ([out({"to": [block("172.0.0.0/8", "172.0.0.0/24")]})], True),
        ([out({"to": [block("10.0.0.0/8")]})], True),
        ([out({"ports": [{"port": 15443}]})], False),
        ([out({"ports": [{"port": 80}]})], True),
        ([out(selector={"matchLabels": {"app": "other"}})], False),
        ([into()], False),
    ],
)
def test_clients_are_kept_from_gateways(policies: list[NetworkPolicy], kept: bool) -> None:
    found = list(facts.clients_kept_from_gateways(mesh(policies, [], ("x", "y")), PAIR))

    assert [(one.context, one.pod.name, one.port, one.address) for one in found] == [
        ("a", "client", "15443", "172.0.0.1")
    ] * kept
    assert all(one.rules == policies[0].egress for one in found)


@pytest.mark.parametrize(
    ("policies", "kept"),
    [
        ([], False),
        ([out()], True),
        ([out({"to": [block("10.2.0.2/32")]})], False),
        ([out({"to": [block("10.1.0.0/16")]})], True),
        ([out({"ports": [{"port": 80}]})], False),
        ([out({"ports": [{"port": 81}]})], True),
    ],
)
def test_clients_are_kept_from_pods_where_none_of_them_is_open(policies: list[NetworkPolicy], kept: bool) -> None:
    found = list(facts.clients_kept_from_services(mesh(policies, []), PAIR))

    assert [(service, one.port, one.address) for service, one in found] == [("web.shop", "80", "10.2.0.1")] * kept


def test_gateway_known_by_a_host_name_may_be_in_any_range() -> None:
    rule = facts.Rule(ports=(), ranges=("10.0.0.0/8",), is_open=False, left_out=("10.1.0.0/16",))

    assert facts._means(rule, ("gw.example",))
    assert facts._means(rule, ())
    assert not facts._means(facts.Rule((), (), is_open=False, left_out=()), ())
