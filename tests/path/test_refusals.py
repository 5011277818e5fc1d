"""Who refuses calls on the way: filters of the gateway and of the server, and failures that are past."""

from dataclasses import replace
from typing import Any

import msgspec
import pytest

from kubectl_mcdiag.checks.catalogue import CHECKS
from kubectl_mcdiag.evidence.commands import GATEWAY_CONFIG, ISTIO_CONFIG, PODS, PROXY_ENDPOINTS, SERVER_CONFIG
from kubectl_mcdiag.evidence.model import Snapshot
from kubectl_mcdiag.evidence.parsers.envoy.config import INBOUND, EnvoyConfig
from kubectl_mcdiag.evidence.parsers.envoy.envoy_endpoints import EnvoyCluster
from kubectl_mcdiag.evidence.parsers.envoy.listening import Filter, FilterChain, HttpFilter
from kubectl_mcdiag.evidence.parsers.kubernetes.extensions import EnvoyFilter, Patch
from kubectl_mcdiag.mesh.view import View
from kubectl_mcdiag.path.hop import Kind, Reason, State
from kubectl_mcdiag.path.trace import PAST, paths
from kubectl_mcdiag.verdict.judge import report
from tests.edits import answered, changed, each, mesh, more
from tests.path.test_hops import ALL, HOST, PAIR, built, followed, hop, routed

DENY = {"action": "DENY", "policies": {"all": {"permissions": [{"any": True}], "principals": [{"any": True}]}}}
RBAC = msgspec.convert({"name": "envoy.filters.network.rbac", "typed_config": {"rules": DENY}}, Filter)
WASM = msgspec.convert({"name": "x", "typed_config": {"@type": "envoy.filters.http.wasm.v3.Wasm"}}, HttpFilter)


def filtered(snap: Snapshot, namespace: str, context: str) -> Snapshot:
    """Return the mesh in which cluster2 has an EnvoyFilter for proxies of a namespace."""
    made = EnvoyFilter("closed", namespace, {}, False, (Patch("NETWORK_FILTER", context, "", ""),))
    return changed(snap, ISTIO_CONFIG, "cluster2", more(made, part="envoy_filters"))


def ours(chains: tuple[FilterChain, ...]) -> tuple[FilterChain, ...]:
    """Return the chains that lead to helloworld; all of a server's own."""
    return tuple(chain for chain in chains if HOST in str(chain.clusters)) or chains


def chained(snap: Snapshot, command: Any, change: Any, name: str = "") -> Snapshot:
    """Return the mesh in which the filter chains of cluster2's proxies went through `change`."""

    def config(found: EnvoyConfig) -> EnvoyConfig:
        states = [
            built(s, listener=built(s.listener, filter_chains=tuple(map(change, ours(s.listener.filter_chains)))))
            if name in s.name
            else s
            for s in found.listeners
        ]
        altered: EnvoyConfig = built(found, listeners=tuple(states))
        return altered

    return changed(snap, command, "cluster2", config)


def for_any(chain: FilterChain) -> FilterChain:
    whole: FilterChain = built(chain, filter_chain_match=built(chain.filter_chain_match, server_names=()))
    return whole


def denying(chain: FilterChain) -> FilterChain:
    closed: FilterChain = built(for_any(chain), filters=(RBAC, *chain.filters))
    return closed


def test_gateway_that_refuses_connections_is_named_with_the_filter_that_makes_it() -> None:
    closed = filtered(mesh("subset-unknown-to-gateway"), "istio-system", "GATEWAY")
    snap = chained(closed, GATEWAY_CONFIG, denying)
    cause = next(cause for cause in report(snap, CHECKS).root_causes if cause.check.code == "MC905")

    assert hop(snap, Kind.ENTRANCE).reason is Reason.TURNED_AWAY
    assert "refuses connections by all (EnvoyFilter closed.istio-system)" in cause.finding.text
    assert cause.finding.fix[0].command.startswith("kubectl --context cluster2 -n istio-system delete ")


def test_gateway_that_refuses_connections_by_nobody_known_gets_no_step() -> None:
    snap = chained(mesh("subset-unknown-to-gateway"), GATEWAY_CONFIG, denying)
    cause = next(cause for cause in report(snap, CHECKS).root_causes if cause.check.code == "MC905")

    assert cause.finding.text.startswith("Gateway ")
    assert cause.finding.fix == ()


def guarded(change: Any) -> Snapshot:
    """Return the mesh in which a server's inbound chains and the way to them went through `change`."""
    snap = filtered(mesh("subset-unknown-to-gateway"), "sample", "SIDECAR_INBOUND")
    return chained(chained(snap, GATEWAY_CONFIG, for_any), SERVER_CONFIG, change, INBOUND)


def test_server_that_refuses_connections_is_named_with_the_filter_that_makes_it() -> None:
    snap = guarded(lambda chain: built(chain, filters=(RBAC, *chain.filters)))
    cause = next(cause for cause in report(snap, CHECKS).root_causes if cause.check.code == "MC907")

    assert hop(snap, Kind.ADMISSION).reason is Reason.REFUSED
    assert "refuses everybody by all (EnvoyFilter closed.sample)" in cause.finding.text
    assert "-n sample delete envoyfilters.networking.istio.io closed" in str(cause.finding.fix[0].shell)


def test_filter_that_nobody_knows_is_told_with_the_object_that_may_have_put_it_there() -> None:
    def with_wasm(chain: FilterChain) -> FilterChain:
        def one(found: Filter) -> Filter:
            config = built(found.typed_config, http_filters=(WASM, *found.typed_config.http_filters))
            altered: Filter = built(found, typed_config=config)
            return altered if found.typed_config.http_filters else found

        whole: FilterChain = built(chain, filters=tuple(map(one, chain.filters)))
        return whole

    snap = guarded(with_wasm)

    assert hop(snap, Kind.ADMISSION).reason is Reason.FOREIGN_FILTER
    told = [cause.finding.text for cause in report(snap, CHECKS).root_causes]
    assert any("the filter x of EnvoyFilter closed.sample" in text for text in told)


@pytest.mark.parametrize("is_open", [True, False])
def test_failures_are_past_where_the_address_answers_other_calls(is_open: bool) -> None:
    def cluster(one: EnvoyCluster) -> EnvoyCluster:
        failed = {"connect_failures": 3, "active": 0, "successes": 0, "requests": 5, "errors": 0}
        answers = {"connect_failures": 0, "active": int(is_open), "successes": 9, "requests": 9, "errors": 0}
        counters = failed if one.subset else answers
        return replace(one, hosts=tuple(replace(host, **counters) for host in one.hosts))

    snap = chained(mesh("subset-unknown-to-gateway"), GATEWAY_CONFIG, for_any)
    snap = changed(snap, PROXY_ENDPOINTS, "cluster1", lambda found: tuple(map(cluster, found)))
    found = followed(snap).hop(Kind.CONNECTION)

    assert found
    assert (found.state, found.note == PAST) == ((State.IDLE, True) if is_open else (State.NOT_SEEN, False))


def from_elsewhere(snap: Snapshot, **counters: int) -> Snapshot:
    """Return the mesh in which cluster1's client is in another namespace, with what it has called the servers."""

    def counted(one: EnvoyCluster) -> EnvoyCluster:
        none = {"connections": 0, "requests": 0, "errors": 0, "successes": 0, "connect_failures": 0, "active": 0}
        return replace(one, hosts=tuple(replace(host, **{**none, **counters}) for host in one.hosts))

    def moved(pod: Any) -> Any:
        is_client = pod.labels.get("app") == "curl" and pod.is_injected
        return replace(pod, namespace="elsewhere") if is_client else replace(pod, ready=pod.is_gateway)

    for (key, context, target), one in list(snap.observations.items()):
        if context == "cluster1" and target.startswith("curl-"):
            pod, _, question = target.partition(" ")
            away = " ".join(filter(None, (pod.replace(".sample", ".elsewhere"), question)))
            value = tuple(map(counted, one.value)) if key == PROXY_ENDPOINTS.key else one.value
            snap = answered(snap, one.invocation.command, context, value, away)
    return changed(snap, PODS, "cluster1", each(moved))


@pytest.mark.parametrize(
    ("counters", "state"), [({}, State.KEPT_AWAY), ({"connections": 2, "requests": 2}, State.BROKEN)]
)
def test_client_of_another_namespace_that_never_called_is_refused_on_purpose(
    counters: dict[str, int], state: State
) -> None:
    def closed(chain: FilterChain) -> FilterChain:
        refusing: FilterChain = built(chain, filters=(RBAC, *chain.filters))
        return refusing

    snap = from_elsewhere(guarded(closed), **counters)
    both = changed(snap, SERVER_CONFIG, "cluster1", lambda _: values(snap, SERVER_CONFIG, "cluster2")[0])
    found = next(path for path in paths(View(both), PAIR) if path.call.service == "helloworld.sample")
    admission = found.hop(Kind.ADMISSION)

    assert admission
    assert admission.state is state


def values(snap: Snapshot, command: Any, context: str) -> list[Any]:
    return [one.value for key, one in snap.observations.items() if key[:2] == (command.key, context)]


def declared(snap: Snapshot, context: str, subset: str) -> Snapshot:
    """Return the mesh in which a DestinationRule that is seen in its own namespace alone declares a subset."""
    model = next(
        rule
        for key, one in snap.observations.items()
        if key[0] == ISTIO_CONFIG.key
        for rule in one.value.destination_rules
        if rule.subsets
    )
    subsets = (replace(model.subsets[0], name=subset),)
    made = replace(model, name="hidden", namespace="sample", export_to=(), subsets=subsets)
    return changed(snap, ISTIO_CONFIG, context, more(made, part="destination_rules"))


def test_subset_that_the_gateway_does_not_see_is_exported_to_it() -> None:
    snap = declared(mesh("subset-unknown-to-gateway"), "cluster2", "v2")
    cause = next(cause for cause in report(snap, CHECKS).root_causes if cause.check.code == "MC905")

    assert '{"op": "add", "path": "/spec/exportTo", "value": [".", "istio-system"]}' in str(cause.finding.fix[0].shell)


def test_subset_that_the_client_does_not_see_is_exported_to_it() -> None:
    route = ALL | {"route": {"cluster": f"outbound|5000|v9|{HOST}"}}
    snap = declared(routed(route, "subset-unknown-to-gateway"), "cluster1", "v9")
    cause = next(cause for cause in report(snap, CHECKS).root_causes if cause.check.code == "MC902")

    assert '{"op": "add", "path": "/spec/exportTo", "value": [".", "sample"]}' in str(cause.finding.fix[0].shell)
