"""meshNetworks names clusters and address ranges that exist.

The mesh configuration can say by hand which registries and address ranges make up a network. A registry that is no
cluster of the mesh adds no endpoint, a range that cannot be parsed is ignored, and a registry in two networks is in
neither for sure. Labels of pods and namespaces win over all of it, so calls may still work until one is missing.

Fix: use the clusters' IDs, or leave the networks to the labels: `networks: {}`.

Source: IST0126; Istio 1.31 `pilot/pkg/serviceregistry/kube/controller/network.go`.
"""

from collections.abc import Iterator

from kubectl_mcdiag.checks.contract import Check, Finding, Scope, Unit
from kubectl_mcdiag.checks.message import say
from kubectl_mcdiag.checks.proof import object_shown
from kubectl_mcdiag.checks.steps import Object
from kubectl_mcdiag.mesh.access.identity import is_primary
from kubectl_mcdiag.mesh.discovery.remote_secrets import served_by
from kubectl_mcdiag.mesh.model import Pair, Status
from kubectl_mcdiag.mesh.networks.mesh_networks import (
    broken_ranges,
    known_registries,
    shared_registries,
    strange_registries,
)
from kubectl_mcdiag.mesh.view import View

PROBLEM = "meshNetworks of {context} names clusters or address ranges that do not exist"
STRANGE = "{network} takes its endpoints from registry {registry}, but the clusters of the mesh are {known}"
SHARED = "registry {registry} is in more than one network"
BROKEN = "the address range {range!r} of {network} cannot be parsed"
ADVICE = (
    "Edit meshNetworks of ConfigMap istio in {context}: name clusters by their IDs, each in one network, or leave the"
    " networks to the labels with `networks: {{}}`. istiod pushes it to all proxies. `istioctl proxy-config endpoints`"
    " of a client then shows the addresses of the gateways."
)


def primary(view: View, context: str) -> str:
    """Keep the rule to clusters whose istiod reads their mesh configuration."""
    return "" if is_primary(view, context) else f"{context} runs no istiod that would read its mesh configuration"


def run(view: View, context: str) -> Iterator[Finding]:
    """Yield a warning where the networks that are set by hand cannot be as they are written."""
    faults = tuple(_faults(view, context))
    if faults:
        yield _finding(view, context, faults)


def _faults(view: View, context: str) -> Iterator[str]:
    known = ", ".join(sorted(known_registries(view, context)))
    for network, registry in strange_registries(view, context):
        yield STRANGE.format(network=network, registry=registry, known=known)
    for registry in shared_registries(view, context):
        yield SHARED.format(registry=registry)
    for network, text in broken_ranges(view, context):
        yield BROKEN.format(network=network, range=text)


def _lines(view: View, context: str) -> Iterator[str]:
    registries = [registry for _, registry in strange_registries(view, context)]
    for registry in dict.fromkeys((*registries, *shared_registries(view, context))):
        yield f"fromRegistry: {registry}"
    for _, text in broken_ranges(view, context):
        yield f"fromCidr: {text}"


def _finding(view: View, context: str, faults: tuple[str, ...]) -> Finding:
    sources = served_by(view, context)
    pairs = tuple(Pair(source, other) for source in sources for other in view.contexts if other != source)
    target = Object(context, "configmap", "istio", view.settings.istio_namespace)
    return Finding(
        Status.WARN,
        Scope((context,), pairs),
        say(PROBLEM, context=context),
        (object_shown(view, target, *_lines(view, context)),),
        detail=say("{faults}.", faults="; ".join(faults)),
        advice=say(ADVICE, context=context),
    )


CHECK = Check(
    "MC415",
    "meshNetworks names clusters and address ranges that exist",
    Unit.CLUSTER,
    run,
    guards=(primary,),
    rows=("F19",),
)
