"""The CA's chain leads to the root beside it.

istiod verifies `ca-cert.pem` through `cert-chain.pem` up to `root-cert.pem` when it starts, and ends where the chain
breaks: a file of another CA, an intermediate left out, a root that was replaced alone. Signatures decide, not names.

To mend it: put the files of one CA together: its certificate, every intermediate above it, and the root that signed
the topmost; put them into `cacerts` and restart istiod.

Source: Istio 1.31 `security/pkg/pki/util/keycertbundle.go`: "cannot verify the cert with the provided root chain and
cert pool with error: x509: certificate signed by unknown authority". Catalogue A8.
"""

from collections.abc import Iterator

from kubectl_mcdiag.checks.contract import Check, Finding, Scope, Unit
from kubectl_mcdiag.checks.remedies import certificate_shown, crash_shown
from kubectl_mcdiag.checks.trust.fixes import replace_authority
from kubectl_mcdiag.mesh.trust.plugged_ca import harm, path, plugged_ca
from kubectl_mcdiag.mesh.view import View

PROBLEM = (
    "The CA certificate of {context} ({subject}) was signed by {issuer}, and no certificate in {chain} or {roots} of"
    " its cacerts made that signature: it does not lead to the root {root}."
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
        PROBLEM.format(
            context=context,
            subject=ca.signing.subject,
            issuer=ca.signing.issuer,
            chain=ca.layout.chain,
            roots=ca.layout.roots,
            root=", ".join(f"{root.subject} (SHA-256 {root.short}…)" for root in ca.roots),
        ),
        (
            certificate_shown(view, context, ca.layout.signing, f"Issuer: {ca.signing.issuer}"),
            certificate_shown(view, context, ca.layout.roots, *(f"Subject: {root.subject}" for root in ca.roots)),
            *crash_shown(view, context),
        ),
        replace_authority(view, context),
    )


CHECK = Check(
    "MC208",
    "the CA's chain leads to the root beside it",
    Unit.CLUSTER,
    run,
    rows=("A8",),
)
