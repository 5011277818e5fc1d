"""What the rules of the path have in common: one finding for each reason why a hop is broken."""

from collections.abc import Iterator
from string import Formatter

from kubectl_mcdiag.checks.contract import Evidence, Finding, NotJudged, Scope
from kubectl_mcdiag.checks.message import NOTHING, Message, say
from kubectl_mcdiag.checks.patches import pointer, put, replaced
from kubectl_mcdiag.checks.steps import Action, Object, Step, delete, patch
from kubectl_mcdiag.evidence.parsers.kubernetes.destination_rules import DestinationRule
from kubectl_mcdiag.mesh.access.identity import control_planes, network
from kubectl_mcdiag.mesh.model import Pair, Status
from kubectl_mcdiag.mesh.services.policy import destination_rules
from kubectl_mcdiag.mesh.view import View
from kubectl_mcdiag.path.hop import Hop, Kind, State
from kubectl_mcdiag.path.trace import Path, paths

WHY_REFUSED = Message("only if nobody means it to refuse these calls")
DETAIL = "Calls from {client} in {source} to {service}, port {port}, in {destination} stop at the {hop} hop."

ADVICE = {
    Kind.NAME: Message(
        "Ask the owner of {service} whether clients in {source} are to see it: a Sidecar,"
        " exportTo or a missing Service hides it from them. `istioctl proxy-config clusters` then lists the host."
    ),
    Kind.ENDPOINTS: Message(
        "Ask the owner of {service} which pods these calls are for, and compare the labels of the"
        " subset with theirs. `istioctl proxy-config endpoints` of the client then lists them as HEALTHY."
    ),
    Kind.CONNECTION: Message(
        "Ask whoever runs the network to allow TCP from {source} to the address that is named. --probe verifies it."
    ),
    Kind.ENTRANCE: Message(
        "Ask the owner of the gateway in {destination} which Gateway, EnvoyFilter or"
        " DestinationRule changed its listener. The command above then shows a filter chain for this server name."
    ),
    Kind.TRUST: Message(
        "Restart the pod that holds the older root, at a quiet time: istiod gives it a new"
        " certificate. `istioctl proxy-config secret` of both pods then shows the same root."
    ),
    Kind.ADMISSION: Message(
        "Ask the owner of {service} in {destination} to admit this client, or apply the same object in {source} if the"
        " refusal is intended. --probe then counts answers from {destination}."
    ),
    Kind.ANSWER: Message(
        "Ask the owner of {service} in {destination} why it answers with errors. 503 comes from Envoy: the access log"
        " of its sidecar gives the reason as response flags. --probe then counts answers without errors."
    ),
}
"""What to do where no step can, by the hop that is broken."""


def broken(view: View, pair: Pair, kind: Kind) -> Iterator[tuple[Path, Hop]]:
    """Yield each reason why a hop of this kind is broken, once for each service."""
    yielded: set[tuple[str, str]] = set()
    for path in paths(view, pair):
        hop = path.hop(kind)
        if hop and hop.state is State.BROKEN and (path.call.service, path.words(hop)) not in yielded:
            yielded.add((path.call.service, path.words(hop)))
            yield path, hop


def unseen(view: View, pair: Pair, kind: Kind) -> Iterator[NotJudged]:
    """Yield the calls whose hop of this kind could not be seen, once for each service and reason."""
    found = {}
    for path in paths(view, pair):
        hop = path.hop(kind)
        if hop and hop.state is State.NOT_SEEN and not hop.reason.value:
            found[path.call.service, hop.note] = NotJudged(scope(view, path, path.call.source), hop.note)
    yield from found.values()


def declaring(view: View, context: str, service: str, subset: str) -> tuple[str, DestinationRule] | None:
    """Return the DestinationRule that declares a subset for the proxies of a cluster, and where it stands."""
    found = destination_rules(view, context, service)
    return next(((plane, rule) for plane, rule in found if subset in [one.name for one in rule.subsets]), None)


def exported(view: View, plane: str, rule: DestinationRule, namespace: str) -> Step:
    """Export a rule to one more namespace; what says nothing is taken to be exported to its own."""
    listed = list(dict.fromkeys((*(rule.export_to or (".",)), namespace)))
    why = say("makes the rule that declares the subset visible to proxies in {namespace}", namespace=namespace)
    target = Object(plane, "destinationrules.networking.istio.io", rule.name, rule.namespace)
    place = pointer("spec", "exportTo")
    operations = replaced(place, list(rule.export_to), listed) if rule.export_to else (put(place, listed),)
    return patch(view, Action.MOVE_TRAFFIC, target, operations, why)


def without_filter(view: View, context: str, hop: Hop) -> tuple[Step, ...]:
    """Return the step that takes out the one EnvoyFilter by which a proxy of a cluster refuses calls, if it is one."""
    kind, _, name = hop.values.get("objects", "").partition(" ")
    if kind != "EnvoyFilter" or "," in name or kind not in hop.values.get("policy", ""):
        return ()
    own, _, namespace = name.partition(".")
    target = Object(control_planes(view, context)[0], "envoyfilters.networking.istio.io", own, namespace)
    return (delete(view, Action.TAKE_POLICY_OUT, target, WHY_REFUSED),)


def scope(view: View, path: Path, where: str) -> Scope:
    """Return the scope of what is said of a call: the wrong thing stands in the cluster `where`."""
    call = path.call
    return Scope((where,), (call.pair,), call.service, network(view, call.destination), "", call.client)


def finding(
    view: View,
    path: Path,
    hop: Hop,
    *,
    where: str = "",
    status: Status = Status.FAIL,
    fix: tuple[Step, ...] = (),
    advice: Message = NOTHING,
) -> Finding:
    """Return what is said of a broken hop: its reason, the call, and the commands that show it."""
    named = {name for _, name, _, _ in Formatter().parse(hop.reason.value)}
    # Findings that say the same are joined, so that a message holds nothing but what it says.
    values = {name: value for name, value in (path.call.values | hop.values).items() if name in named}
    return Finding(
        status,
        scope(view, path, where or path.call.source),
        say(hop.reason.value, **values),
        tuple(Evidence(seen.context, seen.command, "\n".join(seen.lines)) for seen in hop.seen),
        fix,
        say(DETAIL, **path.call.values, hop=hop.kind.value),
        advice if fix or advice else _advised(path, hop),
    )


def _advised(path: Path, hop: Hop) -> Message:
    advice = ADVICE.get(hop.kind, NOTHING).template
    named = {name for _, name, _, _ in Formatter().parse(advice)}
    return say(advice, **{name: value for name, value in path.call.values.items() if name in named})
