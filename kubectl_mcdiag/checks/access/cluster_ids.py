"""Every cluster of the mesh has an ID of its own.

istiod files what it learns under cluster IDs. Two clusters with one ID (often the default `Kubernetes`) overwrite
each other: a remote secret whose key is istiod's own ID is ignored without an error, so only local endpoints remain.

To mend it: reinstall one cluster with another `global.multiCluster.clusterName`, make the remote secrets anew under
that name and restart its proxies.

Source: istio/istio#17962; istiod logs "ignoring cluster as it would overwrite the config cluster". Catalogue C2, B5.
"""

from collections.abc import Iterator

from kubectl_mcdiag.checks.contract import Check, Finding, Kind, Scope, Step, Symptom, Unit
from kubectl_mcdiag.checks.remedies import create_remote_secret, istioctl, restart_workloads, shows, system
from kubectl_mcdiag.mesh.access.identity import cluster_id
from kubectl_mcdiag.mesh.discovery.remote_secrets import secrets_for
from kubectl_mcdiag.mesh.model import Pair, Status
from kubectl_mcdiag.mesh.view import View

PROBLEM = "{one} and {other} both call themselves cluster {name!r}, so each ignores the other."
NEW_NAME = "NEW_NAME"
WHY = "gives {context} a name of its own; INSTALL_FILE: the IstioOperator file it was installed from"
WHY_DELETE = "leads to {context} under a name that is not its own any more"
WHY_RESTART = "tells the proxies of {context} its new name"


def run(view: View, pair: Pair) -> Iterator[Finding]:
    """Yield a failure where two contexts have one cluster ID."""
    one, other = sorted((pair.source, pair.destination), key=view.contexts.index)
    name = cluster_id(view, one)
    if name != cluster_id(view, other):
        return
    shown = ("get", "pods", "-l", "app=istiod", "-o", "yaml")
    yield Finding(
        Status.FAIL,
        Scope(clusters=(one, other), pairs=(pair,)),
        PROBLEM.format(one=one, other=other, name=name),
        tuple(shows(c, system(view, c, *shown), f"CLUSTER_ID: {name}") for c in (one, other)),
        _fix(view, one, other),
    )


def _fix(view: View, holder: str, renamed: str) -> tuple[Step, ...]:
    install = istioctl(view, renamed, "install", "-y", "-f")
    install += f' "$INSTALL_FILE" --set values.global.multiCluster.clusterName="${NEW_NAME}"'
    delete = WHY_DELETE.format(context=renamed)
    return (
        Step(Kind.NEEDS_INPUT, install, WHY.format(context=renamed)),
        *(
            Step(Kind.SAFE, system(view, holder, "delete", "secret", old.secret.name), delete)
            for old in secrets_for(view, holder, renamed)
        ),
        create_remote_secret(view, holder, renamed, variable=NEW_NAME),
        *restart_workloads(view, renamed, WHY_RESTART.format(context=renamed)),
    )


CHECK = Check(
    "MC110",
    "every cluster has an ID of its own",
    Unit.PAIR,
    run,
    caused_by=("MC109",),
    leads_to=(Symptom.NOT_SYNCED, Symptom.NOT_LEARNT, Symptom.NOT_GIVEN),
    rows=("C2",),
    guide="T4a",
)
