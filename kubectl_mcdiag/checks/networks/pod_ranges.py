"""Clusters on one network have pod addresses of their own.

On one network pods are called by their own address. Where two clusters take addresses from one range, a call for the
other cluster can reach a local pod that happens to have the address, or no pod at all.

To mend it: give one of the clusters another pod range, which means building it anew; or give each a network of its own
and an east-west gateway, as pods of different networks may have the same addresses.

Source: Istio, "Deployment models", one network. Catalogue E2.
"""

from collections.abc import Iterator

from kubectl_mcdiag.checks.contract import Check, Finding, Scope, Symptom, Unit
from kubectl_mcdiag.checks.remedies import kubectl, shows
from kubectl_mcdiag.errors import NotApplicable
from kubectl_mcdiag.mesh.access.identity import crosses_networks, network
from kubectl_mcdiag.mesh.model import Pair, Status
from kubectl_mcdiag.mesh.networks.ranges import pod_addresses, shared_addresses, shared_ranges
from kubectl_mcdiag.mesh.view import View

SAME = "{address} is a pod of {one} ({mine}) and of {other} ({theirs}), which are on one network, {network}{more}."
RANGE = "{one} and {other} are on one network, {network}, and take pod addresses from overlapping ranges: {ranges}."


def run(view: View, pair: Pair) -> Iterator[Finding]:
    """Yield a failure where pods of both clusters have one address, a warning where they may come to have."""
    if crosses_networks(view, pair.source, pair.destination):
        raise NotApplicable(f"{pair.source} and {pair.destination} are on different networks")
    one, other = sorted((pair.source, pair.destination), key=view.contexts.index)
    same, ranges = shared_addresses(view, one, other), shared_ranges(view, one, other)
    shared = network(view, one) or "without a name"
    if same:
        text = SAME.format(
            address=same[0],
            one=one,
            mine=pod_addresses(view, one)[same[0]],
            other=other,
            theirs=pod_addresses(view, other)[same[0]],
            network=shared,
            more=f"; {len(same)} addresses are shared" if len(same) > 1 else "",
        )
        yield _finding(view, pair, Status.FAIL, text, same)
    elif ranges:
        both = ", ".join(" and ".join(dict.fromkeys(found)) for found in ranges)
        text = RANGE.format(one=one, other=other, network=shared, ranges=both)
        yield _finding(view, pair, Status.WARN, text, tuple(mine for mine, _ in ranges))


def _finding(view: View, pair: Pair, status: Status, text: str, lines: tuple[str, ...]) -> Finding:
    contexts = (pair.source, pair.destination)
    resource = "pods" if status is Status.FAIL else "nodes"
    evidence = (shows(c, kubectl(view, c, "get", resource, "-A", "-o", "wide"), *lines[:5]) for c in contexts)
    return Finding(status, Scope(contexts, (pair,)), text, tuple(evidence))


CHECK = Check(
    "MC420",
    "clusters on one network have pod addresses of their own",
    Unit.PAIR,
    run,
    leads_to=(Symptom.NO_CONNECTION, Symptom.NO_ANSWER),
    caused_by=("MC109",),
    rows=("E2",),
)
