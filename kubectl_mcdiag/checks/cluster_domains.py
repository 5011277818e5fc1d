"""All istiods give services one domain.

istiod appends its `--domain` (`cluster.local`) to the name of every Service, of remote clusters as well. Where two
istiods have different ones, a call that crosses networks asks the gateway for a host that the gateway does not have
(`…svc.one.local` at `…svc.two.local`), and is closed without an answer.

To mend it: set one `--domain` for all istiods (`global.proxy.clusterDomain` of the installation) and restart istiod,
gateways and workloads.

Source: Istio 1.31, SNI of `AUTO_PASSTHROUGH`; what each istiod has learnt shows its domain. Catalogue C7.
"""

from collections.abc import Iterator

from kubectl_mcdiag.commands import ENDPOINT_SHARDS, PODS, RESOURCES
from kubectl_mcdiag.facts.identity import control_planes, istiods
from kubectl_mcdiag.facts.membership import domain
from kubectl_mcdiag.facts.view import View
from kubectl_mcdiag.findings import Check, Evidence, Finding, Kind, Pair, Scope, Status, Step, Symptom, Unit
from kubectl_mcdiag.remedies import asked, owner, restart_workloads, system

PROBLEM = (
    "istiod of {one} gives services the domain {mine}, that of {other} {theirs}: what one calls, the other does not"
    " have."
)
WHY = "gives services the domain {wanted} in {plane} as well; correct your installation's values, too"
WHY_RESTART = "has the configuration of the other domain"


def run(view: View, pair: Pair) -> Iterator[Finding]:
    """Yield a failure where the control planes of two clusters have different domains."""
    one, other = sorted((pair.source, pair.destination), key=view.contexts.index)
    planes = control_planes(view, one)[0], control_planes(view, other)[0]
    mine, theirs = (domain(view, plane) for plane in planes)
    if not mine or not theirs or mine == theirs:
        return
    yield Finding(
        Status.FAIL,
        Scope(clusters=planes, pairs=(pair,)),
        PROBLEM.format(one=planes[0], mine=mine, other=planes[1], theirs=theirs),
        (_shown(view, planes[0], mine), _shown(view, planes[1], theirs)),
        (*_fix(view, planes[1], mine, theirs), *restart_workloads(view, other, WHY_RESTART)),
    )


def _shown(view: View, plane: str, found: str) -> Evidence:
    pod = istiods(view, plane)[0]
    return asked(view, ENDPOINT_SHARDS, plane, pod.full_name, f'"kubernetes.default.svc.{found}": …')


def _fix(view: View, plane: str, wanted: str, wrong: str) -> Iterator[Step]:
    for name in sorted({owner(pod) for pod in istiods(view, plane)}):
        read = system(view, plane, "get", name, "-o", "yaml")
        edit = f"sed 's/^\\( *- \\){wrong}$/\\1{wanted}/'"
        put = system(view, plane, "replace", "-f", "-")
        yield Step(Kind.DISRUPTIVE, f"{read} | {edit} | {put}", WHY.format(wanted=wanted, plane=plane))
        yield Step(
            Kind.DISRUPTIVE, system(view, plane, "rollout", "status", name, "--timeout=180s"), "waits until it is back"
        )


CHECK = Check(
    "MC116",
    "all istiods give services one domain",
    Unit.PAIR,
    run,
    (ENDPOINT_SHARDS, PODS, RESOURCES),
    leads_to=(Symptom.NOT_LEARNT, Symptom.NOT_GIVEN, Symptom.NO_CONNECTION),
    rows=("C7",),
)
