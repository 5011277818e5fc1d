"""The CA certificate chains up to the root next to it.

istiod verifies `ca-cert.pem` through `cert-chain.pem` up to `root-cert.pem` at startup, and exits where the chain is
broken: a file of another CA, an intermediate left out, a root that was replaced on its own. Signatures decide, not
names.

Fix: put the files of one CA together: its certificate, every intermediate above it, and the root that signed
the topmost; put them into `cacerts` and restart istiod.

Source: Istio 1.31 `security/pkg/pki/util/keycertbundle.go`: "cannot verify the cert with the provided root chain and
cert pool with error: x509: certificate signed by unknown authority".
"""

from collections.abc import Iterator

from kubectl_mcdiag.checks.contract import Check, Finding, Scope, Unit
from kubectl_mcdiag.checks.message import say
from kubectl_mcdiag.checks.trust.fixes import replace_authority
from kubectl_mcdiag.checks.trust.proof import crash_shown, names_shown
from kubectl_mcdiag.mesh.trust.plugged_ca import harm, path, plugged_ca
from kubectl_mcdiag.mesh.view import View

PROBLEM = "The CA certificate in cacerts of {context} is not issued by the root certificate next to it"
DETAIL = (
    "{subject} is issued by {issuer}, which is not in {files}; the root there is {root}. istiod does not start with it."
)


def run(view: View, context: str) -> Iterator[Finding]:
    """Yield a finding where signatures do not lead from the CA to a root."""
    ca = plugged_ca(view, context)
    if ca.signing is None or ca.missing or path(ca):
        return
    status, pairs = harm(view, context)
    yield Finding(
        status,
        Scope(clusters=(context,), pairs=pairs),
        say(PROBLEM, context=context),
        (
            names_shown(view, context, ca.layout.signing, f"issuer={ca.signing.issuer}"),
            names_shown(view, context, ca.layout.roots, *(f"subject={root.subject}" for root in ca.roots[:1])),
            *crash_shown(view, context),
        ),
        replace_authority(view, context),
        say(
            DETAIL,
            subject=ca.signing.subject,
            issuer=ca.signing.issuer,
            files=(ca.layout.chain, ca.layout.roots),
            root=tuple(f"{root.subject} (SHA-256 {root.short})" for root in ca.roots),
        ),
    )


CHECK = Check(
    "MC208",
    "the CA certificate chains up to the root next to it",
    Unit.CLUSTER,
    run,
    rows=("A8",),
)
