"""The east-west gateway sees the endpoints of its own network and no others.

`ISTIO_META_REQUESTED_NETWORK_VIEW` in the gateway's environment limits what istiod gives its Envoy to endpoints of that
network. With another network's name it has none of its own and refuses calls; without it it also has the gateways of
other networks, and sends calls that came in from one network out to another.

Fix: set the variable to the gateway's network, as Istio's generator of the gateway does.

Source: Istio samples/multicluster "gen-eastwest-gateway.sh"; Istio 1.31 `pilot/pkg/xds/endpoints`.
"""

from collections.abc import Iterator

from kubectl_mcdiag.checks.contract import Check, Finding, Scope, Symptom, Unit
from kubectl_mcdiag.checks.fixes import maker
from kubectl_mcdiag.checks.message import Message, say
from kubectl_mcdiag.checks.networks.fixes import set_variable
from kubectl_mcdiag.checks.proof import object_shown
from kubectl_mcdiag.checks.steps import Object
from kubectl_mcdiag.evidence.parsers.kubernetes.pods import Pod
from kubectl_mcdiag.mesh.access.identity import network
from kubectl_mcdiag.mesh.model import Pair, Status
from kubectl_mcdiag.mesh.networks.gateways import entrances, gateway_pods
from kubectl_mcdiag.mesh.view import View

VIEW = "ISTIO_META_REQUESTED_NETWORK_VIEW"
OTHER = "East-west gateway {pod} in {context} is limited to network {value} and not {network}"
MISSING = "East-west gateway {pod} in {context} is not limited to its network, {network}"
LACKS = "Because of {variable} it has no endpoints of its own network, and refuses calls to them."
SENDS_BACK = "Without {variable} it has endpoints of other networks as well, and may send calls back out."
WHY = "limits the gateway to the endpoints of {network}"


def run(view: View, pair: Pair) -> Iterator[Finding]:
    """Yield a finding for each pod of the destination's gateways with another view than its network."""
    wanted = network(view, pair.destination)
    for context, service in entrances(view, pair):
        for pod in gateway_pods(view, context, service.full_name):
            value = pod.environment.get(VIEW, "")
            if not value or wanted not in value.split(","):
                yield _finding(view, pair, context, pod, value)


def _finding(view: View, pair: Pair, context: str, pod: Pod, value: str) -> Finding:
    wanted, target = network(view, pair.destination), Object(context, "pod", pod.name, pod.namespace)
    why = say(WHY, network=wanted)
    return Finding(
        Status.FAIL if value else Status.WARN,
        Scope((context,), (pair,), network=wanted),
        _problem(context, pod.full_name, value, wanted),
        (object_shown(view, target, f"name: {VIEW}  value: {value}" if value else f"no {VIEW}"),),
        set_variable(view, maker(context, pod), f"{VIEW}={wanted}", why),
        say(LACKS if value else SENDS_BACK, variable=VIEW),
    )


def _problem(context: str, pod: str, value: str, wanted: str) -> Message:
    if value:
        return say(OTHER, context=context, pod=pod, value=value, network=wanted)
    return say(MISSING, context=context, pod=pod, network=wanted)


CHECK = Check(
    "MC413",
    "the east-west gateway sees the endpoints of its own network",
    Unit.PAIR,
    run,
    leads_to=(Symptom.NOT_GIVEN, Symptom.NO_CONNECTION),
    rows=("F18",),
)
