"""Every certificate from a cluster's CA up to its root is valid, and stays so for 30 days.

A CA that has expired, or whose time has not come, signs nothing: an istiod that starts with it ends at once, and what
it signed before is refused by every peer, in its own cluster as well. Proxies go on with what they have, for up to 24
hours; that is how an expired CA shows first as a few calls that fail.

To mend it: issue the CA anew from the same root, put it into `cacerts` and restart istiod. Where the root itself is to
expire, every cluster needs both roots in `root-cert.pem` before the first one gets a CA of the new root.

Source: Istio 1.31 `security/pkg/pki/util/keycertbundle.go`; istiod says "certificate has expired or is not yet valid".
Catalogue A6.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from kubectl_mcdiag.checks.contract import Check, Finding, Scope, Symptom, Unit
from kubectl_mcdiag.checks.remedies import certificate_shown, crash_shown
from kubectl_mcdiag.checks.trust.fixes import replace_authority
from kubectl_mcdiag.evidence.parsers.certificates import Certificate
from kubectl_mcdiag.mesh.access.control_plane import calls_with, is_down
from kubectl_mcdiag.mesh.access.identity import istiods
from kubectl_mcdiag.mesh.model import Pair, Status
from kubectl_mcdiag.mesh.trust.plugged_ca import PluggedCa, harm, path, plugged_ca, signing_harm
from kubectl_mcdiag.mesh.view import View

PROBLEM = "The {what} of {context} ({subject}, SHA-256 {short}…) {when}{effect}."
EXPIRED, EARLY, SOON = "expired on {date}", "is not valid before {date}", "expires on {date}, in {days} days"
DOWN, RUNNING = ": its istiod cannot start with it", ": what it signs is refused"
LATER = ": its istiod will not start again with it"
SOON_ENOUGH = timedelta(days=30)


def run(view: View, context: str) -> Iterator[Finding]:
    """Yield a finding for each certificate on the way to the root whose time is over, not come, or nearly over."""
    ca, now = plugged_ca(view, context), view.snapshot.taken_at
    for certificate in path(ca):
        if when := _told(certificate, now):
            invalid = not certificate.not_before <= now < certificate.not_after
            status, pairs = _harm(view, context, ca) if invalid else (Status.WARN, calls_with(view, context))
            effect = _effect(view, context, status) if invalid else ""
            text = PROBLEM.format(
                what="root certificate" if certificate in ca.roots else "CA certificate",
                context=context,
                subject=certificate.subject,
                short=certificate.short,
                when=when,
                effect=effect,
            )
            yield Finding(
                status,
                Scope(clusters=(context,), pairs=pairs),
                text,
                (
                    certificate_shown(view, context, _key(ca, certificate), *_dates(certificate)),
                    *(crash_shown(view, context) if invalid else ()),
                ),
                replace_authority(view, context),
            )


def _told(certificate: Certificate, now: datetime) -> str:
    if now >= certificate.not_after:
        return EXPIRED.format(date=_date(certificate.not_after))
    if now < certificate.not_before:
        return EARLY.format(date=_date(certificate.not_before))
    left = certificate.not_after - now
    return SOON.format(date=_date(certificate.not_after), days=left.days) if left < SOON_ENOUGH else ""


def _effect(view: View, context: str, status: Status) -> str:
    if is_down(view, context):
        return DOWN
    return RUNNING if status is Status.FAIL else LATER


def _harm(view: View, context: str, ca: PluggedCa) -> tuple[Status, tuple[Pair, ...]]:
    """Tell an istiod that runs on what has expired from one that has not taken it up."""
    taken_up = any(pod.created >= ca.secret.changed for pod in istiods(view, context))
    return (signing_harm if taken_up else harm)(view, context)


def _key(ca: PluggedCa, certificate: Certificate) -> str:
    if certificate == ca.signing:
        return ca.layout.signing
    return ca.layout.roots if certificate in ca.roots else ca.layout.chain


def _dates(certificate: Certificate) -> tuple[str, str]:
    return f"Not Before: {_date(certificate.not_before)}", f"Not After : {_date(certificate.not_after)}"


def _date(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"


CHECK = Check(
    "MC206",
    "every certificate from a cluster's CA to its root is valid, and stays so for 30 days",
    Unit.CLUSTER,
    run,
    leads_to=(Symptom.NO_CONNECTION,),
    rows=("A6",),
)
