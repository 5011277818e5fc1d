"""Any two clusters have a root certificate in common.

Workloads trust what istiod publishes in the ConfigMap `istio-ca-root-cert`. Where two clusters share none of these
roots, every call between them fails in the TLS handshake, in both directions, while local calls work. Certificates are
compared by SHA-256 fingerprint, as sets: bundles in another order or with other white space are equal, and a rotation
with old and new root side by side is healthy.

Fix: issue the intermediate CA of the odd cluster from the root of the others.

Source: Istio, "Troubleshooting Multicluster", which compares texts of the Secrets and can be wrong in both directions;
istio/istio#39987.
"""

from collections.abc import Iterator

from kubectl_mcdiag.checks.contract import Check, Finding, Scope, Symptom, Unit
from kubectl_mcdiag.checks.message import NOTHING, say
from kubectl_mcdiag.checks.trust.fixes import plug_in
from kubectl_mcdiag.checks.trust.proof import roots_shown
from kubectl_mcdiag.mesh.access.identity import control_planes
from kubectl_mcdiag.mesh.model import Pair, Status
from kubectl_mcdiag.mesh.trust.roots import alike, odd_one, roots, share_a_root
from kubectl_mcdiag.mesh.view import View, ask

PROBLEM = "{wrong} and {others} have no root certificate in common"
DETAIL = "The root of {wrong} is {mine} (SHA-256), that of {others} {theirs}: neither trusts the other."
ADVICE = (
    "Put a CA that is issued from the root of {others} into cacerts of {wrong} (Istio: Plug in CA Certificates), keep a"
    " copy of the one before, and restart istiod, gateways and workloads, in that order."
)


def run(view: View, pair: Pair) -> Iterator[Finding]:
    """Yield a failure where two clusters share no root in force."""
    if share_a_root(view, pair.source, pair.destination):
        return
    wrong, other = odd_one(view, pair.source, pair.destination)
    others, fix = alike(view, other, wrong), ask(lambda: plug_in(view, control_planes(view, wrong)[0], wrong)) or ()
    yield Finding(
        Status.FAIL,
        Scope(clusters=(wrong,), pairs=(pair,)),
        say(PROBLEM, wrong=wrong, others=others),
        tuple(roots_shown(view, context) for context in (wrong, other)),
        fix,
        say(DETAIL, wrong=wrong, others=others, mine=_short(view, wrong), theirs=_short(view, other)),
        NOTHING if fix else say(ADVICE, wrong=wrong, others=others),
    )


def _short(view: View, context: str) -> tuple[str, ...]:
    return tuple(certificate.short for certificate in roots(view, context))


CHECK = Check(
    "MC201",
    "any two clusters have a root certificate in common",
    Unit.PAIR,
    run,
    caused_by=("MC213", "MC212", "MC211", "MC204", "MC203", "MC202"),
    leads_to=(Symptom.NO_CONNECTION,),
    rows=("A2",),
    guide="T3",
)
