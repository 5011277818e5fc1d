"""The namespaces of services are discovered in every cluster.

`discoverySelectors` in the mesh configuration of an istiod choose namespaces by label, in its own cluster and in every
cluster that it reads. A namespace that lacks the label loses its endpoints: the cluster is `synced`, and nothing of
that namespace is learnt, by clients of that istiod as by its gateways.

To mend it: give the namespace the labels that the selectors ask for.

Source: Istio 1.31 `pkg/kube/namespace/filter.go`; the mesh configuration of the istiod that reads, not of the cluster
that is read. Catalogue B22.
"""

from collections.abc import Iterator

from kubectl_mcdiag.checks.contract import Check, Finding, Kind, Scope, Step, Symptom, Unit
from kubectl_mcdiag.checks.message import listed
from kubectl_mcdiag.checks.remedies import kubectl, shows, system
from kubectl_mcdiag.mesh.access.identity import control_planes, crosses_networks
from kubectl_mcdiag.mesh.discovery.selectors import hidden, labels_wanted
from kubectl_mcdiag.mesh.model import Pair, Status
from kubectl_mcdiag.mesh.networks.gateways import gateways_into
from kubectl_mcdiag.mesh.services.endpoints import in_mesh, subjects
from kubectl_mcdiag.mesh.view import View, known

PROBLEM = (
    "discoverySelectors choose namespace {namespace} by its labels {where}: what {context} holds of {services} is not"
    " seen."
)
NOT_THERE, NOWHERE = "in {others} and not in {context}", "in no cluster"
WHY = "gives it the labels that the selectors ask for"


def run(view: View, pair: Pair) -> Iterator[Finding]:
    """Yield a failure for each namespace with services of the mesh that is passed over in the destination."""
    names = [name for name in subjects(view, pair.source, pair.destination) if in_mesh(view, pair.destination, name)]
    for plane in _planes(view, pair):
        for namespace in dict.fromkeys(name.partition(".")[2] for name in names):
            if hidden(view, plane, pair.destination, namespace):
                held = [name for name in names if name.partition(".")[2] == namespace]
                yield _finding(view, pair, plane, namespace, held)


def _planes(view: View, pair: Pair) -> tuple[str, ...]:
    """Return the contexts whose istiods must know the destination's pods: those of clients, and of its gateways."""
    crossed = gateways_into(view, pair.destination) if crosses_networks(view, pair.source, pair.destination) else ()
    serving = [pair.source, *(context for context, _ in crossed)]
    return tuple(dict.fromkeys(plane for context in serving for plane in control_planes(view, context)))


def _finding(view: View, pair: Pair, plane: str, namespace: str, names: list[str]) -> Finding:
    passed_over = known(view, lambda context: hidden(view, plane, context, namespace))
    others = tuple(context for context, is_hidden in passed_over.items() if not is_hidden)
    wanted = labels_wanted(view, plane, next(iter(others), ""), pair.destination, namespace)
    return Finding(
        Status.FAIL,
        Scope(clusters=(pair.destination,), pairs=(pair,)),
        PROBLEM.format(
            namespace=namespace,
            context=pair.destination,
            where=NOT_THERE.format(others=listed(others), context=pair.destination) if others else NOWHERE,
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
    "discoverySelectors choose the namespaces of services in every cluster",
    Unit.PAIR,
    run,
    leads_to=(Symptom.NOT_LEARNT, Symptom.NOT_GIVEN, Symptom.NO_CONNECTION),
    rows=("B22",),
    guide="T4a",
)
