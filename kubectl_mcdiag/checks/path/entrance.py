"""The gateway of the other network has a filter chain for the server name that calls carry, and endpoints behind it.

An east-west gateway forwards by SNI, and has one filter chain for each service and port, and for each subset that a
DestinationRule *of its own cluster* makes. A client whose cluster has subsets that the other has not, or that sends a
name of its own, finds no chain: the connection is closed during the handshake. The same happens where the gateway
expects the PROXY protocol, or refused its listener.

Fix: apply the DestinationRule with the subset in the gateway's cluster as well; else see what is named.

Source: Envoy's `dynamic_listeners` of the gateway; Istio 1.31 `pilot/pkg/networking/core/gateway.go`;
istio/istio#40673.
"""

from collections.abc import Iterator

from kubectl_mcdiag.checks.contract import Check, Finding, NotJudged, Symptom, Unit
from kubectl_mcdiag.checks.message import NOTHING, Message, say
from kubectl_mcdiag.checks.patches import put, test
from kubectl_mcdiag.checks.path.hops import broken, declaring, exported, finding, unseen, without_filter
from kubectl_mcdiag.checks.steps import Action, Object, Step, create, patch
from kubectl_mcdiag.evidence.parsers.kubernetes.destination_rules import DestinationRule, Subset
from kubectl_mcdiag.mesh.access.identity import control_planes
from kubectl_mcdiag.mesh.model import Pair
from kubectl_mcdiag.mesh.services.policy import destination_rules
from kubectl_mcdiag.mesh.view import View
from kubectl_mcdiag.path.hop import Hop, Kind, Reason
from kubectl_mcdiag.path.trace import Path

WHY = "gives the gateway the filter chains of subset {subset}, which {source} calls"
ADVICE = {
    Reason.NO_CHAIN: Message("Let clients call with the server name that istiod gives them."),
    Reason.PROXY_PROTOCOL: Message(
        "Take proxyProtocol out of the gateway's proxy.istio.io/config or the mesh's gatewayTopology, and restart it."
    ),
}


def run(view: View, pair: Pair) -> Iterator[Finding | NotJudged]:
    """Yield a failure for each service whose calls the gateway turns away."""
    for path, hop in broken(view, pair, Kind.ENTRANCE):
        fix = _fix(view, path, hop)
        advice = NOTHING if fix else ADVICE.get(hop.reason, NOTHING)
        yield finding(view, path, hop, where=hop.values["context"], fix=fix, advice=advice)
    yield from unseen(view, pair, Kind.ENTRANCE)


def _fix(view: View, path: Path, hop: Hop) -> tuple[Step, ...]:
    if hop.reason is Reason.NO_CHAIN:
        return tuple(_steps(view, path, hop))
    return without_filter(view, hop.values["context"], hop)


def _steps(view: View, path: Path, hop: Hop) -> Iterator[Step]:
    wanted = hop.values["sni"].split("_.")[2:3]
    hidden = declaring(view, hop.values["context"], path.call.service, "".join(wanted))
    if hidden:
        yield exported(view, *hidden, hop.values["gateway"].rpartition(".")[2])
    else:
        yield from _subsets(view, path, hop, wanted)


def _subsets(view: View, path: Path, hop: Hop, wanted: list[str]) -> Iterator[Step]:
    plane = control_planes(view, hop.values["context"])[0]
    there = [rule for _, rule in destination_rules(view, hop.values["context"], path.call.service)]
    for _, rule in destination_rules(view, path.call.source, path.call.service):
        for subset in (one for one in rule.subsets if [one.name] == wanted):
            why = say(WHY, subset=subset.name, source=path.call.source)
            yield _added(view, plane, there[0], subset, why) if there else _made(view, plane, rule, why)


def _added(view: View, plane: str, rule: DestinationRule, subset: Subset, why: Message) -> Step:
    target = Object(plane, "destinationrules.networking.istio.io", rule.name, rule.namespace)
    value = {"name": subset.name, "labels": subset.labels}
    last = len(rule.subsets) - 1
    known = (test(f"/spec/subsets/{last}/name", rule.subsets[last].name), put("/spec/subsets/-", value))
    return patch(view, Action.LABEL, target, known if rule.subsets else (put("/spec/subsets", [value]),), why)


def _made(view: View, plane: str, rule: DestinationRule, why: Message) -> Step:
    subsets = [{"name": one.name, "labels": one.labels} for one in rule.subsets]
    manifest = {
        "apiVersion": "networking.istio.io/v1beta1",
        "kind": "DestinationRule",
        "metadata": {"name": rule.name, "namespace": rule.namespace},
        "spec": {"host": rule.host, "subsets": subsets},
    }
    return create(view, Action.CREATE_SERVICE, plane, manifest, why)


CHECK = Check(
    "MC905",
    "the gateway has a filter chain for the server name that calls carry, and endpoints behind it",
    Unit.PAIR,
    run,
    symptom=Symptom.NO_ENTRANCE,
    leads_to=(Symptom.NO_CONNECTION, Symptom.NO_ANSWER),
    rows=("F10", "F14", "F21"),
    is_of_path=True,
)
