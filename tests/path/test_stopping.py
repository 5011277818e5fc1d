"""Filters and limits that stop calls, at the client's own proxy and at the server's; programs that are not kept."""

from typing import Any

import msgspec
import pytest

from kubectl_mcdiag.checks.catalogue import CHECKS
from kubectl_mcdiag.evidence.commands import CLIENT_CONFIG, ISTIO_CONFIG
from kubectl_mcdiag.evidence.model import Snapshot
from kubectl_mcdiag.evidence.parsers.envoy import config
from kubectl_mcdiag.evidence.parsers.envoy.config import EnvoyConfig
from kubectl_mcdiag.evidence.parsers.envoy.listening import FilterChain, HttpFilter
from kubectl_mcdiag.evidence.parsers.envoy.programs import TokenBucket, outcome
from kubectl_mcdiag.evidence.parsers.envoy.routing import Cluster
from kubectl_mcdiag.evidence.parsers.kubernetes.destination_rules import destination_rule
from kubectl_mcdiag.evidence.parsers.kubernetes.extensions import EnvoyFilter, Patch
from kubectl_mcdiag.path.hop import Kind, Reason, State
from kubectl_mcdiag.verdict.judge import report
from tests.edits import changed, mesh, more
from tests.path.test_hops import HOST, built, hop

BASE = "subset-unknown-to-gateway"
REFUSES = 'function envoy_on_request(h) h:respond({[":status"] = "403"}, "no") end'
SOME = 'function envoy_on_request(h) if h:headers():get("x") then h:respond({[":status"] = "401"}, "") end end'


@pytest.mark.parametrize(
    ("code", "kept"),
    [
        (REFUSES, "answers-all:403"),
        (SOME, "answers-some:401"),
        ('function envoy_on_request(h) h:headers():add("x-team", "amber") end', ""),
        ('function envoy_on_response(h) h:respond({[":status"] = "403"}, "") end', ""),
        ('function envoy_on_request(h) -- if unknown\n h:respond({}, "") end', "answers-all:"),
        ("function envoy_on_request(h) respond_with(h) end", "answers-some:"),
        ("answers-all:403", "answers-all:403"),
        ("", ""),
    ],
)
def test_of_a_program_nothing_is_kept_but_what_it_answers(code: str, kept: str) -> None:
    assert outcome(code) == kept


@pytest.mark.parametrize("field", [{"inline_code": REFUSES}, {"default_source_code": {"inline_string": REFUSES}}])
def test_program_does_not_stay_in_a_recording(field: dict[str, Any]) -> None:
    found = {"name": "mcdiag.lua", "typed_config": {"@type": "type.googleapis.com/lua.v3.Lua", **field}}
    chain = {"filters": [{"typed_config": {"http_filters": [found]}}]}
    dump = {"configs": [{"dynamic_listeners": [{"active_state": {"listener": {"filter_chains": [chain]}}}]}]}
    kept = config.redact(msgspec.json.encode(dump).decode())

    assert "respond" not in kept
    http = config.parse(kept).listeners[0].listener.filter_chains[0].http
    assert http
    assert http.http_filters[0].typed_config.code.answers_all
    assert http.http_filters[0].typed_config.code.status == "403"


@pytest.mark.parametrize(("interval", "rate"), [("60s", 2 / 60), ("0.500s", 4.0), ("", float("inf"))])
def test_rate_of_a_bucket_of_tokens(interval: str, rate: float) -> None:
    assert TokenBucket(tokens_per_fill=2, fill_interval=interval).rate == rate


def put_in(snap: Snapshot, patch: Patch, selector: dict[str, str] | None = None) -> Snapshot:
    """Return the mesh in which cluster1 has an EnvoyFilter for clients in sample."""
    made = EnvoyFilter("closed", "sample", selector or {}, False, (patch,))
    return changed(snap, ISTIO_CONFIG, "cluster1", more(made, part="envoy_filters"))


def with_filter(found: dict[str, Any]) -> Snapshot:
    """Return the mesh in which the proxy of cluster1's client has one more HTTP filter, and an EnvoyFilter made it."""
    extra = msgspec.convert({"name": "mcdiag.x", "typed_config": found}, HttpFilter)

    def one(chain: FilterChain) -> FilterChain:
        filters = tuple(
            built(f, typed_config=built(f.typed_config, http_filters=(extra, *f.typed_config.http_filters)))
            if "http_connection_manager" in f.name
            else f
            for f in chain.filters
        )
        whole: FilterChain = built(chain, filters=filters)
        return whole

    def altered(found: EnvoyConfig) -> EnvoyConfig:
        states = tuple(
            built(s, listener=built(s.listener, filter_chains=tuple(map(one, s.listener.filter_chains))))
            for s in found.listeners
        )
        whole: EnvoyConfig = built(found, listeners=states)
        return whole

    patch = Patch("HTTP_FILTER", "SIDECAR_OUTBOUND", "mcdiag.x", "")
    return changed(put_in(mesh(BASE), patch), CLIENT_CONFIG, "cluster1", altered)


BUCKET = {"max_tokens": 2, "tokens_per_fill": 2, "fill_interval": "60s"}
MANY = {**BUCKET, "tokens_per_fill": 9999}
ALWAYS = {"default_value": {"numerator": 100}}


@pytest.mark.parametrize(
    "found",
    [
        {"@type": "x.v3.HTTPFault", "abort": {"http_status": 500, "percentage": {"numerator": 100}}},
        {"@type": "x.v3.Lua", "default_source_code": {"inline_string": REFUSES}},
        {"@type": "x.v3.Lua", "inline_code": REFUSES},
        {"@type": "x.v3.LocalRateLimit", "token_bucket": BUCKET, "filter_enforced": ALWAYS},
        {"@type": "x.v3.RBAC", "rules": {"action": "ALLOW", "policies": {}}},
    ],
)
def test_filter_of_the_client_that_stops_calls_is_named_and_taken_out(found: dict[str, Any]) -> None:
    snap = with_filter(found)
    cause = next(cause for cause in report(snap, CHECKS).root_causes if cause.check.code == "MC902")

    assert hop(snap, Kind.ROUTE).reason is Reason.STOPPED
    assert "(EnvoyFilter closed.sample) stops them" in cause.finding.text
    assert "--context cluster1 -n sample delete envoyfilters.networking.istio.io closed" in str(
        cause.finding.fix[0].shell
    )


@pytest.mark.parametrize(
    "found",
    [
        {
            "@type": "x.v3.LocalRateLimit",
            "token_bucket": {**BUCKET, "tokens_per_fill": 9999},
            "filter_enforced": ALWAYS,
        },
        {"@type": "x.v3.LocalRateLimit", "token_bucket": BUCKET},
        {"@type": "x.v3.Lua", "inline_code": "function envoy_on_request(h) end"},
    ],
)
def test_filter_of_the_client_that_lets_calls_through_is_no_matter(found: dict[str, Any]) -> None:
    assert hop(with_filter(found), Kind.ROUTE).state is State.WORKS


@pytest.mark.parametrize("found", [{"@type": "x.v3.Lua", "inline_code": SOME}, {"@type": "x.v3.Wasm"}])
def test_filter_that_may_stop_calls_is_a_warning(found: dict[str, Any]) -> None:
    snap = with_filter(found)

    assert hop(snap, Kind.ROUTE).reason is Reason.FILTERED
    told = {cause.finding.status.value: cause.finding.text for cause in report(snap, CHECKS).root_causes}
    assert "through the filter mcdiag.x of EnvoyFilter closed.sample" in told["warn"]


def without_time(snap: Snapshot) -> Snapshot:
    def cluster(one: Cluster) -> Cluster:
        short: Cluster = built(one, connect_timeout="0.001s")
        return short

    def altered(found: EnvoyConfig) -> EnvoyConfig:
        whole: EnvoyConfig = built(found, clusters=tuple(map(cluster, found.clusters)))
        return whole

    return changed(snap, CLIENT_CONFIG, "cluster1", altered)


def test_no_time_to_connect_is_named_with_the_rule_that_gives_it() -> None:
    policy = {"connectionPool": {"tcp": {"connectTimeout": "1ms"}}}
    rule = destination_rule("hasty", "sample", {"host": HOST, "trafficPolicy": policy})
    snap = without_time(changed(mesh(BASE), ISTIO_CONFIG, "cluster1", more(rule, part="destination_rules")))
    cause = next(cause for cause in report(snap, CHECKS).root_causes if cause.check.code == "MC902")

    assert hop(snap, Kind.ROUTE).reason is Reason.NO_CONNECT_TIME
    assert "only 0.001s, by DestinationRule hasty.sample" in cause.finding.text
    assert '"path": "/spec/trafficPolicy/connectionPool/tcp/connectTimeout"' in str(cause.finding.fix[0].shell)


def test_no_time_to_connect_is_named_with_the_filter_that_gives_it() -> None:
    patch = Patch("CLUSTER", "SIDECAR_OUTBOUND", "", "")
    cause = next(
        cause
        for cause in report(without_time(put_in(mesh(BASE), patch)), CHECKS).root_causes
        if cause.check.code == "MC902"
    )

    assert "only 0.001s, by EnvoyFilter closed.sample" in cause.finding.text
    assert "delete envoyfilters.networking.istio.io closed" in str(cause.finding.fix[0].shell)


def test_no_time_to_connect_for_the_whole_mesh_gets_no_step() -> None:
    cause = next(cause for cause in report(without_time(mesh(BASE)), CHECKS).root_causes if cause.check.code == "MC902")

    assert "by connectTimeout of the mesh configuration" in cause.finding.text
    assert cause.finding.fix == ()
    assert "Take connectTimeout out" in str(cause.finding.advice)
