"""Which calls go past an Envoy, by what iptables were told."""

from dataclasses import replace
from typing import Any

import pytest

from kubectl_mcdiag.checks.contract import Finding
from kubectl_mcdiag.checks.services import calls_intercepted, calls_taken_by_sidecars
from kubectl_mcdiag.evidence.commands import ISTIO_CONFIG, PODS, RESOURCES
from kubectl_mcdiag.evidence.model import Snapshot
from kubectl_mcdiag.evidence.parsers.kubernetes.istio_config import PeerAuthentication
from kubectl_mcdiag.evidence.parsers.kubernetes.redirection import FLAGS, parse
from kubectl_mcdiag.mesh.access.identity import services
from kubectl_mcdiag.mesh.model import Pair, Status
from kubectl_mcdiag.mesh.view import View
from tests.edits import changed, each, mesh, more

HEALTHY = mesh("healthy-multi-network")
PAIR = Pair("cluster1", "cluster2")
ADDRESS = services(View(HEALTHY), "cluster1")["helloworld.sample"].cluster_ip


def led(context: str, snap: Snapshot = HEALTHY, **settings: str) -> Snapshot:
    """Return the mesh in which these settings stand for all pods of a cluster."""
    usual = {"includeOutboundIPRanges": "*", "includeInboundPorts": "*", "excludeInboundPorts": "15090,15021,15020"}
    words = [f'"{flag}","{(usual | settings).get(name, "")}"' for flag, name in FLAGS.items()]
    found = parse(f"[{','.join(words)}]")
    return changed(snap, PODS, context, each(lambda pod: replace(pod, redirection=found)))


def at_clients(snap: Snapshot) -> list[Finding]:
    return [one for one in calls_intercepted.run(View(snap), PAIR) if one.scope.service == "helloworld.sample"]


def at_backends(snap: Snapshot) -> list[Finding]:
    return [one for one in calls_taken_by_sidecars.run(View(snap), PAIR) if one.scope.service == "helloworld.sample"]


def set_to(finding: Finding) -> str:
    """Return what the first step sets the annotation to."""
    return str(finding.fix[0].shell).partition("sidecar.istio.io/")[2].split("}")[0]


@pytest.mark.parametrize(
    ("settings", "mended"),
    [
        ({}, None),
        ({"excludeOutboundPorts": "3306"}, None),
        ({"excludeOutboundIPRanges": "192.0.2.0/24"}, None),
        ({"includeOutboundIPRanges": "10.0.0.0/8"}, None),
        ({"includeOutboundIPRanges": "192.0.2.0/24", "includeOutboundPorts": "5000"}, None),
        ({"includeOutboundIPRanges": "nonsense, *"}, None),
        ({"excludeOutboundPorts": "3306, 5000"}, 'excludeOutboundPorts": "3306"'),
        ({"excludeOutboundIPRanges": "10.0.0.0/8,192.0.2.0/24"}, 'excludeOutboundIPRanges": "192.0.2.0/24"'),
        ({"includeOutboundIPRanges": "192.0.2.0/24"}, f'includeOutboundIPRanges": "192.0.2.0/24,{ADDRESS}/32"'),
        ({"includeOutboundIPRanges": ""}, f'includeOutboundIPRanges": "{ADDRESS}/32"'),
    ],
)
def test_calls_past_envoy_fail_where_no_pod_of_their_cluster_answers(
    settings: dict[str, str], mended: str | None
) -> None:
    silent = changed(led("cluster1", **settings), RESOURCES, "cluster1", each(emptied, "endpoint_slices"))

    assert [set_to(finding) for finding in at_clients(silent)] == ([mended] if mended else [])


def emptied(slices: Any) -> Any:
    return replace(slices, endpoints=()) if slices.service == "helloworld" else slices


def test_calls_past_envoy_that_are_answered_are_noted() -> None:
    (note,) = at_clients(led("cluster1", excludeOutboundPorts="5000"))

    assert (note.status, note.fix) == (Status.NOTE, ())
    assert "bypass its Envoy. They reach only pods of cluster1. excludeOutboundPorts: 5000 of the pod" in note.text


def test_pod_of_which_nothing_is_told_is_not_judged() -> None:
    assert not at_clients(HEALTHY)
    assert not at_backends(HEALTHY)


@pytest.mark.parametrize(
    ("settings", "mended"),
    [
        ({}, None),
        ({"includeInboundPorts": "5000,8080"}, None),
        ({"excludeInboundPorts": "15090,15021,15020,5000"}, 'excludeInboundPorts": ""'),
        ({"includeInboundPorts": "8080"}, 'includeInboundPorts": "8080,5000"'),
    ],
)
def test_ports_past_the_sidecar_get_mutual_tls(settings: dict[str, str], mended: str | None) -> None:
    assert [set_to(finding) for finding in at_backends(led("cluster2", **settings))] == ([mended] if mended else [])


def test_port_past_the_sidecar_is_right_where_istiod_knows_it_as_plain() -> None:
    plain = PeerAuthentication("default", "sample", {}, "DISABLE", {})
    past = led("cluster2", excludeInboundPorts="5000")
    both = changed(past, ISTIO_CONFIG, "cluster1", more(plain, part="peer_authentications"))

    assert not at_backends(both)
