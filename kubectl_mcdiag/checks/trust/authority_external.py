"""Clusters whose certificates come from different authorities trust each other's roots.

istio-csr, SPIRE, Vault or the CA of Kubernetes may sign in istiod's place: `cacerts` is then not used. Where this is so
in one cluster only, or each has an authority of its own, no call between them passes the TLS handshake.

To mend it: let both sign under one root, or give each the other's root: `meshConfig.caCertificates`, with
ISTIO_MULTIROOT_MESH=true in istiod's environment.

Source: Istio 1.31 `pilot/pkg/bootstrap/istio_ca.go` (EXTERNAL_CA), `pilot/cmd/pilot-agent/options` (CA_ADDR).
Catalogue A13.
"""

from collections.abc import Iterator

from kubectl_mcdiag.checks.contract import Check, Evidence, Finding, Kind, Scope, Step, Symptom, Unit
from kubectl_mcdiag.checks.message import listed
from kubectl_mcdiag.checks.remedies import istioctl, shows, system
from kubectl_mcdiag.mesh.access.identity import control_planes
from kubectl_mcdiag.mesh.model import Pair, Status
from kubectl_mcdiag.mesh.trust.roots import ROOTS, external, roots, share_a_root
from kubectl_mcdiag.mesh.view import View, known

PROBLEM = (
    "Certificates of {context} come from {signer}, under root {root}, and those of {others} from {their_signer}, under"
    " root {their_root}: neither trusts the other."
)
WHY = "VALUES: the values that {plane} was installed with, and under meshConfig.caCertificates the root of {other}"


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
                PROBLEM.format(
                    context=context,
                    signer=signer,
                    root=root,
                    others=listed(others),
                    their_signer=their_signer or "istiod",
                    their_root=their_root,
                ),
                tuple(_shown(view, one) for one in (context, other)),
                (_step(view, context, others[0]), *(_step(view, one, context) for one in others)),
            )


def _signing(view: View, context: str) -> tuple[str, str]:
    """Return what signs in istiod's place, if anything, and the root it signs under."""
    return external(view, context), roots(view, context)[0].short


def _alike(view: View, context: str, other: str) -> tuple[str, ...]:
    """Return the clusters that are apart from `context` as `other` is: by the same signer and root."""
    found = known(view, lambda one: (_signing(view, one), share_a_root(view, context, one)))
    return tuple(one for one, signing in found.items() if signing == found[other])


def _shown(view: View, context: str) -> Evidence:
    found = roots(view, context)[0]
    command = system(view, context, "get", "configmap", ROOTS, "-o", "yaml")
    return shows(context, command, f"root-cert.pem: SHA-256 {found.short}…, {found.subject}")


def _step(view: View, context: str, other: str) -> Step:
    plane = control_planes(view, context)[0]
    command = istioctl(view, plane, "install", "--set", "values.pilot.env.ISTIO_MULTIROOT_MESH=true")
    return Step(Kind.NEEDS_INPUT, f'{command} -f "$VALUES"', WHY.format(plane=plane, other=other))


CHECK = Check(
    "MC213",
    "clusters with different authorities trust each other's roots",
    Unit.PAIR,
    run,
    leads_to=(Symptom.NO_CONNECTION,),
    rows=("A13",),
)
