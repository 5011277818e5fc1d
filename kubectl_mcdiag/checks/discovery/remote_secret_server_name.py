"""The certificate of each API server is valid for the name or address that its remote secret calls.

An address that was added later, a DNS name of one's own or a NAT address is often missing in the certificate. It is
refused although the CA is right; a `tls-server-name` in the kubeconfig decides which name is looked for.

Fix: make a new secret with `--server` set to a name in the certificate, or keep the address and add
`--tls-server-name` (istioctl 1.26 and newer) with such a name.

Source: istiod logs "x509: certificate is valid for …, not …".
"""

from collections.abc import Iterator

from kubectl_mcdiag.checks.contract import Check, Finding, Unit
from kubectl_mcdiag.checks.discovery.refusals import LEADS_TO, refusals
from kubectl_mcdiag.mesh.discovery.read_failures import ReadFailure
from kubectl_mcdiag.mesh.model import Pair
from kubectl_mcdiag.mesh.view import View

PROBLEM = "The certificate of {context}'s API server is not valid for the address that {holder} uses"
DETAIL = "Remote secret {secret} has the server {server}: {why}."


def run(view: View, pair: Pair) -> Iterator[Finding]:
    """Yield a failure where the certificate of the destination's API server is for other names."""
    return refusals(view, pair, ReadFailure.SERVER_NAME, PROBLEM, DETAIL)


CHECK = Check(
    "MC312",
    "each API server's certificate is for the name in its remote secret",
    Unit.PAIR,
    run,
    leads_to=LEADS_TO,
    rows=("B11",),
    guide="T4a",
)
