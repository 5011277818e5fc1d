"""The istiods that serve a cluster hold a remote secret for every other cluster.

A remote secret lets istiod read the other cluster's API server. Without it istiod learns nothing of that cluster, and
its proxies know only local endpoints: calls do not fail, they just never leave the cluster. Secrets are per direction:
A may read B while B cannot read A. A gateway leads on to what its own istiod knows: where clusters share a network's
gateway, and where a cluster has no istiod of its own, a secret that is missing there breaks the calls of others, too.

Fix: `istioctl create-remote-secret` from the other cluster, applied to this one.

Source: Istio, "Troubleshooting Multicluster".
"""

from collections.abc import Iterator

from kubectl_mcdiag.checks.contract import Check, Evidence, Finding, Scope, Symptom, Unit
from kubectl_mcdiag.checks.discovery.fixes import create_remote_secret
from kubectl_mcdiag.checks.discovery.proof import rows_shown
from kubectl_mcdiag.checks.message import Message, say
from kubectl_mcdiag.checks.proof import listed_shown
from kubectl_mcdiag.mesh.access.identity import cluster_id, control_planes, istiods
from kubectl_mcdiag.mesh.discovery.remote_secrets import is_named_only, misplaced, remote_secrets, secrets_for
from kubectl_mcdiag.mesh.model import Pair, Status
from kubectl_mcdiag.mesh.networks.gateways import readers
from kubectl_mcdiag.mesh.view import View

PROBLEM = "{holder} has no remote secret for {context}"
UNKNOWN = "{holder}'s istiod has no remote secret for {context} that it reads"
DETAIL = "istiod in {holder} does not watch {context} (cluster ID {name}), so proxies never get its endpoints."
ONE_WAY = DETAIL + " {context} has one for {holder}, so only this direction is affected."
LISTED = ("secrets", "-l", "istio/multiCluster=true")


def run(view: View, pair: Pair) -> Iterator[Finding]:
    """Yield a failure where a control plane of the source holds nothing that leads to the destination."""
    for holder in readers(view, pair.source, pair.destination):
        if secrets_for(view, holder, pair.destination):
            continue
        is_unread = is_named_only(view, holder)
        if is_unread or not misplaced(view, holder, pair.destination):
            yield _finding(view, pair, holder, is_unread)


def _finding(view: View, pair: Pair, holder: str, is_unread: bool) -> Finding:
    return Finding(
        Status.FAIL,
        Scope(clusters=(holder,), pairs=(pair,)),
        say(UNKNOWN if is_unread else PROBLEM, holder=holder, context=pair.destination),
        (rows_shown(view, holder, istiods(view, holder)[0].full_name) if is_unread else _listing(view, holder),),
        (create_remote_secret(view, holder, pair.destination),),
        _detail(view, holder, pair.destination),
    )


def _listing(view: View, holder: str) -> Evidence:
    entries = remote_secrets(view, holder)
    seen = (f"{entry.secret.name}  (cluster {entry.key})" for entry in entries if entry.secret.is_labelled)
    return listed_shown(view, holder, view.settings.istio_namespace, LISTED, *(tuple(seen) or ("No resources found",)))


def _detail(view: View, holder: str, context: str) -> Message:
    """Say that the other direction has its secret, where both are primaries."""
    held = context in control_planes(view, context) and secrets_for(view, context, holder)
    is_one_way = any(entry.secret.is_labelled for entry in held or ())
    return say(ONE_WAY if is_one_way else DETAIL, holder=holder, context=context, name=cluster_id(view, context))


CHECK = Check(
    "MC301",
    "istiod holds a remote secret for every other cluster",
    Unit.PAIR,
    run,
    caused_by=("MC109", "MC707"),
    leads_to=(Symptom.NOT_LEARNED, Symptom.NOT_GIVEN),
    rows=("B1", "B17"),
    guide="T4a",
)
