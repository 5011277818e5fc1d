"""A sidecar that has never been able to connect to its own application, which the clients do not see."""

from dataclasses import replace

import pytest

from kubectl_mcdiag.checks.catalogue import CHECKS
from kubectl_mcdiag.evidence.commands import RESOURCES, SERVER_CLUSTERS
from kubectl_mcdiag.evidence.model import Snapshot
from kubectl_mcdiag.evidence.parsers.envoy.envoy_endpoints import EnvoyCluster
from kubectl_mcdiag.evidence.parsers.kubernetes.resources import Service
from kubectl_mcdiag.mesh.model import Pair
from kubectl_mcdiag.mesh.view import View
from kubectl_mcdiag.path.hop import Kind, Reason
from kubectl_mcdiag.path.touched import of_connections
from kubectl_mcdiag.path.trace import paths
from kubectl_mcdiag.verdict.judge import report
from tests.edits import changed, each, mesh

UNSERVED = mesh("server-listens-to-itself")


def counted(connections: int, failures: int) -> Snapshot:
    """Return the mesh in which the sidecar counted so many connections, and failures among them."""

    def one(found: EnvoyCluster) -> EnvoyCluster:
        hosts = (replace(host, connections=connections, connect_failures=failures) for host in found.hosts)
        return replace(found, hosts=tuple(hosts))

    return changed(UNSERVED, SERVER_CLUSTERS, "cluster2", lambda found: found and tuple(map(one, found)))


@pytest.mark.parametrize(("connections", "failures", "is_unserved"), [(71, 71, True), (72, 71, False), (0, 0, False)])
def test_sidecar_that_never_connected_to_its_application_answers_nobody(
    connections: int, failures: int, is_unserved: bool
) -> None:
    found = paths(View(counted(connections, failures)), Pair("cluster1", "cluster2"))
    hops = [path.hop(Kind.ANSWER) for path in found if path.call.service == "cart.store"]

    assert hops
    assert all((hop is not None and hop.reason is Reason.NOT_SERVED) == is_unserved for hop in hops)


def test_workload_that_is_not_served_is_named_with_what_to_do() -> None:
    cause = next(cause for cause in report(UNSERVED, CHECKS).root_causes if cause.check.code == "MC908")

    assert cause.finding.text.startswith(
        "The sidecar of deployment/store in cluster2 cannot connect to its application"
    )
    assert "targetPort" in str(cause.finding.advice)


def test_services_of_connections_are_looked_at_since_their_clients_notice_nothing() -> None:
    def declared(service: Service) -> Service:
        ports = tuple(replace(port, name="tcp-main") for port in service.ports)
        return replace(service, ports=ports) if service.full_name == "ledger.bank" else service

    of_tcp = changed(UNSERVED, RESOURCES, "cluster2", each(declared, "services"))

    assert of_connections(View(UNSERVED), "cluster2") == ()
    assert of_connections(View(of_tcp), "cluster2") == ("ledger.bank",)
