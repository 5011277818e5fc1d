"""What the rules of the path say: once for each service and reason, where it is to be corrected, and by which step."""

from types import ModuleType
from typing import Any

import pytest

from kubectl_mcdiag.checks.contract import Finding, NotJudged
from kubectl_mcdiag.checks.path import admission, answer, connection, endpoints, entrance, name, route, trust
from kubectl_mcdiag.evidence.commands import PROXY_ENDPOINTS
from kubectl_mcdiag.evidence.parsers.kubernetes.authorization import authorization_policy
from kubectl_mcdiag.evidence.parsers.kubernetes.virtual_services import virtual_service
from kubectl_mcdiag.mesh.view import View
from tests import made
from tests.path.calls import FAR, GATEWAY, HOST, PAIR, WHOLE, config, envoy, host, mesh
from tests.path.test_small_admission import PATH, chain, rules, server
from tests.path.test_small_routes import SOME, table, to

SECOND = made.pod("client.bank", {"app": "client"})
V1 = f"outbound|80|v1|{HOST}"
SUBSETS = made.rule("web", {"host": "web", "subsets": [{"name": "v1", "labels": {"v": "1"}}]})


def said(rule: ModuleType, view: View) -> tuple[list[Finding], list[NotJudged]]:
    found = list(rule.run(view, PAIR))
    return [one for one in found if isinstance(one, Finding)], [one for one in found if isinstance(one, NotJudged)]


@pytest.mark.parametrize("networks", [("", ""), ("x", "y")])
@pytest.mark.parametrize("rule", [name, route, endpoints, trust, admission, answer])
def test_client_that_was_not_read_leaves_its_own_calls_unjudged_and_no_others(rule: ModuleType, networks: Any) -> None:
    bank = made.namespace("bank", {"istio-injection": "enabled"})
    view = mesh(host(FAR), here=(SECOND, bank), networks=networks)
    findings, unjudged = said(rule, view)

    assert {one.scope.workload for one in unjudged} == {"client.bank"}
    assert {(one.scope.clusters, one.scope.service) for one in unjudged} == {(("a",), "web.shop")}
    assert not [one for one in findings if one.scope.workload == "client.bank"]


def test_host_that_the_client_does_not_know_is_said_with_what_may_hide_it() -> None:
    (found,), _ = said(name, mesh(clusters=()))

    assert found.scope.clusters == ("a",)
    assert found.scope.workload == "client.shop"
    assert "exportTo" in str(found.advice)
    assert "port 80" in found.text


def test_one_reason_is_said_once_for_each_service() -> None:
    both = {(PROXY_ENDPOINTS, "client.bank"): (envoy(),)}
    findings, _ = said(
        endpoints, mesh(here=(SECOND, made.namespace("bank", {"istio-injection": "enabled"})), more=both)
    )

    assert {one.scope.service for one in findings} == {"web.shop"}
    assert len({str(one.problem) for one in findings}) == len(findings)


@pytest.mark.parametrize(
    ("hosts", "networks", "count"),
    [([host("10.9.0.9")], ("", ""), 1), ([host(FAR)], ("x", "y"), 0), ([host(GATEWAY, ejected=True)], ("x", "y"), 0)],
)
def test_endpoints_that_another_rule_judges_are_left_to_it(hosts: list[Any], networks: Any, count: int) -> None:
    assert len(said(endpoints, mesh(*hosts, networks=networks))[0]) == count


ORIGIN = {"filter_metadata": {"istio": {"config": "/apis/networking.istio.io/v1/namespaces/shop/virtual-service/v"}}}


def routed(spec: Any, made_route: Any, **more: Any) -> View:
    """Return the mesh with a VirtualService, and the route that istiod made of it."""
    found = virtual_service("v", "shop", {"hosts": ["web"], "http": [spec]})
    return mesh(
        host(FAR), here=(found,), client=config(routes=[table("80", {**made_route, "metadata": ORIGIN})]), **more
    )


ALL = {"prefix": "/"}
DIRECT = {"match": ALL, "direct_response": {"status": 404}}
REDIRECT = {"match": ALL, "redirect": {"host_redirect": "x"}}
ABORT = {
    "envoy.filters.http.fault": {"abort": {"http_status": 503, "percentage": {"numerator": 100}}},
}
GOAL = [{"destination": {"host": "web"}}]


@pytest.mark.parametrize(
    ("spec", "made_route", "steps"),
    [
        ({"directResponse": {"status": 404}}, DIRECT, ["/spec/http/0/directResponse"]),
        ({"directResponse": {"status": 405}}, DIRECT, []),
        ({"redirect": {"authority": "x"}}, REDIRECT, ["/spec/http/0/redirect"]),
        ({"route": GOAL}, REDIRECT, []),
        ({"redirect": {"authority": "x"}}, DIRECT, []),
        ({"route": GOAL, "timeout": "0.001s"}, to(WHOLE, timeout="0.001s"), ["/spec/http/0/timeout"]),
        ({"route": GOAL}, to(WHOLE, timeout="0.001s"), []),
        (
            {"fault": {"abort": {"httpStatus": 503}}, "route": GOAL},
            {**to(WHOLE), "typed_per_filter_config": ABORT},
            ["/spec/http/0/fault"],
        ),
        (
            {"fault": {"abort": {"httpStatus": 500}}, "route": GOAL},
            {**to(WHOLE), "typed_per_filter_config": ABORT},
            [],
        ),
        ({"route": [{"destination": {"host": "web", "subset": "v1"}}]}, to(V1), ["/spec/http/0/route/0/destination"]),
        ({"route": [{"destination": {"host": "web", "subset": "v2"}}]}, to(V1), []),
        ({"route": GOAL}, to(WHOLE, SOME), []),
    ],
)
def test_route_is_corrected_where_it_was_written(spec: Any, made_route: Any, steps: list[str]) -> None:
    (found,), _ = said(route, routed(spec, made_route))
    text = "\n".join(str(step.shell) for step in found.fix)

    assert [step for step in steps if step in text] == steps
    assert bool(found.fix) is bool(steps)
    assert bool(found.advice) is not bool(steps)


def test_rule_that_declares_the_subset_is_exported_to_the_client() -> None:
    spec = {"route": [{"destination": {"host": "web", "subset": "v1"}}]}
    found = virtual_service("v", "shop", {"hosts": ["web"], "http": [spec]})
    view = mesh(host(FAR), here=(found, SUBSETS), client=config(routes=[table("80", to(V1))]))
    (broken,), _ = said(route, view)

    assert "/spec/exportTo" in str(broken.fix[0].shell)


def test_failed_connections_are_not_judged_until_a_probe_tells() -> None:
    _, unjudged = said(connection, mesh(host(FAR, connect_failures=1), near=False))

    assert [(one.scope.clusters, one.scope.service) for one in unjudged] == [(("a",), "web.shop")]
    assert "--probe" in unjudged[0].reason
    assert said(connection, mesh(host(FAR), near=False)) == ([], [])


POLICY = authorization_policy("p", "shop", {"rules": [{}]})


@pytest.mark.parametrize(
    ("held", "status"),
    [
        (chain(80), []),
        (chain(80, rules(who="x")), ["fail"]),
        (chain(80, rules(what=PATH)), []),
        (chain(80, http=[{"name": "mine", "typed_config": {"@type": "x.Lua"}}]), []),
    ],
)
def test_refusal_is_said_where_the_server_is(held: Any, status: list[str]) -> None:
    view = mesh(host(FAR), there=(POLICY,), server=server(held), near=True)
    findings, _ = said(admission, view)
    sure = [one for one in findings if one.status.value == "fail"]

    assert [one.status.value for one in sure] == status
    assert all(one.scope.clusters == ("b",) for one in findings)


def test_errors_of_one_cluster_are_said_where_they_are_made() -> None:
    bad, good = host(GATEWAY, requests=2, errors=2), host("10.1.0.1", requests=1, successes=1, active=1)
    (found,), _ = said(answer, mesh(good, bad, networks=("x", "y")))

    assert found.scope.clusters == ("b",)
    assert found.scope.network == "y"
    assert said(answer, mesh(good, host(GATEWAY), networks=("x", "y")))[0] == []


def test_nothing_is_said_of_trust_and_entrance_where_nothing_speaks_against_them() -> None:
    view = mesh(host(GATEWAY), networks=("x", "y"))

    assert said(trust, view) == said(entrance, view) == ([], [])
    assert said(entrance, mesh(host(GATEWAY), networks=("x", "y"), here=(SUBSETS,)))[1] != []
