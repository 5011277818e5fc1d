"""The certificate plugged in as a CA is one.

A certificate with `CA:FALSE`, such as a server's, cannot sign: istiod exits at once. One that says CA but has a key
usage without `keyCertSign` is worse: istiod starts, and every peer refuses what it signed.

Fix: issue the certificate again with `basicConstraints=CA:TRUE` and `keyUsage=keyCertSign,cRLSign`, put it into
`cacerts` and restart istiod.

Source: Istio 1.31 `security/pkg/pki/ca/ca.go`: "certificate is not authorized to sign other certificates".
"""

from collections.abc import Iterator

from kubectl_mcdiag.checks.contract import Check, Finding, Scope, Symptom, Unit
from kubectl_mcdiag.checks.message import say
from kubectl_mcdiag.checks.trust.fixes import replace_authority
from kubectl_mcdiag.checks.trust.proof import certificates_shown, crash_shown
from kubectl_mcdiag.mesh.trust.plugged_ca import harm, plugged_ca, signing_harm
from kubectl_mcdiag.mesh.view import View

NO_AUTHORITY = "The certificate in cacerts of {context} is not a CA certificate (CA:FALSE)"
NO_SIGNING = "The CA certificate in cacerts of {context} has a key usage without keyCertSign"
ENDS = "{subject} in {key}: istiod does not start with it."
REFUSED = "{subject} in {key}: istiod starts with it, and every peer refuses what it signs."


def run(view: View, context: str) -> Iterator[Finding]:
    """Yield a finding where the signing certificate may not sign."""
    ca = plugged_ca(view, context)
    found = ca.signing
    if found is None or (found.is_authority and found.may_sign):
        return
    status, pairs = (signing_harm if found.is_authority else harm)(view, context)
    problem, detail = (NO_SIGNING, REFUSED) if found.is_authority else (NO_AUTHORITY, ENDS)
    line = "X509v3 Key Usage: (without Certificate Sign)" if found.is_authority else "CA:FALSE"
    yield Finding(
        status,
        Scope(clusters=(context,), pairs=pairs),
        say(problem, context=context),
        (certificates_shown(view, context, ca.layout.signing, line), *crash_shown(view, context)),
        replace_authority(view, context),
        say(detail, subject=found.subject, key=ca.layout.signing),
    )


CHECK = Check(
    "MC207",
    "the certificate plugged in as a CA is one",
    Unit.CLUSTER,
    run,
    leads_to=(Symptom.NO_CONNECTION,),
    rows=("A7",),
)
