"""Proxies with the root of an earlier CA: a cause of their own only where the roots in force agree."""

from dataclasses import replace

from kubectl_mcdiag.checks.trust import proxies_trust, roots_shared
from kubectl_mcdiag.evidence.commands import PROXY_CERTIFICATES
from kubectl_mcdiag.mesh.access.identity import config_map
from kubectl_mcdiag.mesh.model import Pair
from kubectl_mcdiag.mesh.trust.roots import ROOTS
from kubectl_mcdiag.mesh.view import View
from kubectl_mcdiag.verdict.judge import report
from tests.edits import changed, mesh

RULES = [roots_shared.CHECK, proxies_trust.CHECK]


def test_roots_that_differ_explain_proxies_that_kept_the_common_one() -> None:
    """cluster2 was given another root, and some workload there has not been restarted since."""
    apart = mesh("roots-differ")
    common = config_map(View(apart), "cluster1", ROOTS).data["root-cert.pem"]
    kept = changed(apart, PROXY_CERTIFICATES, "cluster2", lambda told: replace(told, roots=common))

    (cause,) = report(kept, RULES).root_causes

    assert cause.check is roots_shared.CHECK
    assert [one.check.code for one in cause.consequences] == ["MC205"]


def test_proxies_alone_are_the_cause_of_all_their_pairs() -> None:
    (cause,) = report(mesh("workloads-old-root"), RULES).root_causes

    assert cause.check is proxies_trust.CHECK
    assert {Pair("cluster1", "cluster2"), Pair("cluster2", "cluster1")} == set(cause.finding.scope.pairs)
