"""PeerAuthentication does not switch mutual TLS off where calls cross networks.

istiod leaves out of what it gives, for clients as well as for the gateway before them, every endpoint on another
network whose port does not take mutual TLS. Each istiod goes by the policies in its own cluster: DISABLE in the
client's cluster hides the other cluster's pods, DISABLE in the server's cluster closes its gateway to them.
Policies of the mesh, a namespace, a workload and a port overrule each other in that order.

To mend it: set the mode to PERMISSIVE, which takes plain text and mutual TLS, or to STRICT.

Source: Istio 1.31 `pilot/pkg/security/authn`, `pilot/pkg/xds/endpoints/mtls_checker.go`. Catalogue D9.
"""

from collections.abc import Iterator

from kubectl_mcdiag.checks.contract import Check, Finding, Scope, Symptom, Unit
from kubectl_mcdiag.checks.remedies import kubectl, merge_patch, shows
from kubectl_mcdiag.errors import NotApplicable
from kubectl_mcdiag.evidence.parsers.kubernetes.istio_config import PeerAuthentication
from kubectl_mcdiag.mesh.access.identity import crosses_networks
from kubectl_mcdiag.mesh.model import Pair, Status
from kubectl_mcdiag.mesh.services.mutual_tls import Refusal, Why, by_policy, refused
from kubectl_mcdiag.mesh.services.policy import root_namespace
from kubectl_mcdiag.mesh.view import View

PROBLEM = (
    "{service}: PeerAuthentication {name} in {plane} switches mutual TLS off for {what}, and without it no call crosses"
    " to another network."
)
WHY = "takes mutual TLS again, and plain text as before"


def run(view: View, pair: Pair) -> Iterator[Finding]:
    """Yield a failure for each policy that leaves a service without endpoints across networks, else a warning."""
    if not crosses_networks(view, pair.source, pair.destination):
        raise NotApplicable(f"{pair.source} and {pair.destination} are on one network")
    for service, found, is_all in refused(view, pair, Why.PEER):
        for refusal, policy in by_policy(found, PeerAuthentication):
            yield _finding(view, pair, service, refusal, policy, Status.FAIL if is_all else Status.WARN)


def _finding(
    view: View, pair: Pair, service: str, refusal: Refusal, policy: PeerAuthentication, status: Status
) -> Finding:
    plane, where = refusal.plane, ("-n", policy.namespace)
    port = str(refusal.port) if policy.port_modes.get(str(refusal.port)) == "DISABLE" else ""
    spec = {"portLevelMtls": {port: {"mode": "PERMISSIVE"}}} if port else {"mtls": {"mode": "PERMISSIVE"}}
    return Finding(
        status,
        Scope(clusters=(plane,), pairs=(pair,), service=service),
        PROBLEM.format(service=service, name=policy.full_name, plane=plane, what=_reach(view, plane, policy, port)),
        (
            shows(
                plane,
                kubectl(view, plane, *where, "get", "peerauthentication", policy.name, "-o", "yaml"),
                *((f"portLevelMtls: {port}:",) if port else ("mtls:",)),
                "  mode: DISABLE",
            ),
        ),
        (merge_patch(view, plane, policy.namespace, "peerauthentication", policy.name, {"spec": spec}, WHY),),
    )


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
    leads_to=(Symptom.NOT_GIVEN, Symptom.NO_CONNECTION),
    rows=("D9",),
    guide="T4",
)
