"""What makes Envoy prefer near endpoints, wherever Istio lets it be written; the words name the place."""

from dataclasses import replace
from typing import Any

import pytest

from kubectl_mcdiag.checks.traffic import outlier_ejection
from kubectl_mcdiag.evidence.commands import CONFIG_MAPS, ISTIO_CONFIG, RESOURCES
from kubectl_mcdiag.evidence.model import Snapshot
from kubectl_mcdiag.evidence.parsers.kubernetes.destination_rules import destination_rule
from kubectl_mcdiag.mesh.model import Pair
from kubectl_mcdiag.mesh.traffic.locality import TRAFFIC_DISTRIBUTION, outlier_rule, preference, weights_without
from kubectl_mcdiag.mesh.view import View
from tests.edits import changed, each, mesh, only

HEALTHY = mesh("healthy-multi-network")
SERVICE = "helloworld.sample"
RULE = "DestinationRule helloworld.sample in cluster1"
NEAR = {TRAFFIC_DISTRIBUTION: "PreferClose"}
OUTLIERS: dict[str, Any] = {"outlierDetection": {}}


def with_rule(snap: Snapshot = HEALTHY, **policy: Any) -> Snapshot:
    """Return the mesh with a DestinationRule in cluster1 that has this traffic policy."""
    rule = destination_rule("helloworld", "sample", {"host": "helloworld", "trafficPolicy": policy})
    return changed(snap, ISTIO_CONFIG, "cluster1", lambda found: replace(found, destination_rules=(rule,)))


def with_mesh(config: str) -> Snapshot:
    return changed(HEALTHY, CONFIG_MAPS, "cluster1", each(only("istio", data={"mesh": config})))


def located(**setting: Any) -> dict[str, Any]:
    return {"loadBalancer": {"localityLbSetting": setting}}


def on(part: str, name: str, **fields: Any) -> Snapshot:
    return changed(HEALTHY, RESOURCES, "cluster1", each(only(name, **fields), part))


@pytest.mark.parametrize(
    ("snap", "words"),
    [
        (HEALTHY, ""),
        (
            on("services", "helloworld", traffic_distribution="PreferZone"),
            "trafficDistribution PreferZone on the Service in cluster1",
        ),
        (
            on("services", "helloworld", annotations=NEAR),
            f"the annotation {TRAFFIC_DISTRIBUTION}=PreferClose on the Service in cluster1",
        ),
        (
            on("namespaces", "sample", annotations=NEAR),
            f"the annotation {TRAFFIC_DISTRIBUTION}=PreferClose on the namespace sample in cluster1",
        ),
        (on("namespaces", "default", annotations=NEAR), ""),
        (with_rule(loadBalancer={"zoneAwareLbSetting": {}}), f"zoneAwareLbSetting in {RULE}"),
        (with_rule(loadBalancer={"zoneAwareLbSetting": {"enabled": False}}), ""),
        (
            with_rule(with_mesh("zoneAwareLbSetting: {}")),
            "zoneAwareLbSetting in the mesh configuration of cluster1",
        ),
        (with_mesh("zoneAwareLbSetting: {}"), "zoneAwareLbSetting in the mesh configuration of cluster1"),
        (with_rule(**OUTLIERS), f"outlierDetection (it brings locality into force) in {RULE}"),
        (
            with_rule(**OUTLIERS, **located(failoverPriority=["region", "zone"])),
            f"outlierDetection with failoverPriority region, zone in {RULE}",
        ),
        (
            with_rule(**OUTLIERS, **located(failover=[{"from": "r1", "to": "r2"}])),
            f"outlierDetection with failover from r1 to r2 in {RULE}",
        ),
        (with_rule(**OUTLIERS, **located(enabled=False)), ""),
        (with_rule(**located(failover=[{"from": "r1", "to": "r2"}])), ""),
    ],
)
def test_preference_for_near_endpoints_is_told_with_its_place(snap: Snapshot, words: str) -> None:
    assert preference(View(snap), "cluster1", SERVICE) == words


@pytest.mark.parametrize(
    ("places", "kept_away"),
    [({"*": {"region9/*": 100}}, True), ({"*": {"*": 100}}, False), ({"region9/*": {"region9/*": 100}}, False)],
)
def test_weights_keep_callers_away_where_they_name_another_place(
    places: dict[str, dict[str, int]], kept_away: bool
) -> None:
    distribute = [{"from": source, "to": weights} for source, weights in places.items()]
    view = View(with_rule(**located(distribute=distribute)))

    assert bool(weights_without(view, "cluster1", SERVICE, "cluster2")) is kept_away


def test_rule_without_outlier_detection_ejects_nobody() -> None:
    assert outlier_rule(View(with_rule(**located(enabled=False))), "cluster1", SERVICE) is None


def test_ejected_endpoint_without_a_rule_has_no_step() -> None:
    ejected = mesh("outlier-ejected")
    bare = changed(ejected, ISTIO_CONFIG, "cluster1", lambda found: replace(found, destination_rules=()))

    findings = list(outlier_ejection.run(View(bare), Pair("cluster1", "cluster2")))

    assert [finding.fix for finding in findings] == [()]
