"""The CA's key belongs to its certificate.

Where the certificate was issued again and the old key stayed beside it, or the files of two clusters were mixed up,
istiod exits at once. mcdiag never reads the key: istiod's last log line is the proof.

Fix: put key and certificate of one pair into `cacerts` and restart istiod.

Source: Istio 1.31 `security/pkg/pki/util/keycertbundle.go`: "the cert does not match the key".
"""

from collections.abc import Iterator

from kubectl_mcdiag.checks.contract import Check, Finding, Scope, Unit
from kubectl_mcdiag.checks.message import say
from kubectl_mcdiag.checks.trust.fixes import replace_authority
from kubectl_mcdiag.checks.trust.proof import crash_shown, names_shown
from kubectl_mcdiag.mesh.access.control_plane import crash
from kubectl_mcdiag.mesh.trust.plugged_ca import harm, plugged_ca
from kubectl_mcdiag.mesh.view import View

PROBLEM = "The key in cacerts of {context} is not that of its CA certificate"
DETAIL = "{key} does not belong to {subject} in {signing}: istiod exits at startup."
LOGGED = "the cert does not match the key"


def run(view: View, context: str) -> Iterator[Finding]:
    """Yield a finding where istiod ended because key and certificate differ."""
    ca = plugged_ca(view, context)
    if ca.signing is None or LOGGED not in crash(view, context):
        return
    status, pairs = harm(view, context)
    yield Finding(
        status,
        Scope(clusters=(context,), pairs=pairs),
        say(PROBLEM, context=context),
        (
            *crash_shown(view, context),
            names_shown(view, context, ca.layout.signing, f"subject={ca.signing.subject}"),
        ),
        replace_authority(view, context),
        say(DETAIL, key=ca.layout.key, subject=ca.signing.subject, signing=ca.layout.signing),
    )


CHECK = Check(
    "MC209",
    "the CA's key belongs to its certificate",
    Unit.CLUSTER,
    run,
    rows=("A9",),
)
