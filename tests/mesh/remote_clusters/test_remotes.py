"""Remote clusters and who serves them: entrances, accounts, webhooks and revisions that no recording has."""

from dataclasses import replace
from typing import Any

from kubectl_mcdiag.checks.access import revision_served
from kubectl_mcdiag.checks.discovery import reader_bound
from kubectl_mcdiag.checks.remote_clusters import (
    injection_path,
    istiod_exposed,
    remote_istiod_service,
    remote_namespace_assigned,
    webhook_address,
    webhook_authority,
)
from kubectl_mcdiag.checks.steps import Mark
from kubectl_mcdiag.evidence.commands import ISTIO_CONFIG, PODS, READER, RESOURCES, SYNCZ
from kubectl_mcdiag.evidence.model import Snapshot
from kubectl_mcdiag.evidence.parsers.istiod.syncz import ConnectedProxy
from kubectl_mcdiag.evidence.parsers.kubernetes.pods import Pod
from kubectl_mcdiag.evidence.parsers.kubernetes.resources import EndpointSlice, Namespace, Service, Webhook
from kubectl_mcdiag.mesh.access.identity import CONTROL_PLANES
from kubectl_mcdiag.mesh.access.versions import refusing
from kubectl_mcdiag.mesh.model import Pair, Status
from kubectl_mcdiag.mesh.remote_clusters.remotes import behind
from kubectl_mcdiag.mesh.view import View
from tests.edits import Change, changed, each, mesh, only

HEALTHY = mesh("healthy-multi-network")
REMOTE = mesh("healthy-primary-remote-multi-network")
UNBOUND = mesh("reader-unbound")
OTHER_CA = mesh("webhook-other-authority")
CONTEXT = "cluster2"
PAIR = Pair("cluster1", CONTEXT)
ROLE = "istio-reader-clusterrole-istio-system"


def resources(snap: Snapshot, change: Change, part: str, context: str = CONTEXT) -> Snapshot:
    return changed(snap, RESOURCES, context, each(change, part))


def without_entrance(service: Service) -> Service:
    """Return a Service without the ports of istiod, if it is a gateway."""
    kept = tuple(port for port in service.ports if port.port not in (15012, 15017))
    return replace(service, ports=kept) if service.ingress else service


def test_entrance_without_istiods_ports_is_given_them() -> None:
    (found,) = istiod_exposed.run(View(resources(REMOTE, without_entrance, "services", "cluster1")), CONTEXT)

    assert "has no port 15012 and 15017" in str(found.detail)
    assert '"value": {"name": "tls-istiod", "port": 15012, "targetPort": 15012' in str(found.fix[0].shell)
    assert found.fix[0].marks == {Mark.WIDENS}


def test_route_to_an_istiod_of_another_revision_is_named_and_not_doubled() -> None:
    def elsewhere(rule: Any) -> Any:
        routes = tuple(replace(one, host=one.host.replace("istiod", "istiod-old")) for one in rule.routes)
        return replace(rule, routes=routes)

    snap = changed(REMOTE, ISTIO_CONFIG, "cluster1", each(elsewhere, "virtual_services"))
    (found,) = istiod_exposed.run(View(snap), CONTEXT)

    assert "to istiod-old.istio-system.svc.cluster.local, which selects no istiod of cluster1" in str(found.detail)
    assert "Correct the host in VirtualService istiod-vs.istio-system" in str(found.advice)
    assert found.fix == ()
    stopped = changed(snap, PODS, "cluster1", lambda pods: tuple(p for p in pods if p.labels.get("app") != "istiod"))
    assert list(istiod_exposed.run(View(stopped), CONTEXT)) == []


def test_service_with_an_external_name_leads_to_that_name() -> None:
    named = resources(REMOTE, only("istiod", external_name="istiod.example.com"), "services")

    assert behind(View(named), CONTEXT, "istiod") == ("istiod.example.com",)


def without_slices(found: EndpointSlice) -> EndpointSlice:
    return replace(found, endpoints=()) if found.service == "istiod" else found


def test_service_for_an_istiod_that_is_not_exposed_gets_no_address() -> None:
    hidden = resources(REMOTE, without_entrance, "services", "cluster1")
    (found,) = remote_istiod_service.run(View(resources(hidden, without_slices, "endpoint_slices")), CONTEXT)

    assert str(found.problem) == "Service istiod of cluster2 has no address of cluster1's istiod"
    assert found.fix == ()
    assert "Expose ports 15012 and 15017 of cluster1's istiod" in str(found.advice)


def test_account_whose_role_is_gone_gets_the_role_and_no_second_binding() -> None:
    def bound(found: Any) -> Any:
        account = "istio-system/istio-reader-service-account"
        other = tuple(replace(each, role=ROLE, accounts=(account,)) for each in BINDINGS)
        return replace(found, roles={}, bindings=other)

    (found,) = reader_bound.run(View(changed(UNBOUND, READER, CONTEXT, bound)), PAIR)

    assert f"its ClusterRole {ROLE} does not exist" in str(found.detail)
    assert [step.command.startswith("printf") for step in found.fix] == [True]
    assert '"resources": ["endpointslices"]' in str(found.fix[0].shell)


BINDINGS = REMOTE.observations[(READER.key, CONTEXT, "")].value.bindings[:1]


def test_account_without_role_and_binding_gets_both() -> None:
    bare = changed(UNBOUND, READER, CONTEXT, lambda found: replace(found, roles={}))
    (found,) = reader_bound.run(View(bare), PAIR)

    assert [step.command.split()[0] for step in found.fix] == ["printf", "kubectl"]
    assert {mark for step in found.fix for mark in step.marks} == {Mark.WIDENS}


def test_webhook_by_address_has_no_step_where_no_service_leads_to_istiod() -> None:
    def by_address(hook: Webhook) -> Webhook:
        return replace(hook, service="", url="https://172.31.0.41:15017/inject")

    called = resources(REMOTE, by_address, "webhooks")
    assert {len(found.fix) for found in webhook_address.run(View(called), CONTEXT)} == {1}
    nowhere = resources(called, without_slices, "endpoint_slices")
    assert {found.fix for found in webhook_address.run(View(nowhere), CONTEXT)} == {()}


def test_webhook_is_not_judged_by_the_mesh_root_where_another_ca_signs_for_istiod() -> None:
    provider = {"PILOT_CERT_PROVIDER": "custom"}

    def switched(pod: Pod) -> Pod:
        return replace(pod, environment={**pod.environment, **provider}) if pod.namespace == "istio-system" else pod

    assert len(list(webhook_authority.run(View(OTHER_CA), CONTEXT))) > 0
    assert list(webhook_authority.run(View(changed(OTHER_CA, PODS, "cluster1", each(switched))), CONTEXT)) == []


def asking(namespace: str) -> Change:
    return only(namespace, labels={"istio.io/rev": "old"})


def test_namespace_without_pods_may_ask_for_any_revision() -> None:
    empty = Namespace("later", {"istio.io/rev": "old"}, {})
    more = changed(HEALTHY, RESOURCES, CONTEXT, lambda found: replace(found, namespaces=(*found.namespaces, empty)))

    assert list(revision_served.run(View(more), CONTEXT)) == []


def test_revision_is_the_operators_choice_where_several_are_served() -> None:
    def tagged(hook: Webhook) -> Webhook:
        return replace(hook, labels={**hook.labels, "istio.io/rev": f"canary-{hook.index}"})

    snap = resources(resources(HEALTHY, asking("sample"), "namespaces"), tagged, "webhooks")
    (found,) = revision_served.run(View(snap), CONTEXT)

    assert (found.status, Mark.INPUT in found.fix[0].marks) == (Status.WARN, True)
    assert '"${REVISION:?one that is served}"' in found.fix[0].command


def test_proxy_that_has_not_taken_what_it_was_sent_is_told_after_a_while() -> None:
    def late(version: str) -> Change:
        def change(proxy: ConnectedProxy) -> ConnectedProxy:
            return replace(proxy, streams=tuple(replace(stream, sent=version) for stream in proxy.streams))

        return change

    def told(version: str) -> bool:
        return bool(refusing(View(changed(HEALTHY, SYNCZ, CONTEXT, each(late(version)))), CONTEXT))

    assert told("2026-11-24T00:00:00Z/of-long-ago")
    assert not told(HEALTHY.taken_at.strftime("%Y-%m-%dT%H:%M:%SZ/now"))
    assert not told("a version of another form")


def test_host_name_is_judged_by_the_proxies_that_connect_by_it() -> None:
    named = resources(REMOTE, only("istiod", external_name="istiod.example.com"), "services")
    alone = changed(named, SYNCZ, "cluster1", lambda told: tuple(one for one in told if one.cluster == "cluster1"))

    assert list(remote_istiod_service.run(View(named), CONTEXT)) == []
    (found,) = remote_istiod_service.run(View(alone), CONTEXT)
    assert str(found.detail).startswith("It points to istiod.example.com, and cluster1 exposes istiod at 172.31.0.41.")
    assert found.fix == ()
    assert "global.remotePilotAddress" in str(found.advice)


def test_service_that_is_missing_is_created_with_its_address() -> None:
    def without(found: Any) -> Any:
        kept = tuple(one for one in found.services if one.name != "istiod")
        return replace(found, services=kept)

    bare = changed(resources(REMOTE, without_slices, "endpoint_slices"), RESOURCES, CONTEXT, without)
    (found,) = remote_istiod_service.run(View(bare), CONTEXT)

    assert str(found.problem) == "cluster2 has no Service istiod, which would lead to cluster1's istiod"
    assert [step.command.split()[0] for step in found.fix] == ["printf", "kubectl"]
    assert '"path": "/endpoints", "value": [{"addresses": ["172.31.0.41"]}]' in str(found.fix[1].shell)


def test_namespace_that_names_another_cluster_keeps_it() -> None:
    elsewhere = resources(REMOTE, only("istio-system", annotations={CONTROL_PLANES: "cluster9"}), "namespaces")
    (found,) = remote_namespace_assigned.run(View(elsewhere), CONTEXT)

    assert "is cluster9 and not cluster1" in str(found.detail)
    assert '"value": "cluster9,cluster1"' in str(found.fix[0].shell)


def test_server_in_another_mode_forwards_tls_from_then_on() -> None:
    def ending(gateway: Any) -> Any:
        servers = tuple(replace(one, tls_mode="SIMPLE") if one.port == 15012 else one for one in gateway.servers)
        return replace(gateway, servers=servers)

    snap = changed(REMOTE, ISTIO_CONFIG, "cluster1", each(ending, "gateways"))
    (found,) = istiod_exposed.run(View(snap), CONTEXT)

    assert str(found.detail).startswith("No Gateway on istio-eastwestgateway.istio-system forwards TLS on port 15012")
    (step,) = found.fix
    assert step.marks == {Mark.DISRUPTIVE, Mark.WIDENS}
    assert '{"op": "add", "path": "/spec/servers/0/tls", "value": {"mode": "PASSTHROUGH"}}' in str(step.shell)


def test_webhook_without_a_path_is_given_one() -> None:
    def bare(hook: Webhook) -> Webhook:
        return replace(hook, path="")

    (found, *_) = injection_path.run(View(resources(REMOTE, bare, "webhooks")), CONTEXT)
    (step,) = found.fix

    assert '"/webhooks/0/clientConfig/service/path", "value": "/inject/cluster/cluster2' in str(step.shell)


def test_webhook_keeps_the_host_of_its_url() -> None:
    def called(hook: Webhook) -> Webhook:
        return replace(hook, service="", path="", url="https://istiod.example.com:15017/inject/cluster/a/net/b")

    (found, *_) = injection_path.run(View(resources(REMOTE, called, "webhooks")), CONTEXT)

    assert '"value": "https://istiod.example.com:15017/inject/cluster/cluster2/net/network2"' in str(found.fix[0].shell)
