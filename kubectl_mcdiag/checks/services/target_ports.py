"""A service leads to a port that its pods serve.

Where `targetPort` is a name that no pod declares, Kubernetes gives the endpoints no port, and they are learnt by
nobody. Where it is a number, it may differ between clusters, and a pod need not declare the ports it serves. But where
the pods of both clusters declare the port that one cluster's Service leads to, and those of the other do not declare
the port that their own Service leads to, the calls that go there are refused: Envoy reaches the pod and answers 503.
It is a failure where a sampled client's Envoy has counted errors on its way there, a warning where it has counted no
call, and nothing where calls came through without one.

To mend it: let the Service lead to the port that its pods declare.

Source: Kubernetes, Service `targetPort`; Envoy host statistics `rq_error` and `rq_success`. Catalogue D3.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from kubectl_mcdiag.checks.contract import Check, Evidence, Finding, Scope, Symptom, Unit
from kubectl_mcdiag.checks.message import listed
from kubectl_mcdiag.checks.remedies import json_patch, kubectl, shows
from kubectl_mcdiag.evidence.parsers.kubernetes.pods import Pod
from kubectl_mcdiag.evidence.parsers.kubernetes.resources import Service, ServicePort
from kubectl_mcdiag.mesh.access.identity import clients, services
from kubectl_mcdiag.mesh.model import Pair, Status
from kubectl_mcdiag.mesh.services.endpoints import clusters_of, crossing, hosts_in, targets
from kubectl_mcdiag.mesh.services.mutual_tls import backing
from kubectl_mcdiag.mesh.view import View, ask, known

PROBLEM = (
    "{service}: in {context} port {port} leads to port {wrong} of the pods, which declare {declared}{other}. {seen}"
)
OTHER = "; in {other} it leads to {right}"
NAMELESS = "No pod has a port of that name, so its endpoints have no port."
FAILED = "The proxy of {client} in {other} counted {errors} calls there that failed."
UNSEEN = "No call there has been counted yet."
WHY = "lets the Service lead to the port that its pods declare"


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


def run(view: View, pair: Pair) -> Iterator[Finding]:
    """Yield a failure, or a warning, for each port of a service that leads nowhere in the destination."""
    for name in crossing(view, pair.source, pair.destination):
        service = services(view, pair.destination)[name]
        pods = backing(view, pair.destination, name)
        for index, own in enumerate(service.ports if pods else ()):
            right = targets(view, pair.source, name).get(own.name, 0)
            port = Port(pair, service, index, right)
            if own.name not in targets(view, pair.destination, name):
                yield _finding(view, port, Status.FAIL, NAMELESS)
            elif right and _is_undeclared(view, port):
                yield from _judged(view, port)


def _is_undeclared(view: View, port: Port) -> bool:
    """Tell whether all pods declare the port that the other cluster leads to, and those here not the one led to."""
    name = port.service.full_name
    wrong = targets(view, port.pair.destination, name)[port.own.name]
    here, there = backing(view, port.pair.source, name), backing(view, port.pair.destination, name)
    declared = bool(here) and all(port.right in pod.ports for pod in (*here, *there))
    return declared and not any(wrong in pod.ports for pod in there)


def _judged(view: View, port: Port) -> Iterator[Finding]:
    counted = tuple(_all_counted(view, port))
    failed = [found for found in counted if found.errors]
    if failed:
        seen = FAILED.format(client=failed[0].client.full_name, other=failed[0].context, errors=failed[0].errors)
        yield _finding(view, port, Status.FAIL, seen, _envoy(view, failed[0]))
    elif not any(found.successes for found in counted):
        yield _finding(view, port, Status.WARN, UNSEEN)


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
        yield Counted(context, client, sum(host.errors for host in found), sum(host.successes for host in found))


def _finding(view: View, port: Port, status: Status, seen: str, *proof: Evidence) -> Finding:
    context, service = port.pair.destination, port.service
    pod = backing(view, context, service.full_name)[0]
    target = [{"op": "add", "path": f"/spec/ports/{port.index}/targetPort", "value": port.right}]
    step = json_patch(view, context, service.namespace, "service", service.name, target, WHY)
    return Finding(
        status,
        Scope(clusters=(context,), pairs=(port.pair,), service=service.full_name),
        PROBLEM.format(
            service=service.full_name,
            context=context,
            port=port.own.port,
            wrong=port.own.target_port,
            declared=_listed(pod.ports) or "none",
            other=OTHER.format(other=listed(_led(view, port)), right=port.right) if port.right else "",
            seen=seen,
        ),
        (_service(view, context, service, port.own), _pod(view, context, pod), *proof),
        (step,) if port.right else (),
    )


def _led(view: View, port: Port) -> tuple[str, ...]:
    """Return the clusters whose Service leads to the right port."""
    led = known(view, lambda context: targets(view, context, port.service.full_name))
    return tuple(context for context, found in led.items() if found.get(port.own.name) == port.right)


def _listed(ports: tuple[int, ...]) -> str:
    return " and ".join(map(str, sorted(set(ports))))


def _service(view: View, context: str, service: Service, port: ServicePort) -> Evidence:
    command = kubectl(view, context, "-n", service.namespace, "get", "service", service.name, "-o", "yaml")
    return shows(context, command, f"port: {port.port}", f"targetPort: {port.target_port}")


def _pod(view: View, context: str, pod: Pod) -> Evidence:
    path = "jsonpath={.spec.containers[*].ports[*].containerPort}"
    command = kubectl(view, context, "-n", pod.namespace, "get", "pod", pod.name, "-o", path)
    return shows(context, command, " ".join(map(str, pod.ports)))


def _envoy(view: View, found: Counted) -> Evidence:
    where = ("-n", found.client.namespace, found.client.name, "-c", "istio-proxy")
    command = kubectl(view, found.context, "exec", *where, "--", "pilot-agent", "request", "GET", "clusters")
    return shows(found.context, command, f"rq_error::{found.errors}", f"rq_success::{found.successes}")


CHECK = Check(
    "MC523",
    "a service leads to a port that its pods serve",
    Unit.PAIR,
    run,
    leads_to=(Symptom.NOT_LEARNT, Symptom.NOT_GIVEN, Symptom.NO_ANSWER),
    rows=("D3",),
    guide="T4",
)
