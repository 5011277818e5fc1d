"""All istiods give services one domain.

istiod appends its `--domain` (`cluster.local`) to the name of every Service, of remote clusters as well. Where two
istiods have different ones, a call that crosses networks asks the gateway for a host that the gateway does not have
(`…svc.one.local` at `…svc.two.local`), and is closed without an answer.

Fix: set one `--domain` for all istiods (`global.proxy.clusterDomain` of the installation) and restart istiod,
gateways and workloads.

Source: Istio 1.31, SNI of `AUTO_PASSTHROUGH`; `/debug/endpointShardz` shows the domain, by the Service `kubernetes`
that every cluster has.
"""

from collections.abc import Iterator

from kubectl_mcdiag.checks.contract import Check, Evidence, Finding, Scope, Symptom, Unit
from kubectl_mcdiag.checks.message import say
from kubectl_mcdiag.checks.proof import asked
from kubectl_mcdiag.evidence.commands import ENDPOINT_SHARDS
from kubectl_mcdiag.mesh.access.identity import control_planes, istiods
from kubectl_mcdiag.mesh.access.majority import odd
from kubectl_mcdiag.mesh.access.membership import domain
from kubectl_mcdiag.mesh.model import Pair, Status
from kubectl_mcdiag.mesh.view import View

PROBLEM = "istiod of {odd} gives services the domain {mine}, that of {usual} {theirs}"
DETAIL = (
    "A call from one to the other asks the gateway for a host that ends in the caller's domain, which the gateway does"
    " not have, and is closed without an answer."
)
ADVICE = (
    "Set the domain {wanted} in the installation of {plane} (`global.proxy.clusterDomain`, `--domain` of istiod), then"
    " restart istiod, the gateways and the workloads there. To verify, run this check again."
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
        say(PROBLEM, odd=found.alike, mine=mine, usual=found.usual, theirs=theirs),
        (_shown(view, usual, theirs), _shown(view, plane, mine)),
        detail=say(DETAIL),
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
    leads_to=(Symptom.NOT_LEARNED, Symptom.NOT_GIVEN, Symptom.NO_CONNECTION),
    rows=("C7",),
)
