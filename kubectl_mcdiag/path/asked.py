"""What the path of calls makes worth asking of a cluster's proxies: nothing where no call is looked into."""

from collections.abc import Iterator
from typing import Any

from kubectl_mcdiag.evidence.commands import (
    CLIENT_CONFIG,
    GATEWAY_CLUSTERS,
    GATEWAY_CONFIG,
    SERVER_CLUSTERS,
    SERVER_CONFIG,
    SERVER_DECISIONS,
)
from kubectl_mcdiag.evidence.model import Command
from kubectl_mcdiag.mesh.access.identity import clients, crosses_networks
from kubectl_mcdiag.mesh.networks.gateway_proxies import gateway_proxy
from kubectl_mcdiag.mesh.networks.gateways import gateways
from kubectl_mcdiag.mesh.services.endpoints import crossing
from kubectl_mcdiag.mesh.view import View, ask, fact
from kubectl_mcdiag.path.proxies import client_target, gateway_target, server, server_target
from kubectl_mcdiag.path.touched import looked_at, of_connections

Question = tuple[Command[Any], str]


def questions(view: View, context: str) -> Iterator[Question]:
    """Yield each command worth running in a cluster, and its target."""
    for client in ask(lambda: clients(view, context)) or ():
        for service in ask(lambda c=client: looked_at(view, context, c.full_name)) or ():  # type: ignore[misc]
            yield CLIENT_CONFIG, client_target(view, context, client.full_name, service)
    yield from _gateways(view, context)
    for service in ask(lambda: called(view)) or ():
        yield from _servers(view, context, service)
    for service in ask(lambda: of_connections(view, context)) or ():
        pod = ask(lambda s=service: server(view, context, s))  # type: ignore[misc]
        if pod:
            yield SERVER_CLUSTERS, pod.full_name


@fact
def called(view: View) -> tuple[str, ...]:
    """Return the services of a cluster whose calls from some client are looked into: its own clients among them."""
    found = (
        service
        for other in view.contexts
        for client in ask(lambda o=other: clients(view, o)) or ()  # type: ignore[misc]
        for service in ask(lambda o=other, c=client: looked_at(view, o, c.full_name)) or ()  # type: ignore[misc]
    )
    return tuple(dict.fromkeys(found))


def _gateways(view: View, context: str) -> Iterator[Question]:
    if not any(_enters(view, other, context) for other in view.contexts if other != context):
        return
    for service in ask(lambda: gateways(view, context)) or ():
        pod = ask(lambda s=service: gateway_proxy(view, context, s.full_name))  # type: ignore[misc]
        if pod:
            yield GATEWAY_CONFIG, gateway_target(view, context, service.full_name, pod.full_name)
            yield GATEWAY_CLUSTERS, pod.full_name


def _enters(view: View, source: str, context: str) -> bool:
    """Return whether a call that is looked into enters a cluster by its gateway."""
    crosses = ask(lambda: crosses_networks(view, source, context))
    shared = ask(lambda: crossing(view, source, context)) or ()
    return bool(crosses) and any(
        service in shared
        for client in ask(lambda: clients(view, source)) or ()
        for service in ask(lambda c=client: looked_at(view, source, c.full_name)) or ()  # type: ignore[misc]
    )


def _servers(view: View, context: str, service: str) -> Iterator[Question]:
    pod = ask(lambda: server(view, context, service))
    if pod:
        yield SERVER_CONFIG, server_target(pod.full_name)
        yield SERVER_DECISIONS, pod.full_name
        yield SERVER_CLUSTERS, pod.full_name
