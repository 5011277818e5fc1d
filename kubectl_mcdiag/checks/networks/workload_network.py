"""Every workload is on its cluster's network.

A pod's network comes from its label `topology.istio.io/network` (as a server) and from its proxy's environment
`ISTIO_META_NETWORK`, in `containers` or, with native sidecars, `initContainers` (as a client). A pod with another
network than its cluster's is sent to, or calls through, the wrong gateway, or is handed out by its own address. A
cluster may have a second network, with a gateway of its own into it. A pod without a label is on the network of the
system namespace; a proxy without one treats every endpoint as one of its own network. Calls of a pod are a failure
where it is one of the clients that are looked through; of another it is not known that it calls anybody.

Fix: restart the workload, so that it is injected again; a label set in the pod template must be removed.

Source: Istio, "Troubleshooting Multicluster", which reads only `containers`; Istio 1.31 `pilot/pkg/model/context.go`,
`InNetwork`.
"""

from collections.abc import Iterator
from dataclasses import replace

from kubectl_mcdiag.checks.contract import Check, Finding, Scope, Symptom, Unit
from kubectl_mcdiag.checks.fixes import maker
from kubectl_mcdiag.checks.message import Message, say
from kubectl_mcdiag.checks.networks import fixes
from kubectl_mcdiag.checks.proof import object_shown
from kubectl_mcdiag.checks.steps import Object
from kubectl_mcdiag.evidence.parsers.kubernetes.pods import Pod
from kubectl_mcdiag.mesh.access.identity import NETWORK, clients, network, proxies, services_of, system_namespace
from kubectl_mcdiag.mesh.model import Pair, Status
from kubectl_mcdiag.mesh.networks.gateways import entrance_pods, labelled
from kubectl_mcdiag.mesh.view import View

PROBLEM = "Pod {pod} of {context} is on network {value}, while its cluster is on {network}"
LABEL = say("Its label says so: other clusters send calls for it to the wrong gateway, or to its own address.")
BOTH = say("Its label and its proxy say so, so calls to and from it use the wrong gateway, or a pod address.")
PROXY = say("Its proxy says so, by ISTIO_META_NETWORK: its calls take the wrong gateway, or a pod's own address.")
UNNAMED = "no network"


def run(view: View, context: str) -> Iterator[Finding]:
    """Yield a finding for each injected pod whose label or proxy names another network.

    East-west gateways are judged by the network that their Service is labelled with, and by what their Envoys see.
    """
    others = tuple(other for other in view.contexts if other != context)
    incoming, outgoing = (tuple(Pair(o, context) for o in others), tuple(Pair(context, o) for o in others))
    entrances = entrance_pods(view, context)
    for pod in (pod for pod in proxies(view, context) if pod.full_name not in entrances):
        given, claimed = _labelled(view, context, pod), pod.environment.get("ISTIO_META_NETWORK", "")
        agree = given == claimed
        if not _is_own(view, context, given):
            calls = agree and pod in clients(view, context)
            detail, pairs = (BOTH if agree else LABEL), incoming + outgoing * calls
            for service in services_of(view, context, pod) or ("",):
                yield _finding(view, context, pod, detail, given, Scope((context,), pairs, service))
        if not agree and not _is_own(view, context, claimed):
            scope = Scope((context,), outgoing, workload=pod.full_name)
            found = _finding(view, context, pod, PROXY, claimed, scope)
            yield found if pod in clients(view, context) else replace(found, status=Status.WARN)


def _labelled(view: View, context: str, pod: Pod) -> str:
    """Return the network on which istiod takes a pod to be: by its label, else that of the system namespace."""
    return pod.labels.get(NETWORK) or system_namespace(view, context).labels.get(NETWORK, "")


def _is_own(view: View, context: str, value: str) -> bool:
    """Return whether a network is the cluster's, or another one of its own, with a gateway of this cluster into it."""
    return value == network(view, context) or bool(value and labelled(view, context, value))


def _finding(view: View, context: str, pod: Pod, detail: Message, value: str, scope: Scope) -> Finding:
    target = Object(context, "pod", pod.name, pod.namespace)
    label, claimed = pod.labels.get(NETWORK, "<none>"), pod.environment.get("ISTIO_META_NETWORK", "<none>")
    wanted = network(view, context) or UNNAMED
    return Finding(
        Status.FAIL,
        scope,
        say(PROBLEM, pod=pod.full_name, context=context, value=value or UNNAMED, network=wanted),
        (object_shown(view, target, f"{NETWORK}: {label}", f"name: ISTIO_META_NETWORK  value: {claimed}"),),
        fixes.unlabel_workload(view, maker(context, pod)),
        detail,
    )


CHECK = Check(
    "MC406",
    "every workload is on its cluster's network",
    Unit.CLUSTER,
    run,
    caused_by=("MC114",),
    leads_to=(Symptom.NOT_GIVEN, Symptom.POD_ADDRESS, Symptom.NO_CONNECTION),
    rows=("F16", "F17"),
    guide="T4c",
)
