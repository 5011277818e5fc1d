"""Each way in which a hop can be broken, made of a mesh whose proxies were recorded."""

import base64
from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from kubectl_mcdiag.checks.catalogue import CHECKS
from kubectl_mcdiag.evidence.commands import (
    CLIENT_CONFIG,
    GATEWAY_CONFIG,
    PROXY_CERTIFICATES,
    PROXY_ENDPOINTS,
    SERVER_CONFIG,
)
from kubectl_mcdiag.evidence.model import Snapshot
from kubectl_mcdiag.evidence.parsers import certificates
from kubectl_mcdiag.evidence.parsers.envoy.config import EnvoyConfig, Secret
from kubectl_mcdiag.evidence.parsers.envoy.listening import FilterChain, ListenerState
from kubectl_mcdiag.evidence.parsers.envoy.routing import Route, RouteTable
from kubectl_mcdiag.mesh.model import Pair
from kubectl_mcdiag.mesh.view import View
from kubectl_mcdiag.path.guarding import policy_name
from kubectl_mcdiag.path.hop import Hop, Kind, Reason, State
from kubectl_mcdiag.path.route import seconds
from kubectl_mcdiag.path.trace import Path, paths
from kubectl_mcdiag.path.trust import is_trusted
from kubectl_mcdiag.verdict.judge import report
from tests.edits import changed, mesh

PAIR = Pair("cluster1", "cluster2")
HOST = "helloworld.sample.svc.cluster.local"


def followed(snap: Snapshot) -> Path:
    return next(path for path in paths(View(snap), PAIR) if path.call.service == "helloworld.sample")


def codes(snap: Snapshot) -> list[str]:
    return [cause.check.code for cause in report(snap, CHECKS).root_causes]


def hop(snap: Snapshot, kind: Kind) -> Hop:
    found = followed(snap).hop(kind)
    assert found
    return found


def built(record: Any, **changes: Any) -> Any:
    return msgspec.structs.replace(record, **changes)


def routed(route: dict[str, Any], base: str = "route-to-nowhere") -> Snapshot:
    """Return the mesh in which cluster1's client routes calls to helloworld by this one route."""

    def table(found: RouteTable) -> RouteTable:
        hosts = tuple(
            built(host, routes=(msgspec.convert(route, Route),)) if HOST in host.domains else host
            for host in found.virtual_hosts
        )
        return built(found, virtual_hosts=hosts)

    def config(found: EnvoyConfig) -> EnvoyConfig:
        return built(found, routes=tuple(map(table, found.routes)))

    return changed(mesh(base), CLIENT_CONFIG, "cluster1", config)


ALL = {"match": {"prefix": "/"}}
WHOLE = {"cluster": f"outbound|5000||{HOST}"}
ABORT = {"envoy.filters.http.fault": {"abort": {"http_status": 503, "percentage": {"numerator": 100}}}}


@pytest.mark.parametrize(
    ("route", "reason"),
    [
        (ALL | {"route": {"cluster": "outbound|5000||nowhere.sample.svc.cluster.local"}}, Reason.ROUTE_TO_NOWHERE),
        (ALL | {"route": {"cluster": f"outbound|5001||{HOST}"}}, Reason.ROUTE_TO_NOWHERE),
        (ALL | {"redirect": {}}, Reason.REDIRECTED),
        (ALL | {"direct_response": {"status": 403}}, Reason.ABORTED),
        (ALL | {"route": WHOLE, "typed_per_filter_config": ABORT}, Reason.ABORTED),
        (ALL | {"route": WHOLE | {"timeout": "0.001s"}}, Reason.NO_TIME),
        ({"match": {"prefix": "/", "headers": [{"name": "x"}]}, "route": WHOLE}, Reason.NO_ROUTE),
        (ALL | {"route": WHOLE | {"timeout": "15s"}}, Reason.NONE),
        (ALL | {"route": {"weighted_clusters": {"clusters": [{"name": WHOLE["cluster"], "weight": 1}]}}}, Reason.NONE),
    ],
)
def test_route_says_what_becomes_of_a_request(route: dict[str, Any], reason: Reason) -> None:
    snap = routed(route)

    assert hop(snap, Kind.ROUTE).reason is reason
    assert ("MC902" in codes(snap)) == bool(reason.value)


def test_route_to_a_part_of_the_requests_is_not_theirs_alone() -> None:
    part = {"abort": {"http_status": 503, "percentage": {"numerator": 5}}}
    snap = routed(ALL | {"route": WHOLE, "typed_per_filter_config": {"envoy.filters.http.fault": part}})

    assert hop(snap, Kind.ROUTE).state is State.WORKS


@pytest.mark.parametrize(("text", "number"), [("", 0.0), ("0s", 0.0), ("0.001s", 0.001), ("forever", 0.0)])
def test_duration_is_read_in_seconds(text: str, number: float) -> None:
    assert seconds(text) == number


def test_host_that_the_proxy_has_not_is_named() -> None:
    snap = changed(mesh("healthy-multi-network"), PROXY_ENDPOINTS, "cluster1", _without_helloworld)

    assert hop(snap, Kind.NAME).reason is Reason.UNKNOWN_HOST
    parts = {one.check.code for cause in report(snap, CHECKS).root_causes for one in cause.parts}
    assert "MC901" in parts


def _without_helloworld(found: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple(cluster for cluster in found if not cluster.host.startswith("helloworld."))


def with_gateway(change: Callable[[Any], Any]) -> Snapshot:
    """Return the mesh with subsets that the gateway does not know, with other listeners of the gateway."""

    def config(found: EnvoyConfig) -> EnvoyConfig:
        return built(found, listeners=tuple(map(change, found.listeners)))

    return changed(mesh("subset-unknown-to-gateway"), GATEWAY_CONFIG, "cluster2", config)


def test_subset_without_a_filter_chain_is_named_with_the_rule_that_makes_one() -> None:
    snap = mesh("subset-unknown-to-gateway")
    cause = report(snap, CHECKS).root_causes[0]

    assert cause.check.code == "MC905"
    assert "outbound_.5000_.v2_." in cause.finding.text
    assert "--context cluster2" in cause.finding.fix[0].command


def test_gateway_that_does_not_listen_is_named() -> None:
    snap = with_gateway(lambda state: built(state, is_active=False, refused="duplicate matcher"))

    assert hop(snap, Kind.ENTRANCE).reason is Reason.NOT_LISTENING
    assert "duplicate matcher" in followed(snap).words(hop(snap, Kind.ENTRANCE))


def _for_any(chain: FilterChain) -> FilterChain:
    anybody: FilterChain = built(chain, filter_chain_match=built(chain.filter_chain_match, server_names=()))
    return anybody


def test_chain_for_any_name_lets_calls_in() -> None:
    def listening(state: ListenerState) -> ListenerState:
        chains = tuple(map(_for_any, state.listener.filter_chains))
        changed_state: ListenerState = built(state, listener=built(state.listener, filter_chains=chains))
        return changed_state

    assert hop(with_gateway(listening), Kind.ENTRANCE).reason is not Reason.NO_CHAIN


def with_secret(name: str, pem: str, context: str) -> Snapshot:
    """Return the mesh with another secret in the proxies of a cluster, and a gateway that lets all calls in."""
    packed = {"inline_bytes": base64.b64encode(pem.encode()).decode()}
    kinds = {"ROOTCA": {"validation_context": {"trusted_ca": packed}}, "default": {"tls_certificate": None}}
    secret = msgspec.convert(kinds[name], Secret)

    def config(found: EnvoyConfig) -> EnvoyConfig:
        altered: EnvoyConfig = built(found, secrets={**found.secrets, name: secret})
        return altered

    def listening(state: ListenerState) -> ListenerState:
        ours = [chain for chain in state.listener.filter_chains if HOST in str(chain.clusters)]
        chains = tuple(map(_for_any, ours))
        opened: ListenerState = built(state, listener=built(state.listener, filter_chains=chains))
        return opened

    command = CLIENT_CONFIG if context == "cluster1" else SERVER_CONFIG
    snap = with_gateway(listening)
    return changed(snap, command, context, config)


def another_root() -> str:
    """Return the root of another mesh."""
    observed = mesh("workloads-old-root").observations.values()
    found = (one.value for one in observed if one.invocation.command is PROXY_CERTIFICATES)
    return next(value.roots for value in found if value)


@pytest.mark.parametrize(
    ("context", "reason"), [("cluster1", Reason.CLIENT_DISTRUSTS), ("cluster2", Reason.SERVER_DISTRUSTS)]
)
def test_root_that_signs_for_nobody_there_is_named(context: str, reason: Reason) -> None:
    snap = with_secret("ROOTCA", another_root(), context)

    assert hop(snap, Kind.TRUST).reason is reason
    parts = {one.check.code for cause in report(snap, CHECKS).root_causes for one in cause.parts}
    assert "MC906" in parts


def test_proxy_without_a_certificate_is_named() -> None:
    assert hop(with_secret("default", "", "cluster1"), Kind.TRUST).reason is Reason.NO_CERTIFICATE


def test_roots_in_common_are_trusted() -> None:
    snap = with_gateway(lambda state: state)
    config = next(value.value for key, value in snap.observations.items() if key[0] == "client-config")

    assert is_trusted(certificates.parse(config.chain), certificates.parse(config.roots))
    assert not is_trusted(certificates.parse(config.chain), certificates.parse(another_root()))


@pytest.mark.parametrize(
    ("envoy", "ours"),
    [
        ("ns[sample]-policy[token]-rule[0]", "AuthorizationPolicy token.sample"),
        ("all", "all"),
        ("ns[sample]-other", "ns[sample]-other"),
    ],
)
def test_policy_is_called_as_operators_know_it(envoy: str, ours: str) -> None:
    assert policy_name(envoy) == ours
