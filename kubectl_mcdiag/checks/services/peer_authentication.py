"""PeerAuthentication does not switch mutual TLS off where calls cross networks.

istiod leaves out of what it gives, for clients as well as for the gateway before them, every endpoint on another
network whose port does not accept mutual TLS. Each istiod goes by the policies in its own cluster: DISABLE in the
client's cluster hides the other cluster's pods, DISABLE in the server's cluster closes its gateway to them. Policies
of the mesh, a namespace, a workload and a port override each other in that order; of two in one scope the older one
applies, and one with a selector in the root namespace is ignored.

Fix: set the mode to PERMISSIVE, which accepts plain text and mutual TLS, or to STRICT.

Source: Istio 1.31 `pilot/pkg/security/authn`, `pilot/pkg/xds/endpoints/mtls_checker.go`.
"""

from collections.abc import Iterator

from kubectl_mcdiag.checks.contract import Check, Finding, Scope, Symptom, Unit
from kubectl_mcdiag.checks.guards import across_networks
from kubectl_mcdiag.checks.message import say
from kubectl_mcdiag.checks.patches import pointer, replaced
from kubectl_mcdiag.checks.proof import object_shown
from kubectl_mcdiag.checks.steps import Action, Object, patch
from kubectl_mcdiag.evidence.parsers.kubernetes.istio_config import PeerAuthentication
from kubectl_mcdiag.mesh.model import Pair, Status
from kubectl_mcdiag.mesh.services.mutual_tls import Refusal, Why, by_policy, refused
from kubectl_mcdiag.mesh.services.policy import root_namespace
from kubectl_mcdiag.mesh.view import View


def run(view: View, pair: Pair) -> Iterator[Finding]:
    """Yield a failure for each policy that leaves a service without endpoints across networks, else a warning."""
    for service, found, is_all in refused(view, pair, Why.PEER):
        for refusal, policy in by_policy(found, PeerAuthentication):
            yield _finding(view, pair, service, refusal, policy, Status.FAIL if is_all else Status.WARN)


def _finding(
    view: View, pair: Pair, service: str, refusal: Refusal, policy: PeerAuthentication, status: Status
) -> Finding:
    plane, target = refusal.plane, Object(refusal.plane, "peerauthentication", policy.name, policy.namespace)
    port = str(refusal.port) if policy.port_modes.get(str(refusal.port)) == "DISABLE" else ""
    path = pointer("spec", "portLevelMtls", port, "mode") if port else pointer("spec", "mtls", "mode")
    why = say("accepts mutual TLS as well as plain text")
    return Finding(
        status,
        Scope(clusters=(plane,), pairs=(pair,), service=service),
        say(
            "PeerAuthentication {name} in {plane} switches mutual TLS off for {what}",
            name=policy.full_name,
            plane=plane,
            what=_reach(view, plane, policy, port),
        ),
        (object_shown(view, target, *_lines(port)),),
        (patch(view, Action.TAKE_MUTUAL_TLS, target, replaced(path, "DISABLE", "PERMISSIVE"), why),),
        detail=say(
            "Without mutual TLS no call to {service} crosses to another network: its gateway has no endpoint.",
            service=service,
        ),
    )


def _lines(port: str) -> tuple[str, ...]:
    return ("portLevelMtls:", f'  "{port}":', "    mode: DISABLE") if port else ("mtls:", "  mode: DISABLE")


def _reach(view: View, plane: str, policy: PeerAuthentication, port: str) -> str:
    labels = ",".join(f"{key}={value}" for key, value in policy.selector.items())
    if labels:
        return f"{f'port {port} of ' if port else ''}pods with {labels}"
    return "the whole mesh" if policy.namespace == root_namespace(view, plane) else f"namespace {policy.namespace}"


CHECK = Check(
    "MC513",
    "PeerAuthentication does not switch mutual TLS off where calls cross networks",
    Unit.PAIR,
    run,
    guards=(across_networks,),
    leads_to=(Symptom.NOT_GIVEN, Symptom.NO_CONNECTION, Symptom.NOT_ADMITTED),
    rows=("D9",),
    guide="T4",
)
