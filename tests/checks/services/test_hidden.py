"""What a Sidecar or an export keeps from clients: on purpose, by mistake, and with nobody else to answer."""

from dataclasses import replace
from typing import Any

import pytest

from kubectl_mcdiag.checks.services import service_exported, sidecar_egress
from kubectl_mcdiag.evidence.commands import CONFIG_MAPS, ISTIO_CONFIG, PROXY_ENDPOINTS, RESOURCES
from kubectl_mcdiag.evidence.model import Snapshot
from kubectl_mcdiag.evidence.parsers.kubernetes.istio_config import Sidecar
from kubectl_mcdiag.mesh.model import Pair, Status
from kubectl_mcdiag.mesh.services.visibility import EXPORT_TO
from kubectl_mcdiag.mesh.view import View
from kubectl_mcdiag.path.hop import Kind, State
from kubectl_mcdiag.path.trace import paths
from tests.edits import changed, each, mesh, more, only

PAIR = Pair("cluster1", "cluster2")
IN_USE = mesh("healthy-in-use")
OWN = Sidecar("own", "bank", {}, ("./*", "istio-system/*"))
BOTH = ("cluster1", "cluster2")


def narrowed(*contexts: str) -> Snapshot:
    """Return the mesh in which a Sidecar keeps clients of `bank` from all other namespaces."""
    snap = IN_USE
    for context in contexts:
        snap = changed(snap, ISTIO_CONFIG, context, more(OWN, part="sidecars"))
    return changed(snap, PROXY_ENDPOINTS, contexts[0], lambda found: tuple(c for c in found if "store" not in c.host))


def alone(snap: Snapshot) -> Snapshot:
    """Return the mesh in which nobody serves cart.store in cluster1."""
    empty = each(lambda one: replace(one, endpoints=()) if one.service == "cart" else one, "endpoint_slices")
    return changed(snap, RESOURCES, "cluster1", empty)


def closed(snap: Snapshot, *contexts: str) -> Snapshot:
    """Return the mesh that sends nothing but to registered hosts."""

    def written(found: Any) -> Any:
        mode = found.data.get("mesh", "") + "\noutboundTrafficPolicy: {mode: REGISTRY_ONLY}\n"
        return replace(found, data={**found.data, "mesh": mode}) if found.name == "istio" else found

    for context in contexts:
        snap = changed(snap, CONFIG_MAPS, context, each(written))
    return snap


def told(rule: Any, snap: Snapshot, client: str = "bank") -> dict[str, Status]:
    found = [one for one in rule.run(View(snap), PAIR) if client in str(one.text)]
    return {one.scope.service: one.status for one in found}


def test_name_that_a_sidecar_keeps_from_another_namespace_is_kept_away() -> None:
    found = [path for path in paths(View(narrowed(*BOTH)), PAIR) if path.call.client.endswith(".bank")]
    states = {path.call.service: path.hops[0].state for path in found if path.hops[0].kind is Kind.NAME}

    assert states["cart.store"] is State.KEPT_AWAY
    assert states["ledger.bank"] is State.WORKS


@pytest.mark.parametrize(
    ("snap", "wanted"),
    [
        (narrowed(*BOTH), None),
        (narrowed("cluster1"), Status.WARN),
        (alone(narrowed(*BOTH)), Status.WARN),
        (closed(alone(narrowed(*BOTH)), *BOTH), None),
    ],
    ids=["in both clusters", "in one cluster", "nobody near answers", "registered hosts alone"],
)
def test_sidecar_that_hides_another_namespace_is_a_warning_where_calls_may_miss_it(
    snap: Snapshot, wanted: Status | None
) -> None:
    assert told(sidecar_egress, snap).get("cart.store") is wanted


def exported(*contexts: str) -> Snapshot:
    """Return the mesh in which cart.store is exported to its own namespace and the gateway's."""
    snap = IN_USE
    for context in contexts:
        narrow = only("cart", annotations={EXPORT_TO: ".,istio-system"})
        snap = changed(snap, RESOURCES, context, each(narrow, "services"))
    return snap


@pytest.mark.parametrize(
    ("snap", "wanted"),
    [
        (exported(*BOTH), None),
        (exported("cluster1"), Status.WARN),
        (alone(exported(*BOTH)), Status.WARN),
        (alone(exported("cluster1")), Status.FAIL),
    ],
    ids=["in both clusters", "in one cluster", "nobody near answers", "in one, and nobody near answers"],
)
def test_export_that_leaves_out_another_namespace_fails_where_the_other_cluster_means_it(
    snap: Snapshot, wanted: Status | None
) -> None:
    assert told(service_exported, snap).get("cart.store") is wanted
