"""The key in a remote secret is the cluster's own name.

istiod takes the data key for the cluster's ID. Under a wrong key endpoints may still flow, but everything that goes
by cluster ID is off: proxies of a remote cluster cannot authenticate, and `clusterLocal`, locality and telemetry
judge the wrong cluster. A key equal to istiod's own ID is ignored altogether.

To mend it: delete the secret and make it anew with `--name` set to the cluster's `global.multiCluster.clusterName`.

Source: Guide T4a (i), which says less than is true; istiod logs "ignoring cluster as it would overwrite the config
cluster". Catalogue B4, B5.
"""

from collections.abc import Iterator

from kubectl_mcdiag.checks.contract import Check, Finding, Kind, Scope, Step, Symptom, Unit
from kubectl_mcdiag.checks.remedies import create_remote_secret, shows, system
from kubectl_mcdiag.mesh.access.identity import cluster_id, control_planes
from kubectl_mcdiag.mesh.discovery.remote_secrets import RemoteSecret, secrets_for
from kubectl_mcdiag.mesh.model import Pair, Status
from kubectl_mcdiag.mesh.networks.gateways import readers
from kubectl_mcdiag.mesh.view import View

PROBLEM = (
    "{holder}'s remote secret {secret} files {context} under the key {key!r}; that cluster's ID is {name!r}{effect}."
)
IGNORED = ", and the key is the ID of {holder} itself, so istiod ignores the secret"
WHY = "istiod would keep the cluster under its wrong name as well"


def run(view: View, pair: Pair) -> Iterator[Finding]:
    """Yield a finding where no labelled secret files the destination under its own ID."""
    name = cluster_id(view, pair.destination)
    for holder in readers(view, pair.source, pair.destination):
        entries = secrets_for(view, holder, pair.destination)
        labelled = [entry for entry in entries if entry.secret.is_labelled]
        if labelled and all(entry.key != name for entry in labelled):
            yield _finding(view, holder, pair, labelled[0], name)


def _finding(view: View, holder: str, pair: Pair, entry: RemoteSecret, name: str) -> Finding:
    ignored = entry.key == cluster_id(view, holder)
    authenticates = pair.destination not in control_planes(view, pair.destination)
    return Finding(
        Status.FAIL if ignored or authenticates else Status.WARN,
        Scope(clusters=(holder,), pairs=(pair,)),
        PROBLEM.format(
            holder=holder,
            secret=entry.secret.name,
            context=pair.destination,
            key=entry.key,
            name=name,
            effect=IGNORED.format(holder=holder) if ignored else "",
        ),
        (
            shows(
                holder,
                system(view, holder, "describe", "secret", entry.secret.name),
                f"Data: {', '.join(entry.secret.keys)}",
            ),
        ),
        (
            Step(Kind.SAFE, system(view, holder, "delete", "secret", entry.secret.name), WHY),
            create_remote_secret(view, holder, pair.destination),
        ),
    )


CHECK = Check(
    "MC304",
    "the key in a remote secret is the cluster's own name",
    Unit.PAIR,
    run,
    caused_by=("MC110",),
    leads_to=(Symptom.NOT_SYNCED, Symptom.NOT_LEARNT, Symptom.NOT_GIVEN),
    rows=("B4", "B5"),
    guide="T4a",
)
