"""Which namespaces istiod looks at: its own, and those that discoverySelectors choose."""

from dataclasses import replace

import pytest

from kubectl_mcdiag.checks.discovery import discovery_selectors, system_namespace
from kubectl_mcdiag.errors import Unavailable
from kubectl_mcdiag.evidence.commands import PODS, RESOURCES
from kubectl_mcdiag.evidence.model import Snapshot
from kubectl_mcdiag.evidence.parsers.kubernetes.resources import Resources
from kubectl_mcdiag.mesh.access.identity import clients, of_other_meshes
from kubectl_mcdiag.mesh.model import Pair
from kubectl_mcdiag.mesh.view import View
from tests.edits import changed, each, mesh, only

PAIR = Pair("cluster1", "cluster2")


def of_revision(revision: str, service: str) -> Snapshot:
    """Return the mesh whose namespace sample asks cluster2 for a revision, which a webhook answers by that Service."""

    def asking(found: Resources) -> Resources:
        hook = replace(found.webhooks[0], labels={"istio.io/rev": revision}, service=service)
        spaces = tuple(
            replace(one, labels={**one.labels, "istio.io/rev": revision}) if one.name == "sample" else one
            for one in found.namespaces
        )
        return replace(found, webhooks=(*found.webhooks, hook), namespaces=spaces)

    return changed(mesh("discovery-selectors"), RESOURCES, "cluster2", asking)


def test_namespace_of_another_tenant_is_left_out_on_purpose() -> None:
    snap = of_revision("tenant", "istiod-tenant")

    assert list(discovery_selectors.run(View(snap), PAIR)) == []
    assert clients(View(snap), "cluster2") == ()


@pytest.mark.parametrize("revision", ["default", "canary"])
def test_namespace_of_this_mesh_is_not(revision: str) -> None:
    (found,) = discovery_selectors.run(View(of_revision(revision, "istiod")), PAIR)

    assert found.headline == "discoverySelectors leave out namespace sample of cluster2"


def test_no_namespace_is_anothers_where_the_system_namespace_has_no_istiod() -> None:
    def without_istiod(found: Resources) -> Resources:
        return replace(found, services=tuple(one for one in found.services if not one.name.startswith("istiod")))

    snap = changed(of_revision("tenant", "istiod-tenant"), RESOURCES, "cluster2", without_istiod)

    assert of_other_meshes(View(snap), "cluster2") == frozenset()


def moved(*contexts: str) -> Snapshot:
    """Return a healthy mesh whose Istio is in namespace `mesh` in these clusters."""
    snap = mesh("healthy-multi-network")
    for context in contexts:
        system = only("istio-system", name="mesh")
        snap = changed(snap, RESOURCES, context, each(system, "namespaces"))
        there = each(lambda pod: replace(pod, namespace="mesh") if pod.namespace == "istio-system" else pod)
        snap = changed(snap, PODS, context, there)
    return snap


def test_namespace_that_all_clusters_have_in_common_is_a_matter_of_a_flag() -> None:
    with pytest.raises(Unavailable, match="name it with --istio-namespace mesh"):
        list(system_namespace.run(View(moved("cluster1", "cluster2")), "cluster1"))


def test_namespace_that_one_cluster_has_alone_is_told_without_a_command() -> None:
    (found,) = system_namespace.run(View(moved("cluster2")), "cluster2")

    assert found.headline == "cluster2 has Istio in namespace mesh, the other clusters in istio-system"
    assert (found.fix, bool(found.advice)) == ((), True)
    assert list(system_namespace.run(View(moved("cluster2")), "cluster1")) == []
