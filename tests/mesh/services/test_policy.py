"""Which DestinationRule decides, what an export reaches, and what a Sidecar shows."""

from typing import Any

import pytest

from kubectl_mcdiag.evidence.parsers.kubernetes.istio_config import Sidecar
from kubectl_mcdiag.mesh.services import policy, visibility
from kubectl_mcdiag.mesh.view import View
from tests import made

EXPORT_TO = "networking.istio.io/exportTo"
FULL = "web.shop.svc.cluster.local"


def of(*things: Any, mesh: str = "", **settings: Any) -> View:
    return made.view({"a": made.cluster(made.istiod(cluster_id="a"), *made.flat(*things), mesh=mesh)}, **settings)


@pytest.mark.parametrize(
    ("host", "namespace", "meant"),
    [
        ("web", "shop", True),
        ("web", "bank", False),
        ("we", "shop", False),
        ("web.shop", "bank", False),
        (FULL, "bank", True),
        ("web.bank.svc.cluster.local", "shop", False),
        ("*", "bank", True),
        ("*.shop.svc.cluster.local", "bank", True),
        ("*.bank.svc.cluster.local", "bank", False),
    ],
)
def test_host_means_a_service(host: str, namespace: str, meant: bool) -> None:
    found = made.rule(f"one.{namespace}", {"host": host})
    others = [made.rule("other", {"host": "other"})]

    assert policy.destination_rules(of(found, *others), "a", "web.shop") == ((("a", found),) if meant else ())
    assert policy.names_host(host, namespace, FULL) is meant


def rule(name: str, host: str = FULL, **spec: Any) -> Any:
    return made.rule(name, {"host": host, **spec})


PRIVATE: dict[str, Any] = {"exportTo": ["."]}
SELECTING: dict[str, Any] = {"workloadSelector": {"matchLabels": {"app": "x"}}}


@pytest.mark.parametrize(
    ("rules", "caller", "wanted"),
    [
        ([rule("r.bank"), rule("r.shop"), rule("r.istio-system")], "bank", "bank"),
        ([rule("r.other"), rule("r.shop"), rule("r.istio-system")], "bank", "shop"),
        ([rule("r.other"), rule("r.istio-system")], "bank", "istio-system"),
        ([rule("r.other")], "bank", None),
        ([rule("r.shop"), rule("r.istio-system")], "istio-system", "shop"),
        ([rule("r.shop"), rule("r.istio-system", **PRIVATE)], "istio-system", "istio-system"),
        ([rule("r.shop", **PRIVATE), rule("r.istio-system")], "bank", "istio-system"),
        ([rule("r.shop", exportTo=["bank"])], "bank", "shop"),
        ([rule("r.shop", exportTo=["bank"])], "other", None),
        ([rule("r.shop", **SELECTING)], "shop", None),
        ([rule("r.shop", "*.local")], "shop", "shop"),
        ([rule("r.shop", "other")], "shop", None),
    ],
)
def test_rule_of_the_caller_decides_then_the_services_then_the_meshs(
    rules: list[Any], caller: str, wanted: str | None
) -> None:
    found = policy.rule_for(of(*rules), "a", "web.shop", caller)

    assert (found.namespace if found else None) == wanted


@pytest.mark.parametrize(
    ("hosts", "wanted"),
    [
        (["*.local", FULL], FULL),
        (["*", "*.shop.svc.cluster.local", "*.local"], "*.shop.svc.cluster.local"),
        (["web", "*.shop.svc.cluster.local"], "web"),
    ],
)
def test_most_specific_host_decides(hosts: list[str], wanted: str) -> None:
    for order in (hosts, hosts[::-1]):
        found = policy.rule_for(of([rule("r.shop", host) for host in order]), "a", "web.shop", "shop")
        assert found
        assert found.host == wanted


@pytest.mark.parametrize(
    ("balancer", "binds", "passes"),
    [
        ({"simple": "PASSTHROUGH"}, True, True),
        ({"consistentHash": {"useSourceIp": True}}, True, False),
        ({"simple": "RANDOM"}, False, False),
        (None, False, False),
    ],
)
def test_calls_are_bound_by_a_hash_or_passed_through(balancer: Any, binds: bool, passes: bool) -> None:
    view = of(rule("r.shop", trafficPolicy={"loadBalancer": balancer} if balancer else {}), made.service("web"))

    assert bool(policy.binding(view, "a", "web.shop")) is binds
    assert policy.is_passed_through(view, "a", "web.shop") is passes
    assert policy.binding(of(made.service("web")), "a", "web.shop") is None


def test_service_of_the_control_plane_governs_and_else_the_clients() -> None:
    here, there = made.service("web", cluster_ip="1"), made.service("web", cluster_ip="2")

    for services, wanted in (([there], there), ([], here)):
        plane = made.cluster(made.istiod(cluster_id="p"), *services)
        assert policy.governing(made.view({"r": made.cluster(here), "p": plane}), "r", "web.shop") == wanted


@pytest.mark.parametrize(("mesh", "wanted"), [("", "istio-system"), ("rootNamespace: root", "root")])
def test_root_namespace_is_the_meshs_or_that_of_istiod(mesh: str, wanted: str) -> None:
    assert policy.root_namespace(of(mesh=mesh), "a") == wanted


@pytest.mark.parametrize(
    ("annotation", "mesh", "wanted"),
    [
        ("", "", ("*",)),
        ("", "defaultServiceExportTo: [.]", (".",)),
        ("bank, shop,", "defaultServiceExportTo: [.]", ("bank", "shop")),
        (" , ", "", ("*",)),
    ],
)
def test_service_is_exported_by_its_annotation_or_the_mesh(annotation: str, mesh: str, wanted: tuple[str, ...]) -> None:
    view = of(made.service("web", annotations={EXPORT_TO: annotation}), mesh=mesh)

    assert visibility.exports(view, "a", "web.shop") == wanted
    for namespace in ("shop", "bank", "other"):
        seen = "*" in wanted or namespace in wanted or ("." in wanted and namespace == "shop")
        assert visibility.is_exported(view, "a", "web.shop", namespace) is seen


def sidecar(name: str, selector: dict[str, str] | None = None, hosts: tuple[str, ...] | None = ()) -> Sidecar:
    called, space = made.named(name)
    return Sidecar(called, space, selector or {}, hosts)


CLIENT = made.pod("client", {"app": "client"})


@pytest.mark.parametrize(
    ("sidecars", "wanted"),
    [
        ([], None),
        ([sidecar("root.istio-system")], "root"),
        ([sidecar("root.istio-system"), sidecar("space")], "space"),
        ([sidecar("space"), sidecar("own", {"app": "client"})], "own"),
        ([sidecar("space"), sidecar("own", {"app": "other"})], "space"),
        ([sidecar("own", {"app": "client", "v": "1"})], None),
        ([sidecar("root.istio-system", {"app": "client"})], None),
        ([sidecar("other.bank"), sidecar("chosen.bank", {"app": "client"})], None),
    ],
)
def test_sidecar_is_chosen_by_labels_then_namespace_then_mesh(sidecars: list[Any], wanted: str | None) -> None:
    found = visibility.sidecar_of(of(*sidecars), "a", CLIENT)

    assert (found[1].name if found else None) == wanted


@pytest.mark.parametrize(
    ("hosts", "own", "other"),
    [
        (None, True, True),
        ((), False, False),
        (("*/*",), True, True),
        (("./*",), True, False),
        (("shop/*",), True, False),
        (("bank/*",), False, True),
        (("~/*",), False, False),
        (("*/web.shop.svc.cluster.local",), True, False),
        (("*/*.bank.svc.cluster.local",), False, True),
        (("web.shop.svc.cluster.local",), True, False),
        (("./web.bank.svc.cluster.local",), False, False),
        (("shop/web", "bank/*.local"), False, True),
    ],
)
def test_sidecar_shows_hosts_by_namespace_and_name(hosts: tuple[str, ...] | None, own: bool, other: bool) -> None:
    services = [made.service("web"), made.service("web.bank")]
    view = of(sidecar("space", None, hosts), *services)

    for service, shown in (("web.shop", own), ("web.bank", other)):
        assert visibility.is_hidden_by_sidecar(view, "a", CLIENT, service) is not shown
        assert visibility.is_hidden(view, "a", CLIENT, service) is not shown
        on_purpose = not shown and service == "web.bank"
        assert visibility.is_hidden_on_purpose(view, "a", CLIENT, service) is on_purpose


def test_export_hides_where_no_sidecar_does_and_a_name_is_asked_for() -> None:
    hidden = made.service("web.bank", annotations={EXPORT_TO: "."})
    view, asked = of(hidden), of(hidden, services=("web.bank",))

    assert visibility.is_hidden(view, "a", CLIENT, "web.bank")
    assert visibility.is_hidden_on_purpose(view, "a", CLIENT, "web.bank")
    assert not visibility.may_call(view, "a", CLIENT, "web.bank")
    assert visibility.may_call(asked, "a", CLIENT, "web.bank")
    assert not visibility.is_hidden_on_purpose(asked, "a", CLIENT, "web.bank")


@pytest.mark.parametrize(
    ("mesh", "here", "shown", "missed"),
    [
        ("", True, False, False),
        ("", False, False, True),
        ("outboundTrafficPolicy: {mode: REGISTRY_ONLY}", False, False, False),
        ("outboundTrafficPolicy: {mode: REGISTRY_ONLY}", False, True, True),
        ("", True, True, True),
    ],
)
def test_hidden_service_is_missed_where_others_see_it_or_nobody_near_answers(
    mesh: str, here: bool, shown: bool, missed: bool
) -> None:
    hiding = [] if shown else [sidecar("space")]
    both = [made.service("web.bank"), CLIENT, made.pod("client.other")]
    ends = [made.endpoints("web.bank", made.endpoint("10.0.0.1"))]
    clusters = {
        "a": made.cluster(made.istiod(cluster_id="a"), *both, *(ends if here else []), mesh=mesh),
        "b": made.cluster(made.istiod(cluster_id="b"), *both, *ends, *hiding),
    }
    view = made.view(clusters)

    assert visibility.is_missed(view, "a", CLIENT, "web.bank", "b") is missed
    assert visibility.is_seen_from(view, "b", "web.bank", "shop") is shown
    assert not visibility.is_seen_from(view, "b", "web.bank", "nobody")


def test_services_that_a_client_is_to_reach_leave_out_what_is_hidden_on_purpose() -> None:
    injecting = [made.namespace(name, {"istio-injection": "enabled"}) for name in ("shop", "bank")]
    both = [*injecting, *made.served("web", "10.0.0.1"), *made.served("web.bank", "10.0.0.2")]

    def callable_from(*things: Any, **settings: Any) -> tuple[str, ...]:
        clusters = {name: made.cluster(made.istiod(cluster_id=name), *both, *things) for name in "ab"}
        return visibility.callable_services(made.view(clusters, **settings), "a", CLIENT, "b")

    assert callable_from() == ("web.bank", "web.shop")
    assert callable_from(sidecar("space")) == ("web.shop",)
    assert callable_from(sidecar("space"), services=("web.bank",)) == ("web.bank",)
