"""NetworkPolicies that close clusters to each other, in ways that no recording has."""

from typing import Any

import pytest

from kubectl_mcdiag.checks.contract import Finding
from kubectl_mcdiag.checks.services import network_policy
from kubectl_mcdiag.evidence.commands import RESOURCES
from kubectl_mcdiag.evidence.model import Snapshot
from kubectl_mcdiag.evidence.parsers.kubernetes.network_policies import NetworkPolicy, Rule
from kubectl_mcdiag.evidence.parsers.kubernetes.network_policies import network_policy as parsed
from kubectl_mcdiag.mesh.model import Pair, Status
from kubectl_mcdiag.mesh.view import View
from tests.edits import changed, mesh, more

HEALTHY = mesh("healthy-multi-network")
ONE_NETWORK = mesh("base-one-network")
HOST_NAME = mesh("healthy-gateway-host-name")
PAIR = Pair("cluster1", "cluster2")
ANY, SELECTED = Rule((), (), True), Rule((), (), False)


def to(*ranges: str, ports: tuple[str, ...] = ()) -> Rule:
    return Rule(ports, ranges, False)


def port(*listed: str) -> Rule:
    return Rule(listed, (), True)


def closing(*rules: Rule, snap: Snapshot = ONE_NETWORK, **labels: str) -> list[Finding]:
    """Return what is found where a policy of cluster2 lets only this in to pods with these labels."""
    space = "sample" if "app" in labels else "istio-system"
    policy = NetworkPolicy("only-these", space, {"matchLabels": labels}, rules, None)
    return found(snap, "cluster2", policy)


def letting_out(*rules: Rule, snap: Snapshot = ONE_NETWORK, **labels: str) -> list[Finding]:
    """Return what is found where a policy of cluster1 lets clients with these labels out to these alone."""
    return found(snap, "cluster1", NetworkPolicy("only-these", "sample", {"matchLabels": labels}, None, rules))


def found(snap: Snapshot, context: str, *policies: NetworkPolicy) -> list[Finding]:
    changed_mesh = changed(snap, RESOURCES, context, more(*policies, part="network_policies"))
    return list(network_policy.run(View(changed_mesh), PAIR))


each_set_of_rules = pytest.mark.parametrize(
    ("rules", "number"),
    [
        ((), 1),
        ((SELECTED,), 1),
        ((to("192.0.2.0/24"),), 1),
        ((to("10.0.0.0/8"),), 0),
        ((ANY,), 0),
        ((port("9090"),), 1),
        ((port("9090-9099"),), 1),
        ((port("1-65535"),), 0),
        ((port("4999-5000"),), 0),
        ((port("http-web"),), 0),
        ((port("9090"), to("10.0.0.0/8", ports=("5000",))), 0),
    ],
)


@each_set_of_rules
def test_pods_are_closed_to_callers_whom_no_rule_lets_in(rules: tuple[Rule, ...], number: int) -> None:
    told = closing(*rules, app="helloworld")

    assert [(one.status, one.scope.service) for one in told] == [(Status.WARN, "helloworld.sample")] * number


@each_set_of_rules
def test_clients_are_kept_from_pods_to_which_no_rule_lets_them_out(rules: tuple[Rule, ...], number: int) -> None:
    told = [one for one in letting_out(*rules) if one.scope.service == "helloworld.sample"]

    assert [one.status for one in told] == [Status.WARN] * number


def test_gateway_may_be_open_to_addresses_of_which_nothing_is_known() -> None:
    assert closing(to("203.0.113.0/24"), snap=HEALTHY, istio="eastwestgateway") == []
    assert len(closing(snap=HEALTHY, istio="eastwestgateway")) == 1


def test_clients_are_kept_from_a_gateway_to_whose_address_no_rule_lets_them_out() -> None:
    (told,) = letting_out(SELECTED, snap=HEALTHY)

    assert "It allows these pods to connect only to pods of this cluster, not to" in told.text
    assert '"to": [{"ipBlock": {"cidr": "172.31.0.61/32"}}]' in str(told.fix[0].shell)
    assert letting_out(to("172.31.0.0/16", ports=("15443",)), snap=HEALTHY) == []


def test_host_name_of_a_gateway_may_be_in_any_range() -> None:
    assert letting_out(to("192.0.2.0/24"), snap=HOST_NAME) == []
    assert len(letting_out(SELECTED, snap=HOST_NAME)) == 1


def test_policy_that_selects_other_pods_closes_nothing() -> None:
    odd = {"matchExpressions": [{"key": "app", "operator": "NotIn", "values": ["curl", "helloworld"]}]}

    assert found(ONE_NETWORK, "cluster1", NetworkPolicy("odd", "sample", odd, None, ())) == []
    assert found(ONE_NETWORK, "cluster2", NetworkPolicy("odd", "sample", odd, (), None)) == []


def test_policies_add_up() -> None:
    closed, opened = (NetworkPolicy("any", "sample", {}, None, rules) for rules in ((), (ANY,)))

    assert found(ONE_NETWORK, "cluster1", closed, opened) == []


@pytest.mark.parametrize(
    ("spec", "ingress", "egress"),
    [
        ({}, (), None),
        ({"egress": [{}]}, (), (ANY,)),
        ({"policyTypes": ["Egress"]}, None, ()),
        ({"policyTypes": ["Ingress", "Egress"]}, (), ()),
        ({"ingress": [{"from": [{"podSelector": {}}]}]}, (SELECTED,), None),
        ({"ingress": [{"ports": [{"port": 80, "endPort": 90}]}]}, (port("80-90"),), None),
        ({"ingress": [{"ports": [{"protocol": "TCP"}]}]}, (port("1-65535"),), None),
    ],
)
def test_policy_is_about_the_directions_it_names(spec: dict[str, Any], ingress: Any, egress: Any) -> None:
    policy = parsed({"metadata": {"name": "x"}, "spec": spec})

    assert (policy.ingress, policy.egress) == (ingress, egress)
