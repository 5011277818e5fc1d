"""Whom an AuthorizationPolicy means: principals, namespaces, trust domains, and what else it asks for."""

from collections.abc import Mapping
from typing import Any

import pytest

from kubectl_mcdiag.evidence.parsers.kubernetes.authorization import (
    AccessRule,
    AuthorizationPolicy,
    Caller,
    authorization_policy,
)
from kubectl_mcdiag.mesh.model import Pair
from kubectl_mcdiag.mesh.services import authorization as facts
from kubectl_mcdiag.mesh.view import View
from tests import made

ME = "cluster.local/ns/shop/sa/me"
SERVER = made.pod("web-0", {"app": "web"}, addresses=("10.0.0.1",))
LATE = Caller((), (), is_partial=True)


def of(*things: Any, mesh: str = "") -> View:
    return made.view({"a": made.cluster(made.istiod(cluster_id="a"), *made.flat(*things), mesh=mesh)})


def caller(*principals: str, namespaces: tuple[str, ...] = (), is_partial: bool = False) -> Caller:
    return Caller(principals, namespaces, is_partial)


def policy(name: str = "p", **spec: Any) -> AuthorizationPolicy:
    called, space = made.named(name)
    return authorization_policy(called, space, spec)


def by(*principals: str, **more: Any) -> Mapping[str, Any]:
    return {"from": [{"source": {"principals": list(principals)}}], **more}


@pytest.mark.parametrize(
    ("source", "meant"),
    [
        (caller(), True),
        (caller(ME), True),
        (caller("x", ME), True),
        (caller("cluster.local/ns/shop/sa/you"), False),
        (caller(namespaces=("shop",)), True),
        (caller(namespaces=("bank", "sh*")), True),
        (caller(namespaces=("bank",)), False),
        (caller(ME, namespaces=("bank",)), False),
        (caller("x", namespaces=("shop",)), False),
        (caller(ME, namespaces=("shop",)), True),
    ],
)
def test_source_means_a_caller_by_identity_and_namespace(source: Caller, meant: bool) -> None:
    assert facts.means(source, ("cluster.local",), ME) is meant
    assert facts.admits_caller(AccessRule((source,), is_partial=False), ("cluster.local",), ME) is meant
    assert facts.refuses(AccessRule((source,), is_partial=False), ("cluster.local",), ME) is meant


@pytest.mark.parametrize(
    ("rule", "refuses", "admits"),
    [
        (AccessRule((), is_partial=False), True, True),
        (AccessRule((), is_partial=True), False, True),
        (AccessRule((caller(ME),), is_partial=True), False, True),
        (AccessRule((caller(ME, is_partial=True),), is_partial=False), False, True),
        (AccessRule((caller("x"), caller(ME)), is_partial=False), True, True),
        (AccessRule((caller("x"),), is_partial=False), False, False),
        (AccessRule((caller("x"), LATE), is_partial=False), False, True),
    ],
)
def test_rule_that_asks_for_more_may_let_in_and_is_not_sure_to_refuse(
    rule: AccessRule, refuses: bool, admits: bool
) -> None:
    assert facts.refuses(rule, ("cluster.local",), ME) is refuses
    assert facts.admits_caller(rule, ("cluster.local",), ME) is admits


OWN, ALIAS = "td1/ns/shop/sa/me", "td2/ns/shop/sa/me"


@pytest.mark.parametrize(
    ("principal", "names", "spelt"),
    [
        (OWN, ("td1",), {OWN}),
        (OWN, ("td1", "td2"), {OWN, ALIAS}),
        (ALIAS, ("td1", "td2"), {OWN, ALIAS}),
        ("other/ns/shop/sa/me", ("td1", "td2"), {"other/ns/shop/sa/me"}),
        (ME, ("td1", "td2"), {OWN, ALIAS}),
        ("*/ns/shop/sa/me", ("td1",), {"*/ns/shop/sa/me"}),
        ("*", ("td1",), {"*"}),
        ("td1/ns/shop", ("td1", "td2"), {"td1/ns/shop"}),
        ("*1/ns/shop/sa/me", ("td1", "td2"), {"*1/ns/shop/sa/me", ALIAS}),
        ("td*/ns/shop/sa/me", ("td1", "td2"), {OWN, ALIAS}),
    ],
)
def test_trust_domain_and_its_aliases_are_one(principal: str, names: tuple[str, ...], spelt: set[str]) -> None:
    assert set(facts.spelt(principal, names)) == spelt


def test_identity_is_of_the_meshs_trust_domain_and_empty_without_an_account() -> None:
    pod = made.pod("one", service_account="me")

    assert facts.principal(of(), "a", pod) == ME
    assert facts.principal(of(mesh="trustDomain: td1"), "a", pod) == OWN
    assert facts.principal(of(), "a", made.pod("one")) == ""
    assert facts.domains(of(mesh="{trustDomain: td1, trustDomainAliases: [td2]}"), "a") == ("td1", "td2")


@pytest.mark.parametrize(
    ("found", "counts"),
    [
        (policy("p.shop"), True),
        (policy("p.istio-system"), True),
        (policy("p.bank"), False),
        (policy("p.shop", selector={"matchLabels": {"app": "web"}}), True),
        (policy("p.shop", selector={"matchLabels": {"app": "web", "v": "1"}}), False),
        (policy("p.shop", targetRef={"name": "w"}), False),
    ],
)
def test_policies_of_a_pods_namespace_and_the_root_count(found: AuthorizationPolicy, counts: bool) -> None:
    assert facts.policies_about(of(found), "a", SERVER) == ([("a", found)] if counts else [])


ALLOW_ME, ALLOW_YOU = policy("mine", rules=[by(ME)]), policy("yours", rules=[by("x")])
DENY_ME = policy("no", action="DENY", rules=[by("x"), by(ME)])
DENY_YOU, DENY_PATH = policy("no", action="DENY", rules=[by("x")]), policy("no", action="DENY", rules=[by(ME, to=[{}])])
ONLY_PATH, NOBODY = policy("path", rules=[by(ME, to=[{}])]), policy("nobody")


@pytest.mark.parametrize(
    ("policies", "denied", "unlimited"),
    [
        ([], None, True),
        ([ALLOW_ME], None, True),
        ([ALLOW_YOU], "yours", False),
        ([ALLOW_YOU, ALLOW_ME], None, True),
        ([NOBODY, ALLOW_YOU], "nobody", False),
        ([DENY_ME], "no", True),
        ([ALLOW_ME, DENY_ME], "no", True),
        ([DENY_YOU], None, True),
        ([DENY_YOU, ALLOW_YOU], "yours", False),
        ([DENY_PATH], None, False),
        ([ONLY_PATH], None, False),
        ([ONLY_PATH, ALLOW_ME], None, True),
        ([policy("audit", action="AUDIT", rules=[by(ME)])], None, True),
        ([policy("audit", action="CUSTOM", rules=[by(ME, to=[{}])])], None, False),
    ],
)
def test_caller_is_refused_by_a_denial_or_where_nothing_allows_it(
    policies: list[AuthorizationPolicy], denied: str | None, unlimited: bool
) -> None:
    view = of(*policies)
    found = facts.denial(view, "a", SERVER, ME)

    assert (found and found[1].name) == denied
    assert facts.is_unlimited(view, "a", SERVER, ME) is unlimited


@pytest.mark.parametrize(
    ("policies", "served", "accepted"),
    [([], True, True), ([], False, False), ([ALLOW_YOU], True, False), ([DENY_YOU], True, True)],
)
def test_client_is_accepted_by_its_own_clusters_backends(
    policies: list[AuthorizationPolicy], served: bool, accepted: bool
) -> None:
    web = made.served("web", "10.0.0.1", "10.0.0.2")
    view = of(*(web if served else web[:2]), *policies)

    assert facts.accepted(view, Pair("a", "b"), "web.shop", made.pod("me", service_account="me")) is accepted


def test_one_backend_that_refuses_is_enough_for_a_client_not_to_be_accepted() -> None:
    other = policy("other", selector={"matchLabels": {"v": "2"}}, rules=[by("x")])
    web = made.served("web", "10.0.0.1", "10.0.0.2")
    web[-1].labels["v"] = "2"

    assert not facts.accepted(of(*web, other), Pair("a", "b"), "web.shop", made.pod("me", service_account="me"))
