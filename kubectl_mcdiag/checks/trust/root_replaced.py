"""The root in `cacerts` is the one that istiod signs with.

istiod picks up a new intermediate while it runs, but refuses a new root: replacing `cacerts` by one of another root
changes nothing until istiod is restarted. Clusters that were restarted then no longer trust those that were not; where
none was, the next restart, for whatever reason, breaks what works now.

Fix: restart istiod, the gateways and the workloads of every cluster that has the new root. Where only this
cluster has it, put a CA of the common root back. A rotation without a gap ships both roots in `root-cert.pem` first.

Source: Istio 1.31 `pilot/pkg/bootstrap/istio_ca.go`: "Multi root is disabled, updating new ROOT-CA not supported".
"""

from collections.abc import Iterator

from kubectl_mcdiag.checks.contract import Check, Finding, Scope, Symptom, Unit
from kubectl_mcdiag.checks.fixes import restart_istiod, restart_proxies
from kubectl_mcdiag.checks.message import say
from kubectl_mcdiag.checks.steps import Step
from kubectl_mcdiag.checks.trust.fixes import replace_authority
from kubectl_mcdiag.checks.trust.proof import plugged_shown, roots_shown
from kubectl_mcdiag.evidence.parsers.certificates import Certificate
from kubectl_mcdiag.mesh.access.identity import control_planes, istiods
from kubectl_mcdiag.mesh.model import Pair, Status
from kubectl_mcdiag.mesh.trust.roots import fingerprints, ignored, is_self_signed, roots, share_a_root, sharing
from kubectl_mcdiag.mesh.view import View

PROBLEM = "istiod of {plane} does not sign with the new root in cacerts"
REPLACED = "The root there was replaced by {new}; istiod, not restarted since, still signs with {used}"
BROKEN = REPLACED + ", which {others} {others:does|do} not trust any more."
FRAGILE = REPLACED + ". Its next restart puts {new} in force, which {others} {others:does|do} not trust."
WHY_ISTIOD = say("istiod takes a new root when it starts")
WHY_WORKLOADS = say("proxies keep the old root for up to 24 hours")


def run(view: View, pair: Pair) -> Iterator[Finding]:
    """Yield a finding for each end whose istiod goes on with the root before."""
    for context in (pair.source, pair.destination):
        unused = ignored(view, context)
        if unused and istiods(view, control_planes(view, context)[0]) and not is_self_signed(view, context):
            yield _finding(view, context, pair, unused)


def _finding(view: View, context: str, pair: Pair, unused: tuple[Certificate, ...]) -> Finding:
    plane, used, works = control_planes(view, context)[0], roots(view, context)[0], share_a_root(view, *_both(pair))
    others = sharing(view, context, root=works)
    return Finding(
        Status.WARN if works else Status.FAIL,
        Scope(clusters=(plane,), pairs=(pair,)),
        say(PROBLEM, plane=plane),
        (plugged_shown(view, plane, unused[0]), roots_shown(view, context)),
        _fix(view, plane, context, any(fingerprints(unused) & fingerprints(roots(view, other)) for other in others)),
        say(FRAGILE if works else BROKEN, new=unused[0].short, used=used.short, others=others),
    )


def _both(pair: Pair) -> tuple[str, str]:
    return pair.source, pair.destination


def _fix(view: View, plane: str, context: str, is_common: bool) -> tuple[Step, ...]:
    """Finish the rotation where the other cluster has the new root, else undo it."""
    if not is_common:
        return replace_authority(view, plane)
    return restart_istiod(view, plane, WHY_ISTIOD) + restart_proxies(view, context, WHY_WORKLOADS)


CHECK = Check(
    "MC204",
    "the root in cacerts is the one that istiod signs with",
    Unit.PAIR,
    run,
    leads_to=(Symptom.NO_CONNECTION,),
    rows=("A4",),
)
