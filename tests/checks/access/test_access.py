"""Identity and versions: what a tenant can write is no proof, and no step touches what is not at fault."""

import json
from dataclasses import replace
from typing import Any

import pytest

from kubectl_mcdiag.checks.access import cluster_domains, cluster_ids, istiod_running, proxy_versions, revision_served
from kubectl_mcdiag.checks.contract import Finding, NotJudged
from kubectl_mcdiag.checks.steps import Action, Mark
from kubectl_mcdiag.evidence.commands import ENDPOINT_SHARDS, PODS, RESOURCES
from kubectl_mcdiag.evidence.model import Snapshot
from kubectl_mcdiag.evidence.parsers.istiod import endpoint_shards
from kubectl_mcdiag.mesh.access.membership import domain
from kubectl_mcdiag.mesh.model import Pair, Status
from kubectl_mcdiag.mesh.view import View
from tests.edits import changed, each, mesh, more

HEALTHY = mesh("healthy-multi-network")
DOWN = mesh("istiod-down")
UNKNOWN = mesh("revision-unknown")
OLD = mesh("proxies-old")
PAIR = Pair("cluster1", "cluster2")
HOST = "kubernetes.default.svc.a"


def shards(key: str, namespace: str) -> tuple[Any, ...]:
    """Return what istiod says of a host that is called like the API server's Service in another domain."""
    return endpoint_shards.parse(json.dumps({HOST: {namespace: {"Shards": {key: []}}}}))


@pytest.mark.parametrize(
    ("key", "namespace"),
    [("External/cluster1", "default"), ("Kubernetes/cluster2", "default"), ("External/", "tenant")],
)
def test_service_entry_of_a_tenant_does_not_change_the_domain(key: str, namespace: str) -> None:
    spoilt = changed(HEALTHY, ENDPOINT_SHARDS, "cluster1", lambda found: (*shards(key, namespace), *found))

    assert domain(View(spoilt), "cluster1") == "cluster.local"
    assert list(cluster_domains.run(View(spoilt), PAIR)) == []


def test_domain_is_that_of_the_clusters_own_service() -> None:
    told = changed(HEALTHY, ENDPOINT_SHARDS, "cluster1", lambda _: shards("Kubernetes/cluster1", "default"))

    assert domain(View(told), "cluster1") == "a"


def test_cluster_gets_its_new_secret_before_the_old_one_is_deleted() -> None:
    (found,) = cluster_ids.run(View(mesh("cluster-ids-equal")), PAIR)

    assert [step.action for step in found.fix[:3]] == [
        Action.INSTALL,
        Action.CREATE_REMOTE_SECRET,
        Action.DELETE_UNUSED,
    ]
    assert found.fix[0].marks == {Mark.DISRUPTIVE, Mark.WIDENS, Mark.INPUT}


def with_revision(snap: Snapshot, revision: str) -> View:
    return View(replace(snap, settings=replace(snap.settings, revision=revision)))


def test_revision_that_a_cluster_does_not_have_is_no_istiod_that_is_down() -> None:
    (found,) = istiod_running.run(with_revision(HEALTHY, "canary"), "cluster1")

    assert isinstance(found, NotJudged)
    assert found.reason == "cluster1 has no istiod of revision canary; it has default"


def test_only_the_istiod_of_the_revision_is_started() -> None:
    labels = {"app": "istiod", "istio.io/rev": "canary"}
    (istiod,) = (s for s in resources(DOWN).services if s.name == "istiod")
    canary = replace(istiod, name="istiod-canary", labels=labels)
    both = changed(DOWN, RESOURCES, "cluster1", more(canary, part="services"))

    (one,) = findings(istiod_running.run(with_revision(both, "canary"), "cluster1"))
    (all_of_them,) = findings(istiod_running.run(View(both), "cluster1"))

    assert [step.target.name for step in one.fix if step.target] == ["istiod-canary"]
    assert [step.target.name for step in all_of_them.fix if step.target] == ["istiod", "istiod-canary"]
    assert all("--current-replicas=0" in step.command and not step.marks for step in all_of_them.fix)


def resources(snap: Snapshot) -> Any:
    return snap.observations[(RESOURCES.key, "cluster1", "")].value


def findings(found: Any) -> tuple[Finding, ...]:
    return tuple(one for one in found if isinstance(one, Finding))


def test_namespace_is_not_relabelled_where_no_revision_is_served() -> None:
    none = changed(UNKNOWN, RESOURCES, "cluster1", lambda told: replace(told, webhooks=()))
    none = changed(none, PODS, "cluster1", each(lambda pod: replace(pod, labels=without(pod.labels))))
    (found,) = revision_served.run(View(none), "cluster1")

    assert found.fix == ()
    assert "Install istiod of revision canary in cluster1" in str(found.advice)


def without(labels: dict[str, str]) -> dict[str, str]:
    return {key: value for key, value in labels.items() if key != "istio.io/rev"}


def test_one_of_several_revisions_is_the_operators_choice() -> None:
    (hook, *_) = resources(UNKNOWN).webhooks
    other = replace(hook, labels={"istio.io/rev": "stable"})
    (found,) = revision_served.run(
        View(changed(UNKNOWN, RESOURCES, "cluster1", more(other, part="webhooks"))), "cluster1"
    )

    assert Mark.INPUT in found.fix[0].marks


def test_pod_that_wants_no_sidecar_does_not_suffer_from_a_revision() -> None:
    away = changed(UNKNOWN, PODS, "cluster1", each(lambda pod: replace(pod, inject=pod.inject or "false")))
    (found,) = revision_served.run(View(away), "cluster1")

    assert found.status is Status.WARN
    assert [step.action for step in found.fix] == [Action.CHOOSE_NAMESPACE]


def test_proxies_ahead_of_their_istiod_are_said_to_be() -> None:
    older = changed(OLD, PODS, "cluster1", each(lambda pod: replace(pod, version="1.27.0")))
    (found, *_) = proxy_versions.run(View(older), "cluster1")

    assert "is ahead of istiod" in str(found.detail)
