"""All istiods give services one domain.

istiod appends its `--domain` (`cluster.local`) to the name of every Service, of remote clusters as well. Where two
istiods have different ones, a call that crosses networks asks the gateway for a host that the gateway does not have
(`…svc.one.local` at `…svc.two.local`), and is closed without an answer.

Fix: set one `--domain` for all istiods (`global.proxy.clusterDomain` of the installation) and restart istiod,
gateways and workloads.

Source: Istio 1.31, SNI of `AUTO_PASSTHROUGH`; what each istiod has learnt shows its domain. Catalogue C7.
"""

from collections.abc import Iterator

from kubectl_mcdiag.checks.contract import Check, Evidence, Finding, Scope, Symptom, Unit
from kubectl_mcdiag.checks.message import listed, say
from kubectl_mcdiag.checks.remedies import asked
from kubectl_mcdiag.evidence.commands import ENDPOINT_SHARDS
from kubectl_mcdiag.mesh.access.identity import control_planes, istiods
from kubectl_mcdiag.mesh.access.majority import odd
from kubectl_mcdiag.mesh.access.membership import domain
from kubectl_mcdiag.mesh.model import Pair, Status
from kubectl_mcdiag.mesh.view import View

PROBLEM = (
    "istiod of {odd} gives services the domain {mine}, that of {usual} {theirs}: what one calls, the other does not"
    " have."
)
ADVICE = (
    "Set the domain {wanted} in the installation of {plane} (`--domain` of istiod, `global.proxy.clusterDomain`), then"
    " restart istiod and the workloads there."
)


def run(view: View, pair: Pair) -> Iterator[Finding]:
    """Yield a failure where the control planes of two clusters have different domains."""
    found = odd(view, pair, lambda context: domain(view, control_planes(view, context)[0]))
    if not found:
        return
    plane, usual = (control_planes(view, context)[0] for context in (found.one, found.usual[0]))
    mine, theirs = domain(view, plane), domain(view, usual)
    yield Finding(
        Status.FAIL,
        Scope(clusters=(usual, plane), pairs=(pair,)),
        PROBLEM.format(odd=listed(found.alike), mine=mine, usual=listed(found.usual), theirs=theirs),
        (_shown(view, usual, theirs), _shown(view, plane, mine)),
        advice=say(ADVICE, plane=plane, wanted=theirs),
    )


def _shown(view: View, plane: str, found: str) -> Evidence:
    pod = istiods(view, plane)[0]
    return asked(view, ENDPOINT_SHARDS, plane, pod.full_name, f'"kubernetes.default.svc.{found}": …')


CHECK = Check(
    "MC116",
    "all istiods give services one domain",
    Unit.PAIR,
    run,
    leads_to=(Symptom.NOT_LEARNT, Symptom.NOT_GIVEN, Symptom.NO_CONNECTION),
    rows=("C7",),
)
