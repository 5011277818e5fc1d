"""Rules that istiod has and that are applied here again, held against the cases of Istio's own tests (1.31)."""

from dataclasses import replace
from typing import Any

import pytest

from kubectl_mcdiag.evidence.commands import CONFIG_MAPS, ISTIO_CONFIG
from kubectl_mcdiag.evidence.model import Snapshot
from kubectl_mcdiag.evidence.parsers.kubernetes.destination_rules import destination_rule
from kubectl_mcdiag.evidence.parsers.kubernetes.istio_config import PeerAuthentication, Sidecar, parse, redact
from kubectl_mcdiag.evidence.parsers.shapes import written
from kubectl_mcdiag.mesh.access.identity import pods
from kubectl_mcdiag.mesh.services.authorization import spelt
from kubectl_mcdiag.mesh.services.mutual_tls import peer_mode
from kubectl_mcdiag.mesh.services.policy import names_host, rule_for
from kubectl_mcdiag.mesh.services.visibility import is_hidden_by_sidecar
from kubectl_mcdiag.mesh.view import View
from tests.edits import changed, each, mesh, more

HEALTHY = mesh("healthy-multi-network")
HOST = "helloworld.sample.svc.cluster.local"
ROOT, OWN, OTHER = "istio-system", "sample", "elsewhere"


def client(view: View) -> Any:
    return next(pod for pod in pods(view, "cluster1") if pod.name.startswith("curl"))


@pytest.mark.parametrize(
    ("host", "namespace", "full", "wanted"),
    [
        ("*", OTHER, HOST, True),
        ("*.sample.svc.cluster.local", OTHER, HOST, True),
        ("*.local", OTHER, HOST, True),
        ("*.other.svc.cluster.local", OWN, HOST, False),
        (HOST, OTHER, HOST, True),
        ("helloworld", OWN, HOST, True),
        ("helloworld", OTHER, HOST, False),
        ("helloworld.sample", OWN, HOST, False),
        ("helloworld.sample.svc", OWN, HOST, False),
        ("helloworld", OWN, "helloworld.sample.svc.corp.example", True),
        (HOST, OWN, "helloworld.sample.svc.corp.example", False),
        ("42.185.131.210", OWN, HOST, False),
    ],
)
def test_short_name_alone_is_given_namespace_and_domain(host: str, namespace: str, full: str, wanted: bool) -> None:
    """`pilot/pkg/model/config_test.go`, TestResolveShortnameToFQDN."""
    assert names_host(host, namespace, full) is wanted


@pytest.mark.parametrize(
    ("domains", "principal", "wanted"),
    [
        (("cluster.local",), "cluster.local/ns/foo/sa/bar", {"cluster.local/ns/foo/sa/bar"}),
        (("cluster.local",), "*", {"*"}),
        (("cluster.local",), "*/ns/foo/sa/bar", {"*/ns/foo/sa/bar"}),
        (("td2", "td1"), "td1/ns/foo/sa/bar", {"td2/ns/foo/sa/bar", "td1/ns/foo/sa/bar"}),
        (("td1", "cluster.local"), "*sa/zzz", {"*sa/zzz"}),
        (
            ("td2", "foo-td1", "cluster.local"),
            "*-td1/ns/foo/sa/bar",
            {"td2/ns/foo/sa/bar", "*-td1/ns/foo/sa/bar", "cluster.local/ns/foo/sa/bar"},
        ),
        (("td1", "td2"), "some-td/ns/foo/sa/bar", {"some-td/ns/foo/sa/bar"}),
        (("new-td", "td2", "td3"), "/ns/some-ns/sa/some-sa", {"/ns/some-ns/sa/some-sa"}),
        (("new-td", "old-td"), "*-td/ns/some-ns/sa/some-sa", {"*-td/ns/some-ns/sa/some-sa"}),
        (("td1",), "cluster.local/ns/foo/sa/bar", {"td1/ns/foo/sa/bar"}),
    ],
)
def test_trust_domain_of_a_principal_means_its_aliases(
    domains: tuple[str, ...], principal: str, wanted: set[str]
) -> None:
    """`pilot/pkg/security/trustdomain/bundle_test.go`, TestReplaceTrustDomainAliases."""
    assert set(spelt(principal, domains)) == wanted


def peer(
    namespace: str, mode: str, app: str = "", ports: dict[str, str] | None = None, **about: str
) -> PeerAuthentication:
    selector = {"app": app} if app else {}
    return PeerAuthentication(about.pop("name", "x"), namespace, selector, mode, ports or {}, **about)


@pytest.mark.parametrize(
    ("policies", "wanted"),
    [
        ((), "PERMISSIVE"),
        ((peer(ROOT, "STRICT"),), "STRICT"),
        ((peer(ROOT, "STRICT"), peer(OWN, "PERMISSIVE")), "PERMISSIVE"),
        ((peer(ROOT, "STRICT", app="curl"),), "PERMISSIVE"),
        ((peer(OWN, ""), peer(OWN, "", app="curl")), "PERMISSIVE"),
        ((peer(ROOT, "STRICT"), peer(OWN, "DISABLE", app="curl")), "DISABLE"),
        ((peer(ROOT, "STRICT"), peer(OWN, "UNSET", app="curl")), "STRICT"),
        ((peer(OWN, "STRICT", app="other"),), "PERMISSIVE"),
        ((peer(OTHER, "STRICT"),), "PERMISSIVE"),
        ((peer(OWN, "STRICT", created="2026-01-02"), peer(OWN, "DISABLE", created="2026-01-01")), "DISABLE"),
        ((peer(OWN, "STRICT", app="curl", ports={"80": "DISABLE"}),), "DISABLE"),
        ((peer(OWN, "STRICT", app="curl", ports={"80": "UNSET"}),), "STRICT"),
        ((peer(OWN, "STRICT", app="curl", ports={"81": "DISABLE"}),), "STRICT"),
        ((peer(OWN, "STRICT", ports={"80": "DISABLE"}),), "STRICT"),
    ],
)
def test_peer_authentication_of_the_narrowest_scope_decides(
    policies: tuple[PeerAuthentication, ...], wanted: str
) -> None:
    """`pilot/pkg/security/authn/policy_applier_test.go`, TestComposePeerAuthentication."""
    view = View(changed(HEALTHY, ISTIO_CONFIG, "cluster1", more(*policies, part="peer_authentications")))

    assert peer_mode(view, "cluster1", client(view), 80)[0] == wanted


def rule(name: str, namespace: str, host: str = HOST, mode: str = "", export_to: tuple[str, ...] = ()) -> Any:
    policy = {"trafficPolicy": {"tls": {"mode": mode}}} if mode else {}
    return destination_rule(name, namespace, {"host": host, "exportTo": list(export_to), **policy})


def chosen(*rules: Any, namespace: str = OWN, snap: Snapshot = HEALTHY) -> str:
    view = View(changed(snap, ISTIO_CONFIG, "cluster1", more(*rules, part="destination_rules")))
    found = rule_for(view, "cluster1", "helloworld.sample", namespace)
    return found.name if found else ""


@pytest.mark.parametrize(
    ("rules", "namespace", "wanted"),
    [
        ((rule("a", OWN), rule("b", OTHER)), OTHER, "b"),
        ((rule("a", OWN), rule("b", ROOT)), OTHER, "a"),
        ((rule("b", ROOT),), OTHER, "b"),
        ((rule("a", OWN, export_to=(".",)), rule("b", ROOT)), OTHER, "b"),
        ((rule("a", OTHER, export_to=(".",)),), OWN, ""),
        ((rule("a", OWN), rule("b", ROOT)), ROOT, "a"),
        ((rule("a", OWN), rule("b", ROOT, export_to=(".",))), ROOT, "b"),
        ((rule("a", OWN, "*.local"), rule("b", OWN, "*.sample.svc.cluster.local")), OTHER, "b"),
        ((rule("a", OWN, "*.local"), rule("b", OWN, "helloworld")), OTHER, "b"),
        ((rule("a", OWN), rule("b", OWN, "helloworld", "DISABLE")), OWN, "b"),
        ((rule("a", OWN, mode="ISTIO_MUTUAL"), rule("b", OWN, mode="DISABLE")), OWN, "a"),
        ((rule("a", OWN, "helloworld.sample"),), OWN, ""),
    ],
)
def test_destination_rule_of_the_nearest_namespace_and_narrowest_host_decides(
    rules: tuple[Any, ...], namespace: str, wanted: str
) -> None:
    """`pilot/pkg/model/push_context_test.go`, TestSetDestinationRuleMerging and TestSetDestinationRuleWithExportTo."""
    assert chosen(*rules, namespace=namespace) == wanted


def test_export_of_destination_rules_has_a_default() -> None:
    def private(found: Any) -> Any:
        text = found.data.get("mesh", "") + "\ndefaultDestinationRuleExportTo: ['.']\n"
        return replace(found, data={**found.data, "mesh": text}) if found.name == "istio" else found

    snap = changed(HEALTHY, CONFIG_MAPS, "cluster1", each(private))

    assert chosen(rule("a", OWN), namespace=OTHER, snap=snap) == ""
    assert chosen(rule("a", OWN), namespace=OWN, snap=snap) == "a"
    assert chosen(rule("a", OWN, export_to=("*",)), namespace=OTHER, snap=snap) == "a"


@pytest.mark.parametrize(
    ("hosts", "is_hidden"),
    [
        (("./*",), False),
        (("*/*",), False),
        (("~/*",), True),
        (("elsewhere/*",), True),
        (("sample/helloworld.sample.svc.cluster.local",), False),
        (("sample/other.sample.svc.cluster.local",), True),
        (("*/helloworld.sample.svc.cluster.local",), False),
        (("sample/*.svc.cluster.local",), False),
        (("sample/*.example.com",), True),
        (("*/*", "~sample/helloworld.sample.svc.cluster.local"), True),
        (("*/*", "~./*"), True),
        (("*/*", "~elsewhere/*"), False),
        (("*/*", "~/*.sample.svc.cluster.local"), True),
    ],
)
def test_sidecar_shows_its_egress_hosts_without_those_left_out(hosts: tuple[str, ...], is_hidden: bool) -> None:
    """`pilot/pkg/model/sidecar_test.go`: egress hosts by namespace, and those left out by `~`."""
    item = {
        "kind": "Sidecar",
        "metadata": {"name": "x", "namespace": OWN},
        "spec": {"egress": [{"hosts": list(hosts)}]},
    }
    sidecars = parse(redact(written([item]))).sidecars
    view = View(changed(HEALTHY, ISTIO_CONFIG, "cluster1", more(*sidecars, part="sidecars")))

    assert is_hidden_by_sidecar(view, "cluster1", client(view), "helloworld.sample") is is_hidden


def test_oldest_object_comes_first() -> None:
    """`pilot/pkg/model/config.go`, sortConfigByCreationTime: by name where the times are the same."""
    times = {"a": "2026-01-02T00:00:00Z", "b": "2026-01-01T00:00:00Z", "c": "2026-01-01T00:00:00Z"}
    items = [
        {"kind": "Sidecar", "metadata": {"name": name, "namespace": OWN, "creationTimestamp": time}, "spec": {}}
        for name, time in times.items()
    ]

    assert [one.name for one in parse(redact(written(items))).sidecars] == ["b", "c", "a"]
    assert parse(written(items)).sidecars[0] == Sidecar("b", OWN, {}, None)
