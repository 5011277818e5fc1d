"""The Secret `cacerts` has every file under the name that istiod looks for.

They are `ca-cert.pem`, `ca-key.pem`, `root-cert.pem` and `cert-chain.pem`, or in a Secret of type kubernetes.io/tls
`tls.crt`, `tls.key` and `ca.crt`. istiod 1.26 and newer exits where one is missing; older ones silently generated a
root of their own.

Fix: create the Secret again with all files under these names, and restart istiod.

Source: Istio 1.31 `pilot/pkg/bootstrap/istio_ca.go`: "incomplete signing CA bundle detected".
"""

from collections.abc import Iterator

from kubectl_mcdiag.checks.contract import Check, Finding, Scope, Unit
from kubectl_mcdiag.checks.message import say
from kubectl_mcdiag.checks.trust.fixes import replace_authority
from kubectl_mcdiag.checks.trust.proof import crash_shown, keys_shown
from kubectl_mcdiag.mesh.trust.plugged_ca import PLUGGED, TLS, harm, plugged_ca
from kubectl_mcdiag.mesh.view import View

PROBLEM = "cacerts of {context} has no {missing}"
DETAIL = "istiod treats that as an incomplete CA and does not start."
INSTEAD = DETAIL + " The Secret has {names}, which istiod does not look for."
KNOWN = frozenset((*PLUGGED.names, *TLS.names, "ca-crl.pem"))


def run(view: View, context: str) -> Iterator[Finding]:
    """Yield a finding where a file is missing or misnamed."""
    ca = plugged_ca(view, context)
    if not ca.missing:
        return
    strange = tuple(key for key in ca.secret.keys if key not in KNOWN)
    status, pairs = harm(view, context)
    yield Finding(
        status,
        Scope(clusters=(context,), pairs=pairs),
        say(PROBLEM, context=context, missing=ca.missing),
        (keys_shown(view, context, *ca.secret.keys), *crash_shown(view, context)),
        replace_authority(view, context),
        say(INSTEAD, names=strange) if strange else say(DETAIL),
    )


CHECK = Check(
    "MC210",
    "cacerts has every file under the name that istiod looks for",
    Unit.CLUSTER,
    run,
    rows=("A10",),
)
