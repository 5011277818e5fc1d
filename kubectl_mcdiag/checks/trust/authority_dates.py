"""Every certificate from a cluster's CA up to its root is valid, and stays so for 30 days.

A CA that has expired, or is not valid yet, cannot sign: an istiod that starts with it exits at once, and what it
signed before is refused by every peer, in its own cluster as well. Proxies keep the certificates that they have for up
to 24 hours, so that an expired CA first shows as a few failing calls.

Fix: issue the CA again from the same root, put it into `cacerts` and restart istiod. Where the root itself expires,
every cluster needs both roots in `root-cert.pem` before the first one gets a CA of the new root.

Source: Istio 1.31 `security/pkg/pki/util/keycertbundle.go`; istiod says "certificate has expired or is not yet valid".
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from kubectl_mcdiag.checks.contract import Check, Evidence, Finding, Scope, Symptom, Unit
from kubectl_mcdiag.checks.message import NOTHING, Message, say
from kubectl_mcdiag.checks.trust.fixes import replace_authority
from kubectl_mcdiag.checks.trust.proof import certificates_shown, crash_shown, dated
from kubectl_mcdiag.evidence.parsers.certificates import Certificate
from kubectl_mcdiag.mesh.access.control_plane import calls_with, is_down
from kubectl_mcdiag.mesh.access.identity import istiods
from kubectl_mcdiag.mesh.model import Pair, Status
from kubectl_mcdiag.mesh.trust.plugged_ca import PluggedCa, harm, path, plugged_ca, signing_harm
from kubectl_mcdiag.mesh.view import View

EXPIRED = "The {what} of {context} expired on {date}"
EARLY = "The {what} of {context} is not valid before {date}"
SOON = "The {what} of {context} expires on {date}, in {days} {days:day|days}"
NAMED = "It is {subject} (SHA-256 {short}). "
DOWN, RUNNING = NAMED + "istiod cannot start with it.", NAMED + "Peers refuse what it signs."
LATER = NAMED + "istiod will not start again with it."
THEN = NAMED + "From then on peers refuse what it signs, and istiod does not start."
ROOT_ADVICE = (
    "Have a new root issued by whoever holds the root's key, and put it beside the old one into root-cert.pem of"
    " cacerts in every cluster; restart istiod and the workloads everywhere, and only then issue CAs from the new root."
)
SOON_ENOUGH = timedelta(days=30)


def run(view: View, context: str) -> Iterator[Finding]:
    """Yield a finding for each certificate up to the root that has expired, will soon, or is not valid yet."""
    ca, now = plugged_ca(view, context), view.snapshot.taken_at
    for certificate in path(ca):
        what = "root certificate" if certificate in ca.roots else "CA certificate"
        if problem := _problem(context, certificate, what, now):
            yield _finding(view, context, ca, certificate, problem)


def _finding(view: View, context: str, ca: PluggedCa, certificate: Certificate, problem: Message) -> Finding:
    is_root = certificate in ca.roots
    invalid = not certificate.not_before <= view.snapshot.taken_at < certificate.not_after
    status, pairs = _harm(view, context, ca) if invalid else (Status.WARN, calls_with(view, context))
    detail = _effect(view, context, status) if invalid else THEN
    return Finding(
        status,
        Scope(clusters=(context,), pairs=pairs),
        problem,
        _shown(view, context, ca, certificate, invalid),
        () if is_root else replace_authority(view, context),
        say(detail, subject=certificate.subject, short=certificate.short),
        say(ROOT_ADVICE) if is_root else NOTHING,
    )


def _problem(context: str, certificate: Certificate, what: str, now: datetime) -> Message:
    if now >= certificate.not_after:
        return say(EXPIRED, what=what, context=context, date=_date(certificate.not_after))
    if now < certificate.not_before:
        return say(EARLY, what=what, context=context, date=_date(certificate.not_before))
    left = certificate.not_after - now
    if left >= SOON_ENOUGH:
        return NOTHING
    return say(SOON, what=what, context=context, date=_date(certificate.not_after), days=left.days)


def _effect(view: View, context: str, status: Status) -> str:
    if is_down(view, context):
        return DOWN
    return RUNNING if status is Status.FAIL else LATER


def _harm(view: View, context: str, ca: PluggedCa) -> tuple[Status, tuple[Pair, ...]]:
    """Tell an istiod that runs on what has expired from one that has not taken it up."""
    taken_up = any(pod.created >= ca.secret.changed for pod in istiods(view, context))
    return (signing_harm if taken_up else harm)(view, context)


def _shown(view: View, context: str, ca: PluggedCa, certificate: Certificate, invalid: bool) -> tuple[Evidence, ...]:
    found = certificates_shown(view, context, _key(ca, certificate), *dated(certificate))
    return (found, *(crash_shown(view, context) if invalid else ()))


def _key(ca: PluggedCa, certificate: Certificate) -> str:
    if certificate == ca.signing:
        return ca.layout.signing
    return ca.layout.roots if certificate in ca.roots else ca.layout.chain


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
