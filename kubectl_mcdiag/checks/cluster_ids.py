"""Every cluster of the mesh has an ID of its own.

istiod files what it learns under cluster IDs. Two clusters with one ID (often the default `Kubernetes`) overwrite
each other: a remote secret whose key is istiod's own ID is ignored without an error, so only local endpoints remain.

To mend it: reinstall one cluster with another `global.multiCluster.clusterName`, make the remote secrets anew under
that name and restart its proxies.

Source: istio/istio#17962; istiod logs "ignoring cluster as it would overwrite the config cluster". Catalogue C2, B5.
"""

from collections.abc import Iterator

from kubectl_mcdiag.commands import PODS, RESOURCES
from kubectl_mcdiag.facts.identity import cluster_id
from kubectl_mcdiag.facts.view import View
from kubectl_mcdiag.findings import Check, Finding, Kind, Pair, Scope, Status, Step, Symptom, Unit
from kubectl_mcdiag.remedies import istioctl, shows, system

PROBLEM = "{one} and {other} both call themselves cluster {name!r}, so each ignores the other."
WHY = "gives {context} a name of its own; set NEW_NAME, and repeat your other installation options"


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
        (
            Step(
                Kind.NEEDS_INPUT,
                istioctl(view, other, "install", "--set") + " values.global.multiCluster.clusterName=$NEW_NAME",
                WHY.format(context=other),
            ),
        ),
    )


CHECK = Check(
    "MC110",
    "every cluster has an ID of its own",
    Unit.PAIR,
    run,
    (PODS, RESOURCES),
    caused_by=("MC109",),
    leads_to=(Symptom.NOT_SYNCED, Symptom.NOT_LEARNT, Symptom.NOT_GIVEN),
    rows=("C2",),
    guide="T4a",
)
