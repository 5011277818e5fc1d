"""meshNetworks names clusters and address ranges that exist.

The mesh configuration can say by hand which registries and address ranges make up a network. A registry that is no
cluster of the mesh adds no endpoint, a range that cannot be parsed is passed over, and a registry in two networks is in
neither for sure. Labels of pods and namespaces win over all of it, so calls may still work until one is missing.

To mend it: use the clusters' IDs, or leave the networks to the labels: `networks: {}`.

Source: IST0126; Istio 1.31 `pilot/pkg/serviceregistry/kube/controller/network.go`. Catalogue F19.
"""

from collections.abc import Iterator

from kubectl_mcdiag.checks.contract import Check, Finding, Scope, Unit
from kubectl_mcdiag.checks.remedies import set_networks, shows, system
from kubectl_mcdiag.errors import NotApplicable
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

PROBLEM = "meshNetworks of {context}: {faults}."
STRANGE = "{network} takes its endpoints from registry {registry}, but the clusters of the mesh are {known}"
SHARED = "registry {registry} is in more than one network"
BROKEN = "the address range {range!r} of {network} cannot be parsed"
WHY = "MESH_NETWORKS: the networks as they are, in YAML on one line; `networks: {}` leaves them to the labels"


def run(view: View, context: str) -> Iterator[Finding]:
    """Yield a warning where the networks that are set by hand cannot be as they are written."""
    if not is_primary(view, context):
        raise NotApplicable(f"{context} runs no istiod that would read its mesh configuration")
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


def _finding(view: View, context: str, faults: tuple[str, ...]) -> Finding:
    sources = served_by(view, context)
    pairs = tuple(Pair(source, other) for source in sources for other in view.contexts if other != source)
    return Finding(
        Status.WARN,
        Scope((context,), pairs),
        PROBLEM.format(context=context, faults="; ".join(faults)),
        (shows(context, system(view, context, "get", "configmap", "istio", "-o", "yaml"), *faults),),
        (set_networks(view, context, WHY),),
    )


CHECK = Check(
    "MC415",
    "meshNetworks names clusters and address ranges that exist",
    Unit.CLUSTER,
    run,
    rows=("F19",),
)
