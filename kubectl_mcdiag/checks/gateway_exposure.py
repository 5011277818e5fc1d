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
from kubectl_mcdiag.facts.remote_secrets import served_by
from kubectl_mcdiag.facts.view import View
from kubectl_mcdiag.findings import Check, Finding, Kind, Pair, Scope, Status, Step, Symptom, Unit
from kubectl_mcdiag.parsers.resources import Service
from kubectl_mcdiag.remedies import expose, kubectl, shows

MISSING = "No Gateway exposes services on {gateways}: {seen}."
NONE = "no Gateway has a server on port 15443 for its pods"
MODE = "{name} has tls mode {mode} on port 15443 where AUTO_PASSTHROUGH is needed"
HOSTS = "{name} exposes only {hosts}"
WHY = "opens port 15443 for the services of the mesh"


def run(view: View, pair: Pair) -> Iterator[Finding]:
    """Yield a failure for a gateway of the destination's network that exposes nothing."""
    if not crosses_networks(view, pair.source, pair.destination):
        raise NotApplicable(f"{pair.source} and {pair.destination} are on one network")
    for service, found in _bare(view, pair.destination):
        yield _finding(view, pair, service, found)


def _bare(view: View, context: str) -> Iterator[tuple[Service, tuple[Exposure, ...]]]:
    """Yield the gateways of a cluster that expose nothing, with the servers on their port that do not do."""
    for service in labelled(view, context, network(view, context)):
        pods = gateway_pods(view, context, service.full_name)
        found = tuple(e for e in exposures(view, context) if any(_selects(e, pod.labels) for pod in pods))
        if pods and not any(_is_good(exposure) for exposure in found):
            yield service, found


def _selects(exposure: Exposure, labels: dict[str, str]) -> bool:
    return exposure.selector.items() <= labels.items()


def _is_good(exposure: Exposure) -> bool:
    covers = any(host.split("/")[-1] in ("*", "*.local", "*.cluster.local") for host in exposure.server.hosts)
    return exposure.server.tls_mode == "AUTO_PASSTHROUGH" and covers


def _finding(view: View, pair: Pair, service: Service, found: tuple[Exposure, ...]) -> Finding:
    plane = control_planes(view, pair.destination)[0]
    # A primary's Gateway objects expose services on the gateways of its remote clusters as well: one fault, one text.
    alike = {c: s for c in served_by(view, plane) for s, others in _bare(view, c) if others == found}
    rows = [f"{e.namespace}  {e.gateway}  port 15443  {e.server.tls_mode}  {','.join(e.server.hosts)}" for e in found]
    command = kubectl(view, plane, "get", "gateways.networking.istio.io", "-A", "-o", "yaml")
    return Finding(
        Status.FAIL,
        Scope(tuple(dict.fromkeys((plane, *alike))), (pair,), network=network(view, pair.destination)),
        MISSING.format(
            gateways=" and ".join(f"{c}'s east-west gateway {s.full_name}" for c, s in alike.items()),
            seen="; ".join(_fault(exposure) for exposure in found) or NONE,
        ),
        (shows(plane, command, *(rows or ["no server on port 15443"])),),
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
    leads_to=(Symptom.NO_CONNECTION,),
    rows=("F8", "F9", "F10"),
    guide="T4c",
)
