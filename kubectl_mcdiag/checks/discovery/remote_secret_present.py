"""The istiods that serve a cluster hold a remote secret for every other cluster.

A remote secret lets istiod read the other cluster's API server. Without it istiod learns nothing of that cluster, and
its proxies know only local endpoints: calls never fail, they just never leave. Secrets are per direction: A may read
B while B cannot read A. A gateway leads on to what its own istiod knows: where clusters share a network's gateway, and
where a cluster has no istiod of its own, a secret that is missing there breaks the calls of others, too.

To mend it: `istioctl create-remote-secret` from the other cluster, applied to this one.

Source: Guide T4a, T4b. Catalogue B1, B17.
"""

from collections.abc import Iterator

from kubectl_mcdiag.checks.contract import Check, Evidence, Finding, Scope, Symptom, Unit
from kubectl_mcdiag.checks.remedies import create_remote_secret, shows, system
from kubectl_mcdiag.evidence.commands import CLUSTERZ
from kubectl_mcdiag.mesh.access.identity import cluster_id, control_planes, istiods
from kubectl_mcdiag.mesh.discovery.remote_secrets import is_told, misplaced, remote_secrets, secrets_for
from kubectl_mcdiag.mesh.model import Pair, Status
from kubectl_mcdiag.mesh.networks.gateways import readers
from kubectl_mcdiag.mesh.view import View

PROBLEM = (
    "{holder} has no remote secret for {context} (cluster {name!r}), so its istiods do not read that cluster{other}."
)
TOLD = (
    "{holder}'s istiods do not know {context} (cluster {name!r}): there is no remote secret for it that they"
    " read{other}."
)
ONE_WAY = "; {context} has one for {holder}, so only this direction lacks it"


def run(view: View, pair: Pair) -> Iterator[Finding]:
    """Yield a failure where a control plane of the source holds nothing that leads to the destination."""
    for holder in readers(view, pair.source, pair.destination):
        if secrets_for(view, holder, pair.destination):
            continue
        told = is_told(view, holder)
        if not told and misplaced(view, holder, pair.destination):
            continue
        yield Finding(
            Status.FAIL,
            Scope(clusters=(holder,), pairs=(pair,)),
            (TOLD if told else PROBLEM).format(
                holder=holder,
                context=pair.destination,
                name=cluster_id(view, pair.destination),
                other=_other_way(view, holder, pair.destination),
            ),
            (_rows(view, holder) if told else _listing(view, holder),),
            (create_remote_secret(view, holder, pair.destination),),
        )


def _listing(view: View, holder: str) -> Evidence:
    entries = remote_secrets(view, holder)
    seen = (f"{entry.secret.name}  (cluster {entry.key})" for entry in entries if entry.secret.is_labelled)
    command = system(view, holder, "get", "secrets", "-l", "istio/multiCluster=true")
    return shows(holder, command, *(tuple(seen) or ("No resources found",)))


def _rows(view: View, holder: str) -> Evidence:
    """Return what istiod itself says: the clusters that it knows."""
    pod = istiods(view, holder)[0]
    rows = view.read(CLUSTERZ, holder, pod.full_name)
    command = str(view.invocation(CLUSTERZ, holder, pod.full_name))
    return shows(holder, command, *(f"{row.id}  {row.secret or '(its own)'}  {row.status}" for row in rows))


def _other_way(view: View, holder: str, context: str) -> str:
    """Say that the other direction has its secret, where both are primaries."""
    held = context in control_planes(view, context) and secrets_for(view, context, holder)
    return ONE_WAY.format(context=context, holder=holder) if any(e.secret.is_labelled for e in held or ()) else ""


CHECK = Check(
    "MC301",
    "istiod holds a remote secret for every other cluster",
    Unit.PAIR,
    run,
    caused_by=("MC109", "MC707"),
    leads_to=(Symptom.NOT_LEARNT, Symptom.NOT_GIVEN),
    rows=("B1", "B17"),
    guide="T4a",
)
