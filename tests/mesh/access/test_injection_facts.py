"""Which namespaces inject, which pods were left out, and how far proxies are from what they should be."""

from dataclasses import replace
from typing import Any

import pytest

from kubectl_mcdiag.evidence.commands import SYNCZ, WORKLOADS
from kubectl_mcdiag.evidence.parsers.istiod.syncz import ConnectedProxy, Stream
from kubectl_mcdiag.evidence.parsers.kubernetes.configmaps import INJECTOR, ConfigMap
from kubectl_mcdiag.evidence.parsers.kubernetes.workloads import Workload
from kubectl_mcdiag.mesh.access import injection, membership, versions
from kubectl_mcdiag.mesh.ambient import enrolment
from kubectl_mcdiag.mesh.view import View
from tests import made

REV, TAG, SWITCH, AMBIENT = "istio.io/rev", "istio.io/tag", "istio-injection", "istio.io/dataplane-mode"
ISTIOD = "istiod-1.istio-system"


def of(*things: Any, more: Any = None) -> View:
    return made.view({"a": made.cluster(made.istiod(cluster_id="a"), *things, more=more)})


@pytest.mark.parametrize(
    ("labels", "injects", "label"),
    [
        ({SWITCH: "enabled"}, True, "istio-injection=enabled"),
        ({REV: "x"}, True, "istio.io/rev=x"),
        ({SWITCH: "enabled", REV: "x"}, True, "istio-injection=enabled"),
        ({SWITCH: "disabled"}, False, "istio-injection=disabled"),
        ({SWITCH: "disabled", REV: "x"}, False, "istio-injection=disabled"),
        ({SWITCH: "enabled", AMBIENT: "ambient"}, False, "istio-injection=enabled"),
        ({SWITCH: "enabled", AMBIENT: "none"}, True, "istio-injection=enabled"),
        ({}, False, "istio.io/rev="),
    ],
)
def test_namespace_injects_by_its_labels(labels: dict[str, str], injects: bool, label: str) -> None:
    view = of(made.namespace("shop", labels), made.namespace("other", {SWITCH: "enabled"}))

    assert injection.injects(view, "a", "shop") is injects
    assert injection.injection_label(view, "a", "shop") == label
    assert not injection.injects(view, "a", "nowhere")


@pytest.mark.parametrize(
    ("here", "wanted"),
    [
        ({}, ("b",)),
        ({SWITCH: "disabled"}, ()),
        ({REV: "x"}, ()),
        ({AMBIENT: "ambient"}, ()),
        ({"team": "x"}, ("b",)),
        (None, ()),
    ],
)
def test_namespace_that_says_nothing_is_forgotten_where_others_inject(here: Any, wanted: tuple[str, ...]) -> None:
    own = [] if here is None else [made.namespace("shop", here)]
    injecting = made.namespace("shop", {SWITCH: "enabled"})
    sides = {"a": own, "b": [injecting], "c": [made.namespace("shop")]}
    view = made.view({name: made.cluster(*things, made.bare("p")) for name, things in sides.items()})

    assert injection.injects_elsewhere(view, "a", "shop") == wanted
    assert injection.injects_elsewhere(view, "b", "shop") == ()
    assert len(injection.forgotten_pods(view, "a")) == len(wanted)


CURL = made.bare("p", {"app": "curl"})


@pytest.mark.parametrize(
    ("pod", "bare", "opted"),
    [
        (CURL, True, False),
        (made.pod("p"), False, False),
        (replace(CURL, phase="Pending"), False, False),
        (replace(CURL, is_on_host_network=True), False, False),
        (replace(CURL, inject="false"), False, True),
        (replace(CURL, inject="False"), False, True),
        (replace(CURL, inject="TRUE"), True, False),
        (replace(CURL, inject="on"), True, False),
        (replace(CURL, inject="nonsense"), False, True),
        (replace(CURL, inject="false", labels={}), False, False),
        (replace(CURL, inject="false", phase="Pending"), False, False),
        (replace(CURL, namespace="other"), False, False),
        (replace(CURL, labels={AMBIENT: "ambient"}), False, False),
    ],
)
def test_pod_is_without_the_sidecar_that_it_should_have(pod: Any, bare: bool, opted: bool) -> None:
    view = of(made.namespace("shop", {SWITCH: "enabled"}), made.namespace("other"), pod)

    assert bool(injection.bare_pods(view, "a")) is bare
    assert bool(injection.callers_opted_out(view, "a")) is opted


def test_revision_that_nobody_serves_is_an_orphan() -> None:
    spaces = {
        "x": {REV: "gone"},
        "y": {REV: "hook"},
        "z": {REV: "tag"},
        "v": {REV: "own"},
        "w": {REV: "gone", SWITCH: "enabled"},
    }
    hooks = [made.webhook(labels={REV: "hook"}), made.webhook(labels={REV: "r", TAG: "tag"}), made.webhook(labels={})]
    things = [*(made.namespace(name, labels) for name, labels in spaces.items()), *hooks, made.namespace("plain")]
    view = made.view({"a": made.cluster(made.istiod(cluster_id="a", revision="own"), *things)})

    assert injection.revisions(view, "a") == {"hook", "r", "tag", "own"}
    assert injection.orphans(view, "a") == (("x", "gone"),)


def configured(cluster: str, network: str) -> ConfigMap:
    values = f'{{"global": {{"multiCluster": {{"clusterName": "{cluster}"}}, "network": "{network}"}}}}'
    return ConfigMap(INJECTOR, {}, {"values": values})


def claiming(cluster: str, network: str = "n", *containers: str, labels: Any = None) -> Any:
    told = {"ISTIO_META_CLUSTER_ID": cluster, "ISTIO_META_NETWORK": network}
    return made.pod("p", labels or {}, *containers, environment=told)


@pytest.mark.parametrize(
    ("pod", "written", "outdated"),
    [
        (claiming("a"), ("a", "n"), []),
        (claiming("old"), ("a", "n"), ["a"]),
        (claiming("old"), ("other", "n"), []),
        (claiming("old"), ("", "n"), []),
        (claiming("a", "old"), ("a", "n"), ["n"]),
        (claiming("old", "old"), ("a", "n"), ["a", "n"]),
        (claiming("old", "n", "istio-proxy"), ("a", "n"), []),
        (claiming("old", "n", "app"), ("a", "n"), []),
        (claiming("a", "old", labels={made.NETWORK: "old", "app": "x"}), ("a", "n"), []),
    ],
)
def test_pod_is_outdated_that_was_injected_with_other_values(pod: Any, written: Any, outdated: list[str]) -> None:
    home = made.namespace(made.SYSTEM, {made.NETWORK: "n"})
    gateway = made.service("gw", labels={made.NETWORK: "n"})
    templated = Workload("Deployment", "shop", "w", 1, {made.NETWORK: "old", "app": "x"})
    view = of(home, gateway, pod, configured(*written), more={WORKLOADS: (templated,)})

    assert [now for _, _, now in membership.outdated(view, "a")] == outdated
    network = "old" in pod.environment["ISTIO_META_NETWORK"]
    assert membership.needs_templates(view, "a") is network


def test_pods_that_claim_a_cluster_nobody_knows_are_foreign() -> None:
    pods = [
        claiming("a"),
        replace(claiming("x"), name="q"),
        made.pod("r"),
        replace(claiming("x", "n", "app"), name="s"),
    ]

    assert [one.name for one in membership.foreign(of(*pods), "a")] == ["q"]
    meshes = [replace(one, environment={"ISTIO_META_MESH_ID": name}) for one, name in zip(pods, "xyy", strict=False)]
    assert membership.mesh_ids(of(*meshes, made.gateway("g", environment={"ISTIO_META_MESH_ID": "z"})), "a") == (
        "y",
        "x",
    )
    assert [str(pair) for pair in membership.calls_of(made.view(dict.fromkeys("ab", made.cluster())), "a")] == [
        "a → b",
        "b → a",
    ]


@pytest.mark.parametrize(
    ("istiod", "proxy", "apart"),
    [
        ("1.31.0", "1.31.2", []),
        ("1.31.0", "1.30.0", []),
        ("1.31.0", "1.29.0", [2]),
        ("1.31.0", "1.32.0", [-1]),
        ("custom", "1.29.0", []),
        ("1.31.0", "custom", []),
        ("v1.31.0", "1.28.0", [3]),
    ],
)
def test_proxy_is_at_most_one_minor_version_behind(istiod: str, proxy: str, apart: list[int]) -> None:
    known = (
        ConnectedProxy("p.shop", "a", proxy, ()),
        ConnectedProxy("gone.shop", "a", "1.1.0", ()),
        ConnectedProxy("p.shop", "b", "1.1.0", ()),
    )
    view = made.view(
        {"a": made.cluster(made.istiod(cluster_id="a", version=istiod), made.pod("p"), more={(SYNCZ, ISTIOD): known})}
    )  # type: ignore[dict-item]

    assert [one.apart for one in versions.strayed(view, "a")] == apart
    assert all(one.proxies == ("p.shop",) for one in versions.strayed(view, "a"))


@pytest.mark.parametrize(
    ("sent", "acked", "error", "refuses"),
    [
        ("2026-10-31T23:59:59Z/1", "2026-10-31T23:59:59Z/1", "", False),
        ("2026-10-31T23:59:59Z/1", "", "", False),
        ("2026-10-31T23:59:30Z/1", "", "", False),
        ("2026-10-31T23:59:29Z/1", "", "", True),
        ("2026-10-31T23:59:29Z/1", "2026-10-31T23:59:29Z/1", "", False),
        ("2026-10-31T23:59:59Z/1", "", "refused", True),
        ("nonsense", "", "", False),
    ],
)
def test_proxy_refuses_or_is_slow(sent: str, acked: str, error: str, refuses: bool) -> None:
    known = (ConnectedProxy("p.shop", "", "1.31.0", (Stream("CDS", sent, acked, error),)),)

    assert bool(versions.refusing(of(made.pod("p"), more={(SYNCZ, ISTIOD): known}), "a")) is refuses


SCOPES = """serviceScopeConfigs:
- {scope: LOCAL, servicesSelector: {matchLabels: {secret: "yes"}}}
- scope: GLOBAL
  servicesSelector: {matchLabels: {istio.io/global: "true"}}
  namespaceSelector: {matchLabels: {team: shop}}
"""


@pytest.mark.parametrize(
    ("labels", "team", "is_global"),
    [
        ({"istio.io/global": "true"}, "shop", True),
        ({"istio.io/global": "true"}, "bank", False),
        ({"istio.io/global": "true", "secret": "yes"}, "shop", False),
        ({}, "shop", False),
    ],
)
def test_first_scope_that_selects_a_service_decides(labels: dict[str, str], team: str, is_global: bool) -> None:
    things = [made.service("web", labels=labels), made.namespace("shop", {"team": team})]
    view = made.view({"a": made.cluster(made.istiod(cluster_id="a"), *things, mesh=SCOPES)})

    assert enrolment.is_global(view, "a", "a", "web.shop") is is_global


@pytest.mark.parametrize(
    ("pod", "space", "enrolled"),
    [
        (made.bare("p"), {AMBIENT: "ambient"}, True),
        (made.pod("p"), {AMBIENT: "ambient"}, False),
        (made.bare("p", {AMBIENT: "none"}), {AMBIENT: "ambient"}, False),
        (made.bare("p", {AMBIENT: "ambient"}), {}, True),
        (made.bare("p"), {}, False),
    ],
)
def test_pod_is_enrolled_by_its_label_or_its_namespace(pod: Any, space: dict[str, str], enrolled: bool) -> None:
    tunnel, web = made.bare("z.kube-system", {"app": "ztunnel"}), made.service("web", {"app": "web"})
    one = replace(pod, labels={**pod.labels, "app": "web"})
    spaces = [made.namespace("shop", space), web, one]
    both = made.view(
        {name: made.cluster(*spaces, tunnel, network=net) for name, net in (("a", "x"), ("b", "y"), ("c", "x"))}
    )

    assert bool(enrolment.enrolled(both, "a")) is enrolled
    assert enrolment.is_ambient(both, "a") is enrolled
    assert not enrolment.is_ambient(made.view({"a": made.cluster(*spaces)}), "a")
    assert enrolment.shared(both, "a", "b") == (("web.shop",) if enrolled else ())
    assert enrolment.tunnels_across(both, "a", "b") is enrolled
    assert not enrolment.tunnels_across(both, "a", "c")


@pytest.mark.parametrize(
    ("told", "on"),
    [
        ({"PILOT_ENABLE_AMBIENT": "true", "AMBIENT_ENABLE_MULTI_NETWORK": "true"}, True),
        ({"AMBIENT_ENABLE_MULTI_NETWORK": "true"}, False),
        ({"PILOT_ENABLE_AMBIENT": "true"}, False),
        ({"PILOT_ENABLE_AMBIENT": "true", "AMBIENT_ENABLE_MULTI_NETWORK": "false"}, False),
    ],
)
def test_ambient_multi_network_needs_both_switches(told: dict[str, str], on: bool) -> None:
    view = made.view({"a": made.cluster(made.istiod(environment=told))})

    assert [is_on for _, is_on in enrolment.switches(view, "a")] == [on]
