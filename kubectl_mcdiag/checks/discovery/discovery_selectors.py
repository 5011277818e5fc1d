"""The namespaces of services are discovered in every cluster.

`discoverySelectors` in the mesh configuration of an istiod choose namespaces by label, in its own cluster and in every
cluster that it reads. A namespace that lacks the label loses its endpoints: the cluster is `synced`, and nothing of
that namespace is learned, by clients of that istiod as by its gateways. A namespace whose revision is another mesh's
is not judged.

Fix: give the namespace the labels that the selectors ask for.

Source: Istio 1.31 `pkg/kube/namespace/filter.go`; the mesh configuration of the istiod that reads, not of the cluster
that is read. Istio, "Install Multiple Istio Control Planes in a Single Cluster".
"""

from collections.abc import Iterator

from kubectl_mcdiag.checks.contract import Check, Finding, Scope, Symptom, Unit
from kubectl_mcdiag.checks.message import Message, say
from kubectl_mcdiag.checks.patches import Operation, pointer, put, replaced
from kubectl_mcdiag.checks.proof import object_shown
from kubectl_mcdiag.checks.steps import Action, Object, Step, kubectl, patch
from kubectl_mcdiag.mesh.access.identity import control_planes, crosses_networks, mesh_map
from kubectl_mcdiag.mesh.discovery.selectors import hidden, labels_of, labels_wanted
from kubectl_mcdiag.mesh.model import Pair, Status
from kubectl_mcdiag.mesh.networks.gateways import gateways_into
from kubectl_mcdiag.mesh.services.endpoints import in_mesh, subjects
from kubectl_mcdiag.mesh.view import View, known

PROBLEM = "discoverySelectors leave out namespace {namespace} of {context}"
ELSEWHERE = (
    "The mesh configuration of {plane} selects it by its labels in {others} and not in {context}: no endpoint of"
    " {services} there is used."
)
NOWHERE = "The mesh configuration of {plane} selects it in no cluster: no endpoint of {services} in {context} is used."
WHY = say("gives it the labels that the selectors ask for")


def run(view: View, pair: Pair) -> Iterator[Finding]:
    """Yield a failure for each namespace with services of the mesh that is ignored in the destination."""
    context = pair.destination
    names = [name for name in subjects(view, pair.source, context) if in_mesh(view, context, name)]
    for plane in _planes(view, pair):
        for namespace in dict.fromkeys(name.partition(".")[2] for name in names):
            if hidden(view, plane, context, namespace):
                held = tuple(name for name in names if name.partition(".")[2] == namespace)
                yield _finding(view, pair, plane, namespace, held)


def _planes(view: View, pair: Pair) -> tuple[str, ...]:
    """Return the contexts whose istiods must know the destination's pods: those of clients, and of its gateways."""
    crossed = gateways_into(view, pair.destination) if crosses_networks(view, pair.source, pair.destination) else ()
    serving = [pair.source, *(context for context, _ in crossed)]
    return tuple(dict.fromkeys(plane for context in serving for plane in control_planes(view, context)))


def _finding(view: View, pair: Pair, plane: str, namespace: str, names: tuple[str, ...]) -> Finding:
    passed_over = known(view, lambda context: hidden(view, plane, context, namespace))
    others = tuple(context for context, is_hidden in passed_over.items() if not is_hidden)
    wanted = labels_wanted(view, plane, next(iter(others), ""), pair.destination, namespace)
    target = Object(pair.destination, "namespace", namespace)
    labels = labels_of(view, pair.destination, namespace)
    row = f"{namespace}  {','.join(f'{key}={value}' for key, value in labels.items()) or '<none>'}"
    selectors = Object(plane, "configmap", mesh_map(view, plane).name, view.settings.istio_namespace)
    return Finding(
        Status.FAIL,
        Scope(clusters=(pair.destination,), pairs=(pair,)),
        say(PROBLEM, namespace=namespace, context=pair.destination),
        (
            object_shown(view, target, row, output=("--show-labels",)),
            object_shown(view, selectors, "discoverySelectors:"),
        ),
        (_step(view, target, wanted),),
        _detail(plane, others, pair.destination, names),
    )


def _detail(plane: str, others: tuple[str, ...], context: str, names: tuple[str, ...]) -> Message:
    if others:
        return say(ELSEWHERE, plane=plane, others=others, context=context, services=names)
    return say(NOWHERE, plane=plane, context=context, services=names)


def _step(view: View, target: Object, wanted: dict[str, str | None]) -> Step:
    """Set labels; it fails where one has changed meanwhile, or been set that was not there."""
    labels = labels_of(view, target.context, target.name)
    if not wanted.keys() & labels.keys():
        words = (f"{key}={value}" for key, value in wanted.items())
        command = kubectl(view, target.context, "label", "namespace", target.name, *words)
        return Step(Action.CHOOSE_NAMESPACE, target.context, command, WHY, target)
    operations = (one for key, value in wanted.items() for one in _changed(key, value, labels.get(key)))
    return patch(view, Action.CHOOSE_NAMESPACE, target, tuple(operations), WHY)


def _changed(key: str, value: str | None, old: str | None) -> tuple[Operation, ...]:
    place = pointer("metadata", "labels", key)
    return (put(place, value),) if old is None else replaced(place, old, value)


CHECK = Check(
    "MC320",
    "discoverySelectors choose the namespaces of services in every cluster",
    Unit.PAIR,
    run,
    leads_to=(Symptom.NOT_LEARNED, Symptom.NOT_GIVEN, Symptom.NO_CONNECTION),
    rows=("B22",),
    guide="T4a",
)
