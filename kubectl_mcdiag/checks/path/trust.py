"""The proxies of client and server accept each other's certificate.

Mutual TLS ends at the server's sidecar, through any gateway. Each side has to trust the root that signs for the other,
and the client asks for the identity that istiod has sent it. What both hold is read from their Envoys, where a call
has failed or something alters it.

Fix: if no root cause is named, compare `istioctl proxy-config secret` of both pods; restart the one whose root
is old.

Source: Envoy's secrets `default` and `ROOTCA`, and the TLS context of the client's cluster. Istio, "Troubleshooting
Multicluster".
"""

from collections.abc import Iterator

from kubectl_mcdiag.checks.contract import Check, Finding, NotJudged, Symptom, Unit
from kubectl_mcdiag.checks.path.hops import broken, finding, unseen
from kubectl_mcdiag.mesh.model import Pair
from kubectl_mcdiag.mesh.view import View
from kubectl_mcdiag.path.hop import Kind


def run(view: View, pair: Pair) -> Iterator[Finding | NotJudged]:
    """Yield a failure for each service whose servers and clients do not accept each other."""
    for path, hop in broken(view, pair, Kind.TRUST):
        yield finding(view, path, hop)
    yield from unseen(view, pair, Kind.TRUST)


CHECK = Check(
    "MC906",
    "the proxies of client and server accept each other's certificate",
    Unit.PAIR,
    run,
    symptom=Symptom.NOT_TRUSTED,
    leads_to=(Symptom.NO_CONNECTION, Symptom.NO_ANSWER),
    rows=("A1", "A2"),
    guide="T3",
    is_of_path=True,
)
