"""Services are exposed on the east-west gateway.

The gateway's Envoy takes calls for the services of the mesh on port 15443 only where a Gateway with TLS mode
AUTO_PASSTHROUGH selects its pods and its hosts cover the services; where istiod has
`PILOT_SCOPE_GATEWAY_TO_NAMESPACE`, one of the pods' own namespace. Otherwise connections are refused or reset, and
Envoy's retries turn that into slow local answers.

To mend it: apply the Gateway that Istio's guide calls `cross-network-gateway`, or set right the one there is.

Source: Istio samples/multicluster "expose-services"; Guide is silent. Catalogue F8, F9, F10, G9.
"""

from collections.abc import Iterator

from kubectl_mcdiag.checks.contract import Check, Finding, Kind, Scope, Step, Symptom, Unit
from kubectl_mcdiag.checks.remedies import correct, expose, kubectl, reselect, shows
from kubectl_mcdiag.evidence.parsers.kubernetes.resources import Service
from kubectl_mcdiag.mesh.access.identity import control_planes, network
from kubectl_mcdiag.mesh.discovery.remote_secrets import served_by
from kubectl_mcdiag.mesh.model import Pair, Status
from kubectl_mcdiag.mesh.networks.exposures import Exposure, exposures, exposures_on
from kubectl_mcdiag.mesh.networks.gateways import entrances, gateway_pods, labelled
from kubectl_mcdiag.mesh.view import View

MISSING = "No Gateway exposes services on {gateways}: {seen}."
NONE = "no Gateway has a server on port 15443 for its pods"
MODE = "{name} has tls mode {mode} on port 15443 where AUTO_PASSTHROUGH is needed"
HOSTS = "{name} exposes only {hosts}"
SELECTOR = "{name} selects pods labelled {selector}, and the gateway's are not"
ELSEWHERE = "{name} selects pods labelled {selector}, {others} gateway alone"
NAMESPACE = "{name} is in another namespace than the gateway's pods, and istiod has PILOT_SCOPE_GATEWAY_TO_NAMESPACE"
WHY = "opens port 15443 for the services of the mesh"


def run(view: View, pair: Pair) -> Iterator[Finding]:
    """Yield a failure for a gateway of the destination's network that exposes nothing."""
    for context, service in entrances(view, pair):
        if _is_bare(view, context, service):
            yield _finding(view, pair, context, service)


def _is_bare(view: View, context: str, service: Service) -> bool:
    """Tell whether a gateway that has pods exposes nothing."""
    found = exposures_on(view, context, service.full_name)
    return bool(gateway_pods(view, context, service.full_name)) and not any(map(_is_good, found))


def _almost(view: View, context: str, service: Service) -> tuple[Exposure, ...]:
    """Return the servers that almost expose services on a gateway: what is wrong with them is what is to be mended."""
    found = exposures_on(view, context, service.full_name)
    return found or tuple(filter(_is_good, exposures(view, context)))


def _is_good(exposure: Exposure) -> bool:
    return exposure.passes_through and exposure.covers_the_mesh


def _finding(view: View, pair: Pair, context: str, service: Service) -> Finding:
    plane, near = control_planes(view, context)[0], _almost(view, context, service)
    # A primary's Gateway objects expose services on the gateways of its remote clusters as well: one fault, one text.
    alike = {
        other: one
        for other in served_by(view, plane)
        for one in labelled(view, other, network(view, other))
        if _is_bare(view, other, one) and _almost(view, other, one) == near
    }
    rows = [f"{e.namespace}  {e.gateway}  port 15443  {e.server.tls_mode}  {','.join(e.server.hosts)}" for e in near]
    command = kubectl(view, plane, "get", "gateways.networking.istio.io", "-A", "-o", "yaml")
    faults = [_fault(view, context, service, exposure) for exposure in near]
    return Finding(
        Status.FAIL,
        Scope(tuple(dict.fromkeys((plane, *alike))), (pair,), network=network(view, pair.destination)),
        MISSING.format(
            gateways=" and ".join(f"{c}'s east-west gateway {s.full_name}" for c, s in alike.items()),
            seen="; ".join(text for text, _ in faults) or NONE,
        ),
        (shows(plane, command, *(rows or ["no server on port 15443"])),),
        (Step(Kind.SAFE, faults[0][1] if faults else expose(view, plane, service), WHY),),
    )


def _fault(view: View, context: str, service: Service, exposure: Exposure) -> tuple[str, str]:
    """Return what is wrong with a server, and the command that sets it right."""
    plane, name = control_planes(view, context)[0], exposure.full_name
    if not exposure.passes_through:
        text = MODE.format(name=name, mode=exposure.server.tls_mode or "none")
        return text, correct(view, plane, exposure, "tls", {"mode": "AUTO_PASSTHROUGH"})
    if not exposure.covers_the_mesh:
        text = HOSTS.format(name=name, hosts=", ".join(exposure.server.hosts))
        return text, correct(view, plane, exposure, "hosts", ["*.local"])
    if exposure.selects(gateway_pods(view, context, service.full_name)[0].labels):
        return NAMESPACE.format(name=name), expose(view, plane, service)
    selector = ",".join(f"{key}={value}" for key, value in exposure.selector.items())
    others = " and ".join(f"{other}'s" for other in served_by(view, plane) if _selected(view, other, exposure))
    text = (ELSEWHERE if others else SELECTOR).format(name=name, selector=selector, others=others)
    return text, reselect(view, plane, exposure, service)


def _selected(view: View, context: str, exposure: Exposure) -> bool:
    """Tell whether a server opens its port on an east-west gateway of this cluster."""
    found = labelled(view, context, network(view, context))
    pods = (pod for one in found for pod in gateway_pods(view, context, one.full_name)[:1])
    return any(exposure.selects(pod.labels) for pod in pods)


CHECK = Check(
    "MC407",
    "services are exposed on the east-west gateway",
    Unit.PAIR,
    run,
    leads_to=(Symptom.NO_CONNECTION,),
    rows=("F8", "F9", "F10", "G9"),
    guide="T4c",
)
