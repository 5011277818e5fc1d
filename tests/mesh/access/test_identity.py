"""Who is in the mesh, where those that should tell it are silent; and what is said then."""

from dataclasses import replace

import pytest

from kubectl_mcdiag.errors import Unavailable
from kubectl_mcdiag.evidence.commands import CONFIG_MAPS, ENDPOINT_SHARDS, PODS, RESOURCES
from kubectl_mcdiag.evidence.parsers.istiod.endpoint_shards import Shard
from kubectl_mcdiag.evidence.parsers.kubernetes.configmaps import ConfigMap
from kubectl_mcdiag.mesh.access import identity, membership
from kubectl_mcdiag.mesh.discovery.failing_secrets import waiting_pods
from kubectl_mcdiag.mesh.trust import roots as trust
from kubectl_mcdiag.mesh.view import View
from tests.edits import changed, each, mesh, only

HEALTHY = mesh("healthy-multi-network")
REMOTE = mesh("healthy-primary-remote-multi-network")


def test_mesh_configuration_that_is_not_there_is_unavailable() -> None:
    view = View(changed(HEALTHY, CONFIG_MAPS, "cluster1", lambda _: ()))

    with pytest.raises(Unavailable, match="cluster1 has no ConfigMap istio in istio-system"):
        identity.mesh(view, "cluster1")


def test_mesh_configuration_that_cannot_be_read_is_unavailable() -> None:
    broken = ConfigMap("istio", {}, {"mesh": "- no mapping"})
    view = View(changed(HEALTHY, CONFIG_MAPS, "cluster1", lambda _: (broken,)))

    with pytest.raises(Unavailable, match="expected an object"):
        identity.mesh(view, "cluster1")


def test_roots_that_nobody_wrote_are_unavailable() -> None:
    view = View(changed(HEALTHY, CONFIG_MAPS, "cluster1", each(only("istio-ca-root-cert", data={}))))

    with pytest.raises(Unavailable, match="cluster1: the ConfigMap istio-ca-root-cert holds no certificate"):
        trust.roots(view, "cluster1")


def test_cluster_id_is_unavailable_where_nothing_tells_it() -> None:
    silent = changed(HEALTHY, PODS, "cluster1", lambda _: ())
    view = View(changed(silent, RESOURCES, "cluster1", lambda found: replace(found, webhooks=())))

    with pytest.raises(Unavailable, match="cluster1 has no istiod and no injected pod"):
        identity.cluster_id(view, "cluster1")


def test_control_plane_of_a_remote_alone_is_unavailable() -> None:
    with pytest.raises(Unavailable, match="no context was given for the cluster that serves it"):
        identity.control_planes(View(replace(REMOTE, contexts=("cluster2",))), "cluster2")


def test_client_that_was_named_is_the_only_one() -> None:
    pod = next(pod for pod in identity.proxies(View(HEALTHY), "cluster1") if pod.labels["app"] == "helloworld")
    named = replace(HEALTHY, settings=replace(HEALTHY.settings, client=pod.full_name))

    assert identity.clients(View(named), "cluster1") == (pod,)
    with pytest.raises(Unavailable):
        identity.clients(View(named), "cluster2")


def test_domain_is_empty_where_istiod_knows_no_api_server() -> None:
    def others(shards: tuple[Shard, ...]) -> tuple[Shard, ...]:
        return tuple(shard for shard in shards if not shard.host.startswith("kubernetes."))

    assert membership.domain(View(HEALTHY), "cluster1") == "cluster.local"
    assert membership.domain(View(changed(HEALTHY, ENDPOINT_SHARDS, "cluster1", others)), "cluster1") == ""


def test_primary_has_no_pods_that_wait_for_another_istiod() -> None:
    unready = changed(HEALTHY, PODS, "cluster1", each(lambda pod: replace(pod, ready=False)))

    assert waiting_pods(View(unready), "cluster1") == ()


def test_resource_that_may_not_be_listed_is_unavailable_and_the_others_are_not() -> None:
    key = (RESOURCES.key, "cluster1", "")
    found = replace(HEALTHY.observations[key], denied=("nodes",))
    view = View(replace(HEALTHY, observations={**HEALTHY.observations, key: found}))

    assert view.read(RESOURCES, "cluster1", kind="services").services
    with pytest.raises(Unavailable, match="cluster1: no permission to list nodes"):
        view.read(RESOURCES, "cluster1", kind="nodes")
