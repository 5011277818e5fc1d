"""The namespaces of a service are discovered in every cluster, not only in some.

`discoverySelectors` in the mesh configuration of an istiod choose namespaces by label, in its own cluster and in every
cluster that it reads. A namespace that has the label in one cluster and not in the other loses its endpoints there:
the cluster is `synced`, and nothing of that namespace is learnt.

To mend it: give the namespace the same labels in the other cluster.

Source: Istio 1.31 `pkg/kube/namespace/filter.go`; the mesh configuration of the istiod that reads, not of the cluster
that is read. Catalogue B22.
"""

from collections.abc import Iterator

from kubectl_mcdiag.commands import CONFIG_MAPS, PODS, RESOURCES
from kubectl_mcdiag.facts.discovery import hidden, labels_wanted
from kubectl_mcdiag.facts.endpoints import in_mesh, subjects
from kubectl_mcdiag.facts.identity import control_planes
from kubectl_mcdiag.facts.view import View, known
from kubectl_mcdiag.findings import Check, Finding, Kind, Pair, Scope, Status, Step, Symptom, Unit, listed
from kubectl_mcdiag.remedies import kubectl, shows, system

PROBLEM = (
    "discoverySelectors choose namespace {namespace} by its labels in {others} and not in {context}: what {context}"
    " holds of {services} is not seen."
)
WHY = "gives it the labels that the selectors ask for"


def run(view: View, pair: Pair) -> Iterator[Finding]:
    """Yield a failure for each namespace with shared services that is selected in the source only."""
    names = [name for name in subjects(view, pair.source, pair.destination) if in_mesh(view, pair.destination, name)]
    for plane in control_planes(view, pair.source):
        for namespace in dict.fromkeys(name.partition(".")[2] for name in names):
            here, there = (hidden(view, plane, context, namespace) for context in (pair.source, pair.destination))
            if there and not here:
                held = [name for name in names if name.partition(".")[2] == namespace]
                yield _finding(view, pair, plane, namespace, held)


def _finding(view: View, pair: Pair, plane: str, namespace: str, names: list[str]) -> Finding:
    wanted = labels_wanted(view, plane, pair.source, pair.destination, namespace)
    passed_over = known(view, lambda context: hidden(view, plane, context, namespace))
    return Finding(
        Status.FAIL,
        Scope(clusters=(pair.destination,), pairs=(pair,)),
        PROBLEM.format(
            namespace=namespace,
            context=pair.destination,
            others=listed(tuple(context for context, is_hidden in passed_over.items() if not is_hidden)),
            services=listed(tuple(names)),
        ),
        (
            shows(
                pair.destination,
                kubectl(view, pair.destination, "get", "namespace", namespace, "--show-labels"),
                ", ".join(f"with {label[:-1]}" if label.endswith("-") else f"without {label}" for label in wanted),
            ),
            shows(plane, system(view, plane, "get", "configmaps", "-o", "yaml"), "discoverySelectors:"),
        ),
        (
            Step(
                Kind.SAFE,
                kubectl(view, pair.destination, "label", "--overwrite", "namespace", namespace, *wanted),
                WHY,
            ),
        ),
    )


CHECK = Check(
    "MC320",
    "discoverySelectors choose a namespace in every cluster or in none",
    Unit.PAIR,
    run,
    (CONFIG_MAPS, PODS, RESOURCES),
    leads_to=(Symptom.NOT_LEARNT, Symptom.NOT_GIVEN),
    rows=("B22",),
    guide="T4a",
)
