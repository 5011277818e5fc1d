"""Services are exposed on the east-west gateway.

The gateway's Envoy listens on port 15443 only where a Gateway object with protocol TLS and mode AUTO_PASSTHROUGH
selects its pods and its hosts cover the services. Otherwise the port is closed: clients get connection refused, and
Envoy's retries turn that into slow local answers.

To mend it: apply the Gateway that Istio's guide calls `cross-network-gateway`.

Source: Istio samples/multicluster "expose-services"; Guide is silent. Catalogue F8, F9, F10.
"""

from collections.abc import Iterator

from kubectl_mcdiag.commands import GATEWAY_API, ISTIO_CONFIG, PODS, RESOURCES
from kubectl_mcdiag.errors import NotApplicable
from kubectl_mcdiag.facts.gateways import Exposure, exposures, gateway_pods, labelled
from kubectl_mcdiag.facts.identity import control_planes, crosses_networks, network
from kubectl_mcdiag.facts.view import View
from kubectl_mcdiag.findings import Check, Finding, Kind, Pair, Scope, Status, Step, Unit
from kubectl_mcdiag.parsers.resources import Service
from kubectl_mcdiag.remedies import expose, kubectl, shows

MISSING = "No Gateway exposes services on {context}'s east-west gateway {service}: {seen}."
NONE = "no Gateway has a server on port 15443 for its pods"
MODE = "{name} has tls mode {mode} on port 15443 where AUTO_PASSTHROUGH is needed"
HOSTS = "{name} exposes only {hosts}"
WHY = "opens port 15443 for the services of the mesh"


def run(view: View, pair: Pair) -> Iterator[Finding]:
    """Yield a failure for a gateway of the destination's network that exposes nothing."""
    if not crosses_networks(view, pair.source, pair.destination):
        raise NotApplicable(f"{pair.source} and {pair.destination} are on one network")
    wanted = network(view, pair.destination)
    for service in labelled(view, pair.destination, wanted):
        pods = gateway_pods(view, pair.destination, service.full_name)
        found = [e for e in exposures(view, pair.destination) if any(_selects(e, pod.labels) for pod in pods)]
        if pods and not any(_is_good(exposure) for exposure in found):
            yield _finding(view, pair, service, found, wanted)


def _selects(exposure: Exposure, labels: dict[str, str]) -> bool:
    return exposure.selector.items() <= labels.items()


def _is_good(exposure: Exposure) -> bool:
    covers = any(host.split("/")[-1] in ("*", "*.local", "*.cluster.local") for host in exposure.server.hosts)
    return exposure.server.tls_mode == "AUTO_PASSTHROUGH" and covers


def _finding(view: View, pair: Pair, service: Service, found: list[Exposure], wanted: str) -> Finding:
    context = pair.destination
    plane = control_planes(view, context)[0]
    seen = "; ".join(_fault(exposure) for exposure in found) or NONE
    rows = [f"{e.namespace}  {e.gateway}  port 15443  {e.server.tls_mode}  {','.join(e.server.hosts)}" for e in found]
    return Finding(
        Status.FAIL,
        Scope(clusters=tuple(dict.fromkeys((context, plane))), pairs=(pair,), network=wanted),
        MISSING.format(context=context, service=service.full_name, seen=seen),
        (
            shows(
                plane,
                kubectl(view, plane, "get", "gateways.networking.istio.io", "-A", "-o", "yaml"),
                *(rows or ["no server on port 15443"]),
            ),
        ),
        (Step(Kind.SAFE, expose(view, plane, service), WHY),),
    )


def _fault(exposure: Exposure) -> str:
    name = f"{exposure.gateway}.{exposure.namespace}"
    if exposure.server.tls_mode != "AUTO_PASSTHROUGH":
        return MODE.format(name=name, mode=exposure.server.tls_mode or "none")
    return HOSTS.format(name=name, hosts=", ".join(exposure.server.hosts))


CHECK = Check(
    "MC407",
    "services are exposed on the east-west gateway",
    Unit.PAIR,
    run,
    (GATEWAY_API, ISTIO_CONFIG, PODS, RESOURCES),
    rows=("F8", "F9", "F10"),
    guide="T4c",
)
