"""Which policies cut clusters off from each other, and which ones look like it and do not."""

import json
import shlex
from dataclasses import replace
from typing import Any

import pytest

from kubectl_mcdiag.checks.catalogue import CHECKS
from kubectl_mcdiag.evidence.commands import ISTIO_CONFIG
from kubectl_mcdiag.evidence.model import Snapshot
from kubectl_mcdiag.evidence.parsers.kubernetes import istio_config
from kubectl_mcdiag.evidence.parsers.kubernetes.resources import Node
from kubectl_mcdiag.mesh.services.authorization import fits
from kubectl_mcdiag.mesh.services.policy import reaches
from kubectl_mcdiag.mesh.traffic.locality import matches
from kubectl_mcdiag.verdict.judge import report
from tests.scenarios import FIXTURES, Scenario, snapshot

RECORDED = Scenario(FIXTURES / "1.31" / "sidecar-egress")
Item = dict[str, Any]


def item(kind: str, spec: Item, name: str = "x", namespace: str = "sample") -> Item:
    return {"kind": kind, "metadata": {"name": name, "namespace": namespace}, "spec": spec}


def mesh_with(cluster1: tuple[Item, ...] = (), cluster2: tuple[Item, ...] = ()) -> Snapshot:
    """Return the recorded mesh with other objects in the place of the Sidecar that broke it."""
    snap = snapshot(RECORDED)
    known = dict(snap.observations)
    for context, more in (("cluster1", cluster1), ("cluster2", cluster2)):
        key = (ISTIO_CONFIG.key, context, "")
        items = [entry for entry in json.loads(known[key].output.stdout)["items"] if entry["kind"] != "Sidecar"]
        known[key] = replace(known[key], value=istio_config.parse(json.dumps({"items": [*items, *more]})))
    return replace(snap, observations=known)


def judged(cluster1: tuple[Item, ...] = (), cluster2: tuple[Item, ...] = ()) -> dict[str, set[str]]:
    """Return the root causes of policies, each with the pairs that it breaks, or will once connections close."""
    found = report(mesh_with(cluster1, cluster2), CHECKS).root_causes
    return {
        cause.check.code: {str(p) for one in cause.parts if one.check is cause.check for p in one.finding.scope.pairs}
        for cause in found
        if cause.check.code not in LEFT
    }


LEFT = {"MC504", "MC901"}
"""What the recorded Envoy lacks stays lacking, whatever is put in the place of the policy."""
ONE, OTHER = "cluster1 → cluster2", "cluster2 → cluster1"
OFF: Item = {"mtls": {"mode": "DISABLE"}}
V2: Item = {"selector": {"matchLabels": {"version": "v2"}}}


def rule(host: str, policy: Item, namespace: str = "sample", **more: Any) -> Item:
    return item("DestinationRule", {"host": host, "trafficPolicy": policy, **more}, host.strip("*."), namespace)


def authorization(**spec: Any) -> Item:
    return item("AuthorizationPolicy", spec)


@pytest.mark.parametrize(
    ("cluster1", "cluster2", "codes"),
    [
        ((), (), {}),
        ((), (item("PeerAuthentication", OFF, namespace="istio-system"),), {"MC513": {ONE, OTHER}}),
        ((), (item("PeerAuthentication", {**OFF, **V2}),), {"MC513": {ONE}}),
        ((item("PeerAuthentication", {**OFF, **V2}),), (), {"MC513": {ONE}}),
        ((), (item("PeerAuthentication", {"mtls": {"mode": "STRICT"}}),), {}),
        ((), (item("PeerAuthentication", OFF, namespace="other"),), {}),
        ((), (item("PeerAuthentication", {**V2, "portLevelMtls": {"8080": {"mode": "DISABLE"}}}),), {}),
        ((), (item("PeerAuthentication", {**V2, "portLevelMtls": {"5000": {"mode": "DISABLE"}}}),), {"MC513": {ONE}}),
        (
            (),
            (
                item("PeerAuthentication", OFF, namespace="istio-system"),
                item("PeerAuthentication", {"mtls": {"mode": "PERMISSIVE"}}),
            ),
            {},
        ),
        ((rule("helloworld", {"tls": {"mode": "ISTIO_MUTUAL"}}),), (), {}),
        ((rule("other", {"tls": {"mode": "DISABLE"}}),), (), {}),
        ((rule("helloworld", {"tls": {"mode": "SIMPLE"}}),), (), {"MC514": {ONE, OTHER}}),
        ((rule("helloworld", {"tls": {"mode": "DISABLE"}}, exportTo=["."]),), (), {"MC514": {ONE}}),
        ((rule("*.local", {"tls": {"mode": "DISABLE"}}, "istio-system"),), (), {"MC514": {ONE, OTHER}}),
        (
            (rule("helloworld", {"portLevelSettings": [{"port": {"number": 9000}, "tls": {"mode": "DISABLE"}}]}),),
            (),
            {},
        ),
        (
            (),
            (
                rule("*.local", {"tls": {"mode": "DISABLE"}}, "istio-system"),
                rule("*.sample.svc.cluster.local", {"tls": {"mode": "ISTIO_MUTUAL"}}, exportTo=["."]),
            ),
            {"MC515": {ONE}},
        ),
        (
            (),
            (
                rule("*.local", {"tls": {"mode": "DISABLE"}}, "istio-system"),
                rule("*.sample.svc.cluster.local", {"tls": {"mode": "ISTIO_MUTUAL"}}, exportTo=[".", "istio-system"]),
            ),
            {},
        ),
        (
            (),
            (
                rule("*.local", {"tls": {"mode": "DISABLE"}}, "istio-system", exportTo=["."]),
                rule("helloworld", {"tls": {"mode": "ISTIO_MUTUAL"}}),
            ),
            {"MC514": {ONE}},
        ),
        (
            (rule("*.local", {"tls": {"mode": "ISTIO_MUTUAL"}}), rule("helloworld", {"tls": {"mode": "DISABLE"}})),
            (),
            {"MC514": {ONE, OTHER}},
        ),
        ((item("Sidecar", {"egress": [{"hosts": ["./*", "istio-system/*"]}]}),), (), {}),
        ((item("Sidecar", {"egress": [{"hosts": ["*/*.sample.svc.cluster.local"]}]}),), (), {}),
        ((item("Sidecar", {"ingress": []}),), (), {}),
        ((item("Sidecar", {"egress": [{"hosts": ["~/*"]}]}, namespace="istio-system"),), (), {"MC516": {ONE}}),
        ((item("Sidecar", {"workloadSelector": {"labels": {"app": "x"}}, "egress": [{"hosts": ["~/*"]}]}),), (), {}),
        ((), (authorization(),), {"MC519": {ONE}}),
        ((authorization(),), (authorization(),), {}),
        ((), (authorization(rules=[{}]),), {}),
        ((), (authorization(rules=[{"from": [{"source": {"namespaces": ["sample"]}}]}]),), {}),
        ((), (authorization(rules=[{"from": [{"source": {"namespaces": ["web"]}}]}]),), {"MC519": {ONE}}),
        ((), (authorization(rules=[{"to": [{"operation": {"paths": ["/x"]}}]}]),), {}),
        ((), (authorization(action="DENY", rules=[{"to": [{"operation": {"paths": ["/x"]}}]}]),), {}),
        ((), (authorization(action="DENY", rules=[{"from": [{"source": {"principals": ["*"]}}]}]),), {"MC519": {ONE}}),
        ((), (authorization(action="AUDIT"),), {}),
        ((), (authorization(targetRefs=[{"name": "waypoint"}]),), {}),
    ],
)
def test_policy_is_judged_by_what_it_cuts_off(
    cluster1: tuple[Item, ...], cluster2: tuple[Item, ...], codes: dict[str, set[str]]
) -> None:
    assert judged(cluster1, cluster2) == codes


def test_patterns_of_principals_have_a_star_at_one_end() -> None:
    assert [fits(p, "td/ns/a/sa/b") for p in ("td/ns/a/sa/b", "*/sa/b", "td/*", "*", "td/ns/a", "x*")] == [
        True,
        True,
        True,
        True,
        False,
        False,
    ]


def test_place_matches_by_region_and_zone() -> None:
    node = Node("n", {"topology.kubernetes.io/region": "r1", "topology.kubernetes.io/zone": "z1"}, ())

    assert [matches(place, node) for place in ("r1", "r1/*", "r1/z1/*", "*", "r1/z2", "r2/*")] == [
        True,
        True,
        True,
        True,
        False,
        False,
    ]


def test_export_reaches_the_namespaces_it_names() -> None:
    assert [reaches(e, "a", "b") for e in (("*",), ("b",), (".",), ("~",))] == [True, True, False, False]
    assert reaches((".",), "a", "a")


CURL = "cluster.local/ns/sample/sa/curl"
SPARED = {"source": {"notPrincipals": [CURL]}}


@pytest.mark.parametrize(
    ("rules", "operations"),
    [
        ([{}], [{"op": "add", "path": "/spec/rules/0/from", "value": [SPARED]}]),
        (
            [
                {"from": [{"source": {"namespaces": ["web"]}}]},
                {"from": [{"source": {"namespaces": ["web"]}}, {"source": {"namespaces": ["sample"]}}]},
            ],
            [{"op": "add", "path": "/spec/rules/1/from/1/source/notPrincipals", "value": [CURL]}],
        ),
        (
            [{"from": [{"source": {"namespaces": ["sample"]}}, {"source": {"notPrincipals": ["x/ns/a/sa/b"]}}]}],
            [{"op": "add", "path": "/spec/rules/0/from/0/source/notPrincipals", "value": [CURL]}],
        ),
    ],
)
def test_client_is_taken_out_of_what_a_policy_denies(rules: list[Item], operations: list[Item]) -> None:
    denying = authorization(action="DENY", rules=rules)

    (cause,) = (c for c in report(mesh_with((), (denying,)), CHECKS).root_causes if c.check.code == "MC519")

    (step,) = cause.finding.fix
    patch = json.loads(shlex.split(str(step.shell))[-1])
    assert [operation for operation in patch if operation["op"] != "test"] == operations


def test_client_is_let_in_by_a_policy_of_its_own_where_nobody_is() -> None:
    nobody = item("AuthorizationPolicy", {}, "allow-nothing", "istio-system")

    (cause,) = (c for c in report(mesh_with((), (nobody,)), CHECKS).root_causes if c.check.code == "MC519")

    assert any('"name": "helloworld-from-curl", "namespace": "sample"' in str(s.shell) for s in cause.finding.fix)


def test_policy_that_means_everybody_is_shown_by_its_action() -> None:
    everybody = authorization(action="DENY", rules=[{}])

    (cause,) = (c for c in report(mesh_with((), (everybody,)), CHECKS).root_causes if c.check.code == "MC519")

    assert cause.finding.evidence[0].excerpt == "action: DENY\nrules:"
