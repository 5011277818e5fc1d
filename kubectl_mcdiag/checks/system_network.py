"""The system namespace carries the name of the cluster's network.

istiod reads the label `topology.istio.io/network` on the system namespace for every endpoint that has no network of
its own: pods without a sidecar, WorkloadEntries, and pods injected before the network was set. Missing or wrong, those
endpoints are handed out as if they were on another network.

To mend it: label the namespace with the network that the cluster's proxies and gateway name.

Source: Guide T4c-2. Catalogue F15, F17.
"""

from collections.abc import Iterator

from kubectl_mcdiag.commands import PODS, RESOURCES
from kubectl_mcdiag.facts.identity import NETWORK, network, system_namespace
from kubectl_mcdiag.facts.view import View
from kubectl_mcdiag.findings import Check, Finding, Kind, Pair, Scope, Status, Step, Symptom, Unit
from kubectl_mcdiag.remedies import kubectl, shows

MISSING = "{context}'s namespace {namespace} has no label {label}; its proxies and gateway are on {network}."
WRONG = "{context}'s namespace {namespace} is labelled {label}={value}; its proxies and gateway are on {network}."
WHY = "endpoints without a network of their own take it from here"


def run(view: View, context: str) -> Iterator[Finding]:
    """Yield a finding where the label is not the network that proxies and gateway agree on."""
    wanted = network(view, context)
    space = system_namespace(view, context)
    value = space.labels.get(NETWORK)
    if (value or "") == wanted:
        return
    text = MISSING if value is None else WRONG
    yield Finding(
        Status.FAIL,
        Scope(
            clusters=(context,),
            pairs=tuple(Pair(other, context) for other in view.contexts if other != context),
        ),
        text.format(context=context, namespace=space.name, label=NETWORK, value=value, network=wanted),
        (
            shows(
                context,
                kubectl(view, context, "get", "namespace", space.name, "--show-labels"),
                f"{space.name}  LABELS " + (",".join(f"{k}={v}" for k, v in space.labels.items()) or "<none>"),
            ),
        ),
        (
            Step(
                Kind.SAFE,
                kubectl(view, context, "label", "--overwrite", "namespace", space.name, f"{NETWORK}={wanted}"),
                WHY,
            ),
        ),
    )


CHECK = Check(
    "MC405",
    "the system namespace carries the name of the network",
    Unit.CLUSTER,
    run,
    (PODS, RESOURCES),
    leads_to=(Symptom.NOT_GIVEN, Symptom.POD_ADDRESS, Symptom.NO_CONNECTION),
    rows=("F15", "F17"),
    guide="T4c",
)
