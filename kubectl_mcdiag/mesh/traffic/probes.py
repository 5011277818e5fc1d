"""Requests of our own, sent from pods that are there: from where, to what, and what came of them.

Where nothing was to be sent, or nothing is there to send it, `NotApplicable` says so, with the guide's own commands.
"""

from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import urlsplit

from kubectl_mcdiag.errors import NotApplicable, Unavailable
from kubectl_mcdiag.evidence.commands import PROBE_CONNECT, PROBE_REQUESTS, RESOURCES
from kubectl_mcdiag.evidence.parsers.kubernetes.pods import Pod
from kubectl_mcdiag.evidence.parsers.kubernetes.resources import Service
from kubectl_mcdiag.evidence.parsers.probes.requests import NUMBER, Answer
from kubectl_mcdiag.evidence.shell import joined
from kubectl_mcdiag.mesh.access.identity import clients, crosses_networks, network, pods, services
from kubectl_mcdiag.mesh.networks.gateways import addresses, gateway_port, labelled
from kubectl_mcdiag.mesh.services.endpoints import backends, crossing, ready
from kubectl_mcdiag.mesh.view import View, ask, fact

FAILED, UNTOLD = "failed", "untold"
GUIDE = "helloworld"
NOT_ASKED = "no requests were sent; --probe sends some"
NO_CLIENT = "{context} has no pod {kind} that has curl or wget; the guide makes one, from Istio's release: `{commands}`"
NO_ADDRESS = "{context} has no address to connect to"
SAMPLE, UNINJECTED = "sample", "uninjected-sample"
_CALLERS = frozenset({"curl", "sleep", "netshoot", "toolbox"})
_ATTEMPTS = 2
CHANCE = 0.01


@dataclass(frozen=True, slots=True)
class Loop:
    """The requests from one cluster to one service, and how many each context answered.

    `FAILED` counts those that nobody answered or with a server error, `UNTOLD` answers that name no known pod.
    """

    target: str
    answers: tuple[Answer, ...]
    counts: Counter[str]

    @property
    def client(self) -> str:
        """The pod that sent them, as `name.namespace`."""
        return self.target.partition(" ")[0]

    @property
    def tally(self) -> str:
        """How many answers came from where: `cluster1 12, failed 8`."""
        return ", ".join(f"{who} {count}" for who, count in sorted(self.counts.items()))

    @property
    def lines(self) -> tuple[str, ...]:
        """The different answers, with how often each came."""
        texts = Counter(answer.text or f"status {answer.status}" for answer in self.answers)
        return tuple(f"{count} × {text}" for text, count in texts.items())


def _no_client(view: View, context: str, kind: str, namespace: str) -> NotApplicable:
    prefix = ("kubectl", "--context", context, *view.settings.flags)
    made = (
        (*prefix, "create", "namespace", namespace),
        (*prefix, "apply", "-n", namespace, "-f", "samples/curl/curl.yaml"),
    )
    commands = "; ".join(map(joined, made if namespace == UNINJECTED else made[1:]))
    return NotApplicable(NO_CLIENT.format(context=context, kind=kind, commands=commands))


@fact
def caller(view: View, context: str) -> Pod | None:
    """Return the sampled client that requests are sent from: the one named, else one that is there to send them."""
    found = clients(view, context)
    return next((pod for pod in found if view.settings.client or _can_call(pod)), None)


@fact
def outsider(view: View, context: str) -> Pod | None:
    """Return a ready pod without a sidecar that is there to send requests, so that Istio has no part in them."""
    system = view.settings.istio_namespace
    found = (
        pod
        for pod in pods(view, context)
        if pod.ready and not pod.is_injected and pod.namespace != system and _can_call(pod)
    )
    return min(found, key=lambda pod: pod.full_name, default=None)


def _can_call(pod: Pod) -> bool:
    return bool(_CALLERS & {pod.labels.get("app", ""), *pod.containers})


@fact
def probed(view: View, source: str, destination: str) -> tuple[str, ...]:
    """Return the services that requests are sent to: those named, else the guide's helloworld; HTTP only."""
    return tuple(
        name
        for name in crossing(view, source, destination)
        if (view.settings.services or name.startswith(f"{GUIDE}.")) and url(services(view, source)[name])
    )


def url(service: Service) -> str:
    """Return the URL of a Service's first HTTP port, empty where it has none; a port says so by its name."""
    path = "hello" if service.name == GUIDE else ""
    for port in service.ports:
        if (port.app_protocol or port.name).startswith("http"):
            return f"http://{service.full_name}:{port.port}/{path}"
    return ""


@fact
def request_target(view: View, source: str, service: str) -> str:
    """Return pod and URL of the request loop to a service, empty where no pod can send it."""
    pod = caller(view, source)
    return f"{pod.full_name} {url(services(view, source)[service])}" if pod else ""


def loop(view: View, source: str, service: str) -> Loop:
    """Return what the request loop to a service gave."""
    target = request_target(view, source, service)
    found = view.read(PROBE_REQUESTS, source, target) if target else None
    if not found or not found.has_client:
        raise _no_client(view, source, "with a sidecar", SAMPLE)
    return Loop(target, found.answers, Counter(_answered_by(view, service, answer) for answer in found.answers))


def _answered_by(view: View, service: str, answer: Answer) -> str:
    if answer.has_failed:
        return FAILED
    for context in view.contexts:
        if any(endpoint.pod and answer.names(endpoint.pod) for endpoint in backends(view, context, service)):
            return context
    return UNTOLD


@fact
def sent(view: View, source: str, client: str, service: str, port: int) -> Loop | None:
    """Return the request loop that a pod sent to a port of a service, None where it sent none."""
    target = ask(lambda: request_target(view, source, service)) if view.settings.probe else None
    pod, _, address = (target or "").partition(" ")
    if pod != client or urlsplit(address).port != port or service not in probed_anywhere(view, source):
        return None
    with suppress(NotApplicable, Unavailable):
        return loop(view, source, service)
    return None


@fact
def probed_anywhere(view: View, source: str) -> frozenset[str]:
    """Return the services that requests are sent to from a cluster."""
    others = [other for other in view.contexts if other != source]
    return frozenset(name for other in others for name in ask(lambda o=other: probed(view, source, o)) or ())  # type: ignore[misc]


def answered(view: View, source: str, service: str, destination: str) -> bool:
    """Return whether requests of our own from a cluster to a service were answered by another one."""
    target = ask(lambda: request_target(view, source, service)) if view.settings.probe else ""
    found = ask(lambda: loop(view, source, service)) if target else None
    return bool(found and found.counts[destination])


def may_miss(view: View, service: str, destination: str) -> bool:
    """Return whether a loop may well miss a cluster by chance, because few of many endpoints are there."""
    counts = {context: len(ready(view, context, service)) for context in view.contexts}
    elsewhere = 1 - counts[destination] / max(1, sum(counts.values()))
    return bool(elsewhere**NUMBER > CHANCE)


@fact
def entry_addresses(view: View, source: str, destination: str) -> tuple[str, ...]:
    """Return the addresses (`host:port`) at which calls enter a cluster: its gateway's, or pods on one network."""
    if crosses_networks(view, source, destination):
        return tuple(
            f"{_bracketed(address)}:{gateway_port(service)}"
            for service in labelled(view, destination, network(view, destination))
            for address in addresses(service)
        )
    return tuple(address for name in probed(view, source, destination) for address in _pods(view, destination, name))


def _pods(view: View, context: str, service: str) -> tuple[str, ...]:
    name, _, namespace = service.partition(".")
    return tuple(
        f"{_bracketed(endpoint.address)}:{next(iter(found.ports.values()))}"
        for found in view.read(RESOURCES, context, kind="endpointslices").endpoint_slices
        if (found.service, found.namespace) == (name, namespace) and found.ports
        for endpoint in found.endpoints
        if endpoint.ready
    )[:_ATTEMPTS]


def _bracketed(address: str) -> str:
    return f"[{address}]" if ":" in address else address


@fact
def connect_targets(view: View, source: str, destination: str) -> tuple[str, ...]:
    """Return pod and address of every connection to be tried, none where no pod without a sidecar can try it."""
    pod = outsider(view, source)
    return tuple(f"{pod.full_name} {address}" for address in entry_addresses(view, source, destination)) if pod else ()


def refused_connections(view: View, source: str, destination: str) -> Iterator[tuple[str, str]]:
    """Yield the connections that failed: pod and address, and how it failed."""
    if not entry_addresses(view, source, destination):
        raise NotApplicable(NO_ADDRESS.format(context=destination))
    tried = {t: view.read(PROBE_CONNECT, source, t) for t in connect_targets(view, source, destination)}
    if not any(connection.has_client for connection in tried.values()):
        raise _no_client(view, source, "without a sidecar", UNINJECTED)
    yield from ((target, connection.error) for target, connection in tried.items() if not connection.is_made)
