"""Which namespaces istiod looks at: its own, and those that discoverySelectors choose."""

from dataclasses import replace

import pytest

from kubectl_mcdiag.checks.discovery import discovery_selectors, system_namespace
from kubectl_mcdiag.errors import Unavailable
from kubectl_mcdiag.evidence.commands import PODS, RESOURCES
from kubectl_mcdiag.evidence.model import Snapshot
from kubectl_mcdiag.evidence.parsers.kubernetes.pods import Pod
from kubectl_mcdiag.mesh.model import Pair
from kubectl_mcdiag.mesh.view import View
from tests.edits import changed, each, mesh, only

PAIR = Pair("cluster1", "cluster2")


def of_revision(revision: str) -> Snapshot:
    def injected(pod: Pod) -> Pod:
        return replace(pod, labels={**pod.labels, "istio.io/rev": revision}) if pod.namespace == "sample" else pod

    return changed(mesh("discovery-selectors"), PODS, "cluster2", each(injected))


def test_namespace_of_another_tenant_is_left_out_on_purpose() -> None:
    assert list(discovery_selectors.run(View(of_revision("tenant-2")), PAIR)) == []


def test_namespace_of_this_mesh_is_not() -> None:
    (found,) = discovery_selectors.run(View(of_revision("default")), PAIR)

    assert found.headline == "discoverySelectors leave out namespace sample of cluster2"


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
