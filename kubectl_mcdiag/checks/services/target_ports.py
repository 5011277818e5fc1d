"""A Service forwards to a port that its pods serve.

Where `targetPort` is a name that no pod declares, Kubernetes gives the endpoints no port, and no proxy gets them.
Where it is a number, it may differ between clusters, and a pod need not declare the ports it serves. But where the
pods of both clusters declare the target port of one cluster's Service, and those of the other do not declare the
target port of their own Service, the calls that go there are refused: Envoy reaches the pod and answers 503. It is a
failure where a sampled client's Envoy has counted errors there, a warning where it has counted no call, and nothing
where calls came through without one. Where only one cluster has pods, and all of them declare one port, which is not
the one that the only port of the Service leads to, it is a warning until errors are counted: TCP has none.

Fix: set the target port to the one that its pods declare.

Source: Kubernetes, Service `targetPort`; Envoy host statistics `rq_error` and `rq_success`.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from kubectl_mcdiag.checks.contract import Check, Evidence, Finding, Scope, Symptom, Unit
from kubectl_mcdiag.checks.message import NOTHING, Message, say
from kubectl_mcdiag.checks.patches import pointer
from kubectl_mcdiag.checks.proof import object_shown
from kubectl_mcdiag.checks.services.fixes import service_object, with_value
from kubectl_mcdiag.checks.services.proof import envoy_shown
from kubectl_mcdiag.checks.steps import Action, Object, Step, patch
from kubectl_mcdiag.evidence.parsers.kubernetes.pods import Pod
from kubectl_mcdiag.evidence.parsers.kubernetes.resources import Service, ServicePort
from kubectl_mcdiag.mesh.access.identity import clients, services
from kubectl_mcdiag.mesh.model import Pair, Status
from kubectl_mcdiag.mesh.services.endpoints import clusters_of, crossing, hosts_in, targets
from kubectl_mcdiag.mesh.services.mutual_tls import backing
from kubectl_mcdiag.mesh.view import View, ask, known

DECLARED = "The pods declare {declared}"
OTHER = "; in {led} the Service forwards to {right}"
NAMELESS = say("No pod has a port of that name, so that the endpoints have no port.")
FAILED = "The proxy of {client} in {other} counted {errors} {errors:call|calls} there that failed."
UNCOUNTED = say("Envoy counts no errors of TCP calls, so that it is not known whether they fail.")
SIDECAR = range(15000, 15100)
"""Ports of the sidecar itself."""
UNSEEN = say("It fails with the first call: none has been counted there yet.")
NO_COMMAND = (
    "Set targetPort of the Service in {context} to the port that its pods serve, or name that port in the pods."
)


@dataclass(frozen=True, slots=True)
class Port:
    """A port of the destination's Service that leads nowhere; `right` is where it should, 0 where nothing tells."""

    pair: Pair
    service: Service
    index: int
    right: int

    @property
    def own(self) -> ServicePort:
        """The port as the Service has it."""
        return self.service.ports[self.index]


@dataclass(frozen=True, slots=True)
class Counted:
    """How many calls a client's Envoy counted to the destination: those that failed, and those answered."""

    context: str
    client: Pod
    errors: int
    successes: int
    requests: int


def run(view: View, pair: Pair) -> Iterator[Finding]:
    """Yield a failure, or a warning, for each port of a service that leads nowhere in the destination."""
    for name in crossing(view, pair.source, pair.destination):
        service = services(view, pair.destination)[name]
        pods = backing(view, pair.destination, name)
        for index, own in enumerate(service.ports if pods else ()):
            right = targets(view, pair.source, name).get(own.name, 0) or _only_declared(view, pair, service)
            port = Port(pair, service, index, right)
            if own.name not in targets(view, pair.destination, name):
                yield _finding(view, port, Status.FAIL, NAMELESS)
            elif right and _is_undeclared(view, port):
                yield from _judged(view, port)


def _only_declared(view: View, pair: Pair, service: Service) -> int:
    """Return the port that all pods of a service of one port and one cluster declare; 0 where it is not as clear."""
    there = backing(view, pair.destination, service.full_name)
    declared = {tuple(port for port in pod.ports if port not in SIDECAR) for pod in there}
    if len(service.ports) > 1 or len(declared) > 1 or backing(view, pair.source, service.full_name):
        return 0
    return next((ports[0] for ports in declared if len(ports) == 1), 0)


def _is_undeclared(view: View, port: Port) -> bool:
    """Return whether all pods declare the port that the other cluster leads to, and those here not the one led to."""
    name = port.service.full_name
    wrong = targets(view, port.pair.destination, name)[port.own.name]
    here, there = backing(view, port.pair.source, name), backing(view, port.pair.destination, name)
    is_known = bool(here) or _only_declared(view, port.pair, port.service) == port.right
    declared = is_known and all(port.right in pod.ports for pod in (*here, *there))
    return declared and not any(wrong in pod.ports for pod in there)


def _judged(view: View, port: Port) -> Iterator[Finding]:
    counted = tuple(_all_counted(view, port))
    failed = [found for found in counted if found.errors]
    if failed:
        client, other = failed[0].client, failed[0].context
        errors = failed[0].errors
        seen = say(FAILED, client=client.full_name, other=other, errors=errors)
        lines = (f"rq_error::{errors}", f"rq_success::{failed[0].successes}")
        yield _finding(view, port, Status.FAIL, seen, envoy_shown(view, other, client, *lines))
    elif not any(found.successes for found in counted):
        yield _finding(view, port, Status.WARN, UNCOUNTED if any(one.requests for one in counted) else UNSEEN)


def _all_counted(view: View, port: Port) -> Iterator[Counted]:
    """Yield what clients of all clusters counted: the caller must be readable, others count as far as they are."""
    for context in view.contexts:
        if context == port.pair.source:
            yield from _counted(view, port, context)
        elif context != port.pair.destination:
            yield from ask(lambda c=context: tuple(_counted(view, port, c))) or ()  # type: ignore[misc]


def _counted(view: View, port: Port, context: str) -> Iterator[Counted]:
    name = port.service.full_name
    for client in clients(view, context):
        found = [
            host
            for cluster in clusters_of(view, context, client.full_name, name)
            if cluster.port == port.own.port
            for host in hosts_in(view, context, cluster, name, port.pair.destination)
        ]
        errors, successes = sum(host.errors for host in found), sum(host.successes for host in found)
        yield Counted(context, client, errors, successes, sum(host.requests for host in found))


def _finding(view: View, port: Port, status: Status, seen: Message, *proof: Evidence) -> Finding:
    context, service = port.pair.destination, port.service
    pod = backing(view, context, service.full_name)[0]
    return Finding(
        status,
        Scope(clusters=(context,), pairs=(port.pair,), service=service.full_name),
        say(
            "Port {port} of {service} in {context} forwards to a port that its pods do not serve ({wrong})",
            service=service.full_name,
            context=context,
            port=port.own.port,
            wrong=port.own.target_port,
        ),
        (_service(view, context, service, port.own), _pod(view, context, pod), *proof),
        _steps(view, port),
        detail=_detail(view, port, pod, seen),
        advice=NOTHING if port.right else say(NO_COMMAND, context=context),
    )


def _detail(view: View, port: Port, pod: Pod, seen: Message) -> Message:
    values = dict(seen.values) | {"declared": tuple(map(str, sorted(set(pod.ports)))) or "no port"}
    led = _led(view, port) if port.right else ()
    if not led:
        return say(f"{DECLARED}. {seen.template}", **values)
    return say(f"{DECLARED}{OTHER}. {seen.template}", **values, led=led, right=port.right)


def _steps(view: View, port: Port) -> tuple[Step, ...]:
    if not port.right:
        return ()
    old = port.own.target_port
    operations = with_value(
        pointer("spec", "ports", port.index, "targetPort"), int(old) if old.isdecimal() else old, port.right
    )
    why = say("leads the Service to the port that its pods declare")
    target = service_object(port.pair.destination, port.service)
    return (patch(view, Action.MOVE_TRAFFIC, target, operations, why),)


def _led(view: View, port: Port) -> tuple[str, ...]:
    """Return the clusters whose Service leads to the right port."""
    led = known(view, lambda context: targets(view, context, port.service.full_name))
    return tuple(context for context, found in led.items() if found.get(port.own.name) == port.right)


def _service(view: View, context: str, service: Service, port: ServicePort) -> Evidence:
    lines = (f"port: {port.port}", f"targetPort: {port.target_port}")
    return object_shown(view, service_object(context, service), *lines)


def _pod(view: View, context: str, pod: Pod) -> Evidence:
    output = ("-o", "jsonpath={.spec.containers[*].ports[*].containerPort}")
    return object_shown(
        view, Object(context, "pod", pod.name, pod.namespace), " ".join(map(str, pod.ports)), output=output
    )


CHECK = Check(
    "MC523",
    "a Service forwards to a port that its pods serve",
    Unit.PAIR,
    run,
    leads_to=(Symptom.NOT_LEARNED, Symptom.NOT_GIVEN, Symptom.NO_ANSWER),
    rows=("D3",),
    guide="T4",
)
