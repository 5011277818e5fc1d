"""What came of requests of our own, where answers are other than in any recording."""

from dataclasses import replace

import pytest

from kubectl_mcdiag.checks.traffic import connections, requests_answered
from kubectl_mcdiag.errors import NotApplicable
from kubectl_mcdiag.evidence.commands import PODS, PROBE_REQUESTS
from kubectl_mcdiag.evidence.parsers.kubernetes.resources import ServicePort
from kubectl_mcdiag.evidence.parsers.probes.requests import Answer, Answers
from kubectl_mcdiag.mesh.access.identity import services
from kubectl_mcdiag.mesh.model import Pair, Status
from kubectl_mcdiag.mesh.services.endpoints import backends
from kubectl_mcdiag.mesh.traffic.probes import url
from kubectl_mcdiag.mesh.view import View
from tests.edits import changed, mesh

PROBED = mesh("healthy-probe")
PORTS = {
    "http": ServicePort("http", 80, "TCP", "80", ""),
    "grpc": ServicePort("grpc", 9000, "TCP", "9000", ""),
    "told": ServicePort("x", 8080, "TCP", "8080", "http"),
}


@pytest.mark.parametrize(
    ("names", "found"),
    [
        (("http",), "http://shop.sample:80/"),
        (("grpc", "told"), "http://shop.sample:8080/"),
        (("grpc",), ""),
        ((), ""),
    ],
)
def test_first_http_port_is_requested(names: tuple[str, ...], found: str) -> None:
    service = next(iter(services(View(PROBED), "cluster1").values()))
    ports = tuple(PORTS[name] for name in names)

    assert url(replace(service, name="shop", namespace="sample", ports=ports)) == found


def answered_by(*answers: Answer, has_client: bool = True) -> View:
    """Return the healthy mesh in which cluster1's requests were answered so."""
    value = Answers(has_client, answers)
    return View(changed(PROBED, PROBE_REQUESTS, "cluster1", lambda _: value))


PAIR = Pair("cluster1", "cluster2")
NOBODY, BROKEN = Answer(200, "Hello from nobody"), Answer(503, "no healthy upstream")


def pod_of(context: str) -> Answer:
    found = backends(View(PROBED), context, "helloworld.sample")
    return Answer(200, f"Hello version: v1, instance: {found[0].pod}")


def test_requests_that_nobody_answers_are_a_failure() -> None:
    (found,) = requests_answered.run(answered_by(BROKEN, BROKEN), PAIR)

    assert found.status is Status.FAIL
    assert "none of 2 requests from cluster1 to helloworld.sample were answered from cluster2" in found.text


def test_requests_of_which_some_fail_are_a_warning() -> None:
    (found,) = requests_answered.run(answered_by(pod_of("cluster1"), pod_of("cluster2"), BROKEN), PAIR)

    assert found.status is Status.WARN
    assert "cluster1 1, cluster2 1, failed 1" in found.text


def test_answers_without_a_pods_name_prove_nothing() -> None:
    with pytest.raises(NotApplicable, match=r"the answers of helloworld.sample to cluster1 name no pod: 2 × Hello"):
        list(requests_answered.run(answered_by(NOBODY, NOBODY), PAIR))


def test_client_without_curl_and_wget_proves_nothing() -> None:
    with pytest.raises(NotApplicable, match="cluster1 has no pod with a sidecar that has curl or wget"):
        list(requests_answered.run(answered_by(has_client=False), PAIR))


def test_named_service_that_is_not_there_is_not_requested() -> None:
    view = View(replace(PROBED, settings=replace(PROBED.settings, services=("shop.sample",))))

    assert "no HTTP service to request from cluster1 in cluster2" in requests_answered.with_services(view, PAIR)


def test_gateway_without_pods_is_not_blamed_for_connections_that_fail() -> None:
    blocked = mesh("base-gateway-port-blocked")
    bare = changed(blocked, PODS, "cluster2", lambda pods: tuple(pod for pod in pods if not pod.is_gateway))

    problems = [[found.text for found in connections.run(View(snap), PAIR)] for snap in (blocked, bare)]

    assert ["; the gateway istio" in problem for found in problems for problem in found] == [True, False]
