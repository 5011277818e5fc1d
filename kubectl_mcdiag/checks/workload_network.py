"""Every workload is on its cluster's network.

A pod's network comes from its label `topology.istio.io/network` (as a server) and from its proxy's environment
`ISTIO_META_NETWORK`, in `containers` or, with native sidecars, `initContainers` (as a client). A pod with another
network than its cluster's is sent to, or calls through, the wrong gateway, or is handed out by its own address.

To mend it: restart the workload, so that it is injected anew; a label set in the pod template has to go.

Source: Guide T4c-2, which reads only `containers`. Catalogue F16, F17, C5.
"""

from collections.abc import Iterator

from kubectl_mcdiag.commands import PODS, RESOURCES
from kubectl_mcdiag.facts.identity import NETWORK, network, proxies
from kubectl_mcdiag.facts.view import View
from kubectl_mcdiag.findings import Check, Finding, Kind, Pair, Scope, Status, Step, Unit
from kubectl_mcdiag.parsers.pods import Pod
from kubectl_mcdiag.remedies import kubectl, owner, shows

LABEL = "The pod {pod} in {context} is labelled {label}={value}, but that cluster is on {network}."
PROXY = "The proxy of {pod} in {context} has ISTIO_META_NETWORK={value!r}, but that cluster is on {network}."
WHY_RESTART = "makes the pod anew, injected with the cluster's network"
WHY_TEMPLATE = "takes a network out of the pod template, if one is set there"


def run(view: View, context: str) -> Iterator[Finding]:
    """Yield a finding for each injected pod whose label or proxy names another network."""
    wanted = network(view, context)
    for pod in proxies(view, context):
        value = pod.labels.get(NETWORK, "")
        claimed = pod.environment.get("ISTIO_META_NETWORK", "")
        if value != wanted or claimed != wanted:
            yield _finding(view, context, pod, wanted)


def _finding(view: View, context: str, pod: Pod, wanted: str) -> Finding:
    value, claimed = pod.labels.get(NETWORK, ""), pod.environment.get("ISTIO_META_NETWORK", "")
    incoming = tuple(Pair(other, context) for other in view.contexts if other != context and value != wanted)
    outgoing = tuple(Pair(context, other) for other in view.contexts if other != context and claimed != wanted)
    text, shown = (LABEL, value) if value != wanted else (PROXY, claimed)
    where = ("-n", pod.namespace)
    return Finding(
        Status.FAIL,
        Scope(clusters=(context,), pairs=incoming + outgoing, workload=pod.full_name),
        text.format(pod=pod.full_name, context=context, label=NETWORK, value=shown, network=wanted or "no network"),
        (
            shows(
                view,
                context,
                kubectl(view, context, *where, "get", "pod", pod.name, "--show-labels"),
                f"{NETWORK}={value or '<none>'}  ISTIO_META_NETWORK={claimed or '<none>'}",
            ),
        ),
        _fix(view, context, pod),
    )


def _fix(view: View, context: str, pod: Pod) -> tuple[Step, ...]:
    where, made_by = ("-n", pod.namespace), owner(pod)
    patch = '{"spec":{"template":{"metadata":{"labels":{"' + NETWORK + '":null}}}}}'
    return (
        Step(Kind.DISRUPTIVE, kubectl(view, context, *where, "patch", made_by, "--type=merge", "-p", patch), WHY_TEMPLATE),
        Step(Kind.DISRUPTIVE, kubectl(view, context, *where, "rollout", "restart", made_by), WHY_RESTART),
        Step(
            Kind.DISRUPTIVE,
            kubectl(view, context, *where, "rollout", "status", made_by, "--timeout=180s"),
            "waits until it is back",
        ),
    )


CHECK = Check(
    "MC406",
    "every workload is on its cluster's network",
    Unit.CLUSTER,
    run,
    (PODS, RESOURCES),
    rows=("F16", "F17", "C5"),
    guide="T4c",
)
