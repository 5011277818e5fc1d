"""Clusters whose certificates come from different authorities trust each other's roots.

istio-csr, SPIRE, Vault or the CA of Kubernetes may sign instead of istiod: `cacerts` is then not used. Where one
cluster does so, or each has its own authority, no call between them passes the TLS handshake.

Fix: let both sign under one root, or give each the other's root: `meshConfig.caCertificates`, with
ISTIO_MULTIROOT_MESH=true in istiod's environment.

Source: Istio 1.31 `pilot/pkg/bootstrap/istio_ca.go` (EXTERNAL_CA), `pilot/cmd/pilot-agent/options` (CA_ADDR).
"""

from collections.abc import Iterator

from kubectl_mcdiag.checks.contract import Check, Finding, Scope, Symptom, Unit
from kubectl_mcdiag.checks.message import say
from kubectl_mcdiag.checks.trust.proof import roots_shown
from kubectl_mcdiag.mesh.model import Pair, Status
from kubectl_mcdiag.mesh.trust.roots import external, roots, share_a_root
from kubectl_mcdiag.mesh.view import View, known

PROBLEM = "Certificates of {context} come from {signer}, and {others} {others:does|do} not trust its root"
DETAIL = "The root of {context} is {root}, that of {others} {their_root} ({their_signer}): neither trusts the other."
ADVICE = (
    "Have both sign under one root. Or give each the root of the other: add it to `meshConfig.caCertificates`, and"
    " ISTIO_MULTIROOT_MESH=true to istiod's environment (`pilot.env`), in the installations of {context} and of"
    " {others}; then restart the workloads. ConfigMap istio-ca-root-cert holds the root of each cluster."
)


def run(view: View, pair: Pair) -> Iterator[Finding]:
    """Yield a failure where roots differ and something else than istiod signs in one of the clusters."""
    if share_a_root(view, pair.source, pair.destination):
        return
    for context, other in ((pair.source, pair.destination), (pair.destination, pair.source)):
        (signer, root), (their_signer, their_root) = _signing(view, context), _signing(view, other)
        if signer:
            others = _alike(view, context, other)
            yield Finding(
                Status.FAIL,
                Scope(clusters=(context,), pairs=(pair,)),
                say(PROBLEM, context=context, signer=signer, others=others),
                tuple(roots_shown(view, one) for one in (context, other)),
                detail=say(
                    DETAIL,
                    context=context,
                    root=root,
                    others=others,
                    their_signer=their_signer or "istiod",
                    their_root=their_root,
                ),
                advice=say(ADVICE, context=context, others=others),
            )


def _signing(view: View, context: str) -> tuple[str, str]:
    """Return what signs in istiod's place, if anything, and the root it signs under."""
    return external(view, context), roots(view, context)[0].short


def _alike(view: View, context: str, other: str) -> tuple[str, ...]:
    """Return the clusters that are apart from `context` as `other` is: by the same signer and root."""
    found = known(view, lambda one: (_signing(view, one), share_a_root(view, context, one)))
    return tuple(one for one, signing in found.items() if signing == found[other])


CHECK = Check(
    "MC213",
    "clusters with different authorities trust each other's roots",
    Unit.PAIR,
    run,
    leads_to=(Symptom.NO_CONNECTION,),
    rows=("A13",),
)
