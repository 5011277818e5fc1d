"""The east-west gateway sees the endpoints of its own network and no others.

`ISTIO_META_REQUESTED_NETWORK_VIEW` in the gateway's environment limits what istiod gives its Envoy to endpoints of that
network. With another network's name it has none of its own and refuses calls; without it it also has the gateways of
other networks, and sends calls that came in from one network out to another.

To mend it: set the variable to the gateway's network, as Istio's generator of the gateway does.

Source: Istio samples/multicluster "gen-eastwest-gateway.sh"; Istio 1.31 `pilot/pkg/xds/endpoints`. Catalogue F18.
"""

from collections.abc import Iterator

from kubectl_mcdiag.checks.contract import Check, Finding, Kind, Scope, Step, Symptom, Unit
from kubectl_mcdiag.checks.remedies import kubectl, owner, shows
from kubectl_mcdiag.evidence.parsers.kubernetes.pods import Pod
from kubectl_mcdiag.mesh.access.identity import network
from kubectl_mcdiag.mesh.model import Pair, Status
from kubectl_mcdiag.mesh.networks.gateways import entrances, gateway_pods
from kubectl_mcdiag.mesh.view import View

VIEW = "ISTIO_META_REQUESTED_NETWORK_VIEW"
PROBLEM = "{context}'s gateway {pod} {why}."
OTHER = "has {key}={value}, so it lacks the endpoints of its own network, {network}"
MISSING = "has no {key}, so besides those of {network} it has endpoints of other networks and may send calls back out"
WHY = "limits the gateway to the endpoints of {network}"
WHY_WAIT = "waits until it is back"


def run(view: View, pair: Pair) -> Iterator[Finding]:
    """Yield a finding for each pod of the destination's gateways with another view than its network."""
    wanted = network(view, pair.destination)
    for context, service in entrances(view, pair):
        for pod in gateway_pods(view, context, service.full_name):
            value = pod.environment.get(VIEW, "")
            if not value:
                yield _finding(view, pair, context, pod, Status.WARN, MISSING)
            elif wanted not in value.split(","):
                yield _finding(view, pair, context, pod, Status.FAIL, OTHER)


def _finding(view: View, pair: Pair, context: str, pod: Pod, status: Status, text: str) -> Finding:
    value, where, wanted = pod.environment.get(VIEW, ""), ("-n", pod.namespace), network(view, pair.destination)
    why = text.format(key=VIEW, value=value, network=wanted)
    return Finding(
        status,
        Scope((context,), (pair,), network=wanted),
        PROBLEM.format(context=context, pod=pod.full_name, why=why),
        (shows(context, kubectl(view, context, *where, "get", "pod", pod.name, "-o", "yaml"), f"{VIEW}: {value!r}"),),
        (
            Step(
                Kind.DISRUPTIVE,
                kubectl(view, context, *where, "set", "env", owner(pod), f"{VIEW}={wanted}"),
                WHY.format(network=wanted),
            ),
            Step(
                Kind.DISRUPTIVE,
                kubectl(view, context, *where, "rollout", "status", owner(pod), "--timeout=180s"),
                WHY_WAIT,
            ),
        ),
    )


CHECK = Check(
    "MC413",
    "the east-west gateway sees the endpoints of its own network",
    Unit.PAIR,
    run,
    leads_to=(Symptom.NOT_GIVEN, Symptom.NO_CONNECTION),
    rows=("F18",),
)
