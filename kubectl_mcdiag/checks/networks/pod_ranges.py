"""Clusters on one network have pod addresses of their own.

On one network pods are called by their own address. Where two clusters take addresses from one range, a call for the
other cluster can reach a local pod that happens to have the address, or no pod at all.

Fix: give one of the clusters another pod range, which means creating it again; or give each a network of its own
and an east-west gateway, as pods of different networks may have the same addresses.

Source: Istio, "Deployment models", one network.
"""

from collections.abc import Iterator

from kubectl_mcdiag.checks.contract import Check, Finding, Scope, Symptom, Unit
from kubectl_mcdiag.checks.guards import on_one_network
from kubectl_mcdiag.checks.message import Message, say
from kubectl_mcdiag.checks.proof import listed_shown
from kubectl_mcdiag.mesh.access.identity import network
from kubectl_mcdiag.mesh.model import Pair, Status
from kubectl_mcdiag.mesh.networks.ranges import pod_addresses, shared_addresses, shared_ranges
from kubectl_mcdiag.mesh.view import View

SAME = "Pods of {one} and {other} have the same addresses, on one network"
RANGE = "{one} and {other} take pod addresses from overlapping ranges, on one network"
SHARED = "{address} is {mine} in {one} and {theirs} in {other}; {count} {count:address is|addresses are} shared. "
RANGES = "The ranges are {ranges}. "
EFFECT = "Calls on network {network} go to either pod, or to none."
ADVICE = (
    "Create {other} again with another pod range; or give each cluster a network of its own and an east-west gateway,"
    " as pods of different networks may have the same addresses. `kubectl get nodes -o yaml` then shows"
    " different ranges, `podCIDR`, for the two clusters."
)
UNNAMED = "without a name"


def run(view: View, pair: Pair) -> Iterator[Finding]:
    """Yield a failure where pods of both clusters have one address, a warning where they may come to have."""
    one, other = sorted((pair.source, pair.destination), key=view.contexts.index)
    same, ranges = shared_addresses(view, one, other), shared_ranges(view, one, other)
    shared = network(view, one) or UNNAMED
    if same:
        mine, theirs = pod_addresses(view, one)[same[0]], pod_addresses(view, other)[same[0]]
        values = {"one": one, "mine": mine, "other": other, "theirs": theirs, "network": shared}
        detail = say(SHARED + EFFECT, address=same[0], count=len(same), **values)
        yield _finding(view, pair, Status.FAIL, detail, same)
    elif ranges:
        both = ", ".join(" and ".join(dict.fromkeys(found)) for found in ranges)
        detail = say(RANGES + EFFECT, ranges=both, network=shared)
        yield _finding(view, pair, Status.WARN, detail, tuple(mine for mine, _ in ranges))


def _finding(view: View, pair: Pair, status: Status, detail: Message, lines: tuple[str, ...]) -> Finding:
    one, other = sorted((pair.source, pair.destination), key=view.contexts.index)
    shown = ("pods", "-o", "wide") if status is Status.FAIL else ("nodes", "-o", "yaml")
    evidence = (listed_shown(view, c, "", shown, *lines[:5]) for c in (pair.source, pair.destination))
    return Finding(
        status,
        Scope((pair.source, pair.destination), (pair,)),
        say(SAME if status is Status.FAIL else RANGE, one=one, other=other),
        tuple(evidence),
        detail=detail,
        advice=say(ADVICE, other=other),
    )


CHECK = Check(
    "MC420",
    "clusters on one network have pod addresses of their own",
    Unit.PAIR,
    run,
    guards=(on_one_network,),
    leads_to=(Symptom.NO_CONNECTION, Symptom.NO_ANSWER),
    caused_by=("MC109",),
    rows=("E2",),
)
