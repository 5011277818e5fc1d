"""Ask the clusters what the checks need to know, as fast as the answers allow, and keep it in a snapshot.

There are no fixed rounds: whenever an answer arrives, the rules below say what it makes worth asking, and that is
asked at once. A rule is a pure function of what is known so far.
"""

import sys
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Executor, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, replace
from typing import Any

from kubectl_mcdiag.errors import ParseError
from kubectl_mcdiag.evidence import commands as c
from kubectl_mcdiag.evidence.commands.common import forgone, permitted
from kubectl_mcdiag.evidence.commands.together import together
from kubectl_mcdiag.evidence.model import Command, Failure, Invocation, Observation, Output, Settings, Snapshot, Source
from kubectl_mcdiag.evidence.parsers import failures
from kubectl_mcdiag.evidence.parsers.kubernetes import configmaps
from kubectl_mcdiag.mesh.access import control_plane, identity, membership, replicas
from kubectl_mcdiag.mesh.ambient import enrolment as ambient
from kubectl_mcdiag.mesh.discovery import failing_secrets, remote_secrets
from kubectl_mcdiag.mesh.networks import exposures, gateway_proxies, gateways
from kubectl_mcdiag.mesh.services import endpoints, exports
from kubectl_mcdiag.mesh.traffic import connections, probes
from kubectl_mcdiag.mesh.trust import proxies as proxy_trust
from kubectl_mcdiag.mesh.view import View, ask
from kubectl_mcdiag.path.asked import questions
from kubectl_mcdiag.run.turns import AT_ONCE, Turns

_MARGIN = 0.5
_PATIENCE = 1.0
_LONG, _PAUSE = 0.05, 4.0


@dataclass(frozen=True, slots=True)
class Wish:
    """A command worth running; `target`: the pod it concerns (`name.namespace`), for probes the address as well.

    `names` are the objects that are asked for by name.
    """

    command: Command[Any]
    context: str
    target: str = ""
    names: tuple[str, ...] = ()


def wishes(view: View, of: Collection[str] | None = None) -> Iterator[Wish]:
    """Yield all that is worth asking, given what is known; what was asked already may be among it.

    `of`: the only contexts for which to look, None for all.
    """
    yield Wish(c.KUBECONFIG, "")
    for context in view.contexts:
        for command in (c.PODS, c.RESOURCES, c.SECRETS, c.ISTIO_CONFIG):
            yield Wish(command, context)
    for context in view.contexts if of is None else of:
        for rule in (_config_maps, _istiod, _clients, _gateways, _on_demand, _path, _probes):
            # As with a fact: worked out again only where an answer came that it has read, or missed.
            yield from view.recall((rule, context), lambda r=rule, c=context: tuple(r(view, c)))  # type: ignore[misc]


def _config_maps(view: View, context: str) -> Iterator[Wish]:
    if view.was_asked(c.PODS, context):
        yield Wish(c.CONFIG_MAPS, context, names=configmaps.asked(_revisions(view, context)))


def _path(view: View, context: str) -> Iterator[Wish]:
    yield from (Wish(command, context, target) for command, target in questions(view, context))


def _revisions(view: View, context: str) -> list[str]:
    return [pod.labels.get(identity.REVISION, "") for pod in ask(lambda: identity.istiod_pods(view, context)) or ()]


def _istiod(view: View, context: str) -> Iterator[Wish]:
    pods = ask(lambda: identity.istiods(view, context)) or ()
    log = bool(pods) and failing_secrets.needs_log(view, context)
    for pod in pods:
        # Each replica knows but its own proxies, so that syncz is asked of all.
        for command in (c.CLUSTERZ, c.SYNCZ, *((c.ISTIOD_LOG,) if log else ())):
            yield Wish(command, context, pod.full_name)
    for pod in ask(lambda: replicas.worth_reading(view, context)) or ():
        for command in (c.ENDPOINT_SHARDS, c.NETWORKZ, *((c.EXPORTED_SERVICES,) if exports.is_on(pod) else ())):
            yield Wish(command, context, pod.full_name)
    for pod in ask(lambda: control_plane.crashing(view, context)) or ():
        yield Wish(c.ISTIOD_CRASH, context, pod.full_name)


def _clients(view: View, context: str) -> Iterator[Wish]:
    for pod in ask(lambda: identity.clients(view, context)) or ():
        yield Wish(c.PROXY_ENDPOINTS, context, pod.full_name)
        if view.was_asked(c.PROXY_ENDPOINTS, context, pod.full_name) and not _answered(view, context, pod.full_name):
            yield Wish(c.ENVOY_CLUSTERS, context, pod.full_name)
        if connections.needs_second_reading(view, context, pod.full_name) and not connections.awaits_gateways(
            view, context
        ):
            yield Wish(c.ENVOY_CLUSTERS_LATER, context, pod.full_name)
    for pod in ask(lambda: proxy_trust.doubtful(view, context)) or ():
        yield Wish(c.PROXY_CERTIFICATES, context, pod.full_name)


def _answered(view: View, context: str, client: str) -> bool:
    return ask(lambda: view.read(c.PROXY_ENDPOINTS, context, client)) is not None


def _gateways(view: View, context: str) -> Iterator[Wish]:
    crowded = ask(lambda: exposures.is_crowded(view, context))
    for pod in ask(lambda: gateway_proxies.sampled(view, context)) or ():
        if crowded:
            yield Wish(c.GATEWAY_LISTENERS, context, pod.full_name)
        if connections.is_doubtful(view, context):
            yield Wish(c.GATEWAY_CLUSTERS, context, pod.full_name)
        if connections.was_read_again(view, context):
            yield Wish(c.GATEWAY_CLUSTERS_LATER, context, pod.full_name)


def _on_demand(view: View, context: str) -> Iterator[Wish]:
    needed: tuple[tuple[Callable[[View, str], bool], Command[Any]], ...] = (
        (remote_secrets.needs_search, c.MISPLACED_SECRETS),
        (lambda v, k: endpoints.needs_workloads(v, k) or membership.needs_templates(v, k), c.WORKLOADS),
        (lambda v, k: gateways.needs_gateway_api(v, k) or ambient.is_ambient(v, k), c.GATEWAY_API),
        (failing_secrets.needs_reader, c.READER),
        (gateways.needs_workloads, c.WORKLOADS),
    )
    for rule, command in needed:
        if ask(lambda r=rule: r(view, context)):  # type: ignore[misc]
            yield Wish(command, context)


def _probes(view: View, context: str) -> Iterator[Wish]:
    if not view.settings.probe:
        return
    for other in (other for other in view.contexts if other != context):
        for service in ask(lambda o=other: probes.probed(view, context, o)) or ():  # type: ignore[misc]
            target = ask(lambda s=service: probes.request_target(view, context, s))  # type: ignore[misc]
            yield from (Wish(c.PROBE_REQUESTS, context, t) for t in (target,) if t)
        for target in ask(lambda o=other: probes.connect_targets(view, context, o)) or ():  # type: ignore[misc]
            yield Wish(c.PROBE_CONNECT, context, target)


Invocations = tuple[Invocation, ...]
Tell = Callable[[Observation, Mapping[str, int]], None]


class AtOnce(Executor):
    """Runs what is submitted there and then: for sources that answer from memory, where a thread costs more."""

    def submit(self, work: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Return a future that is done; what the work raises is raised here."""
        done: Future[Any] = Future()
        done.set_result(work(*args, **kwargs))
        return done


def collect(
    source: Source,
    snapshot: Snapshot,
    deadline: float,
    wanted: frozenset[str] | None = None,
    tell: Tell = lambda _found, _left: None,
    limit: float = 0.0,
    executor: Executor | None = None,
) -> Snapshot:
    """Return the snapshot with everything worth asking in it.

    `deadline` is a `time.monotonic()` value: what is unanswered then is recorded as timed out. `wanted` limits the
    questions to these command keys. `tell` hears of each answer and what is awaited, by context. `limit` is the
    longest that one command may take, in seconds; 0 for its own. `executor` runs the commands; by default at most
    32 at once, shared out so that a silent cluster holds up no other.
    """
    known = dict(snapshot.observations)
    view = View(replace(snapshot, observations=known))
    turns = Turns(sys.maxsize if executor else AT_ONCE, set(known))
    slowest = 0.0
    with executor or ThreadPoolExecutor(max_workers=AT_ONCE) as pool:
        asking = _Asking(view, known, turns, lambda all_, until: pool.submit(_run, source, all_, until, limit), tell)
        looks = _Looks()
        while True:
            began = time.monotonic()
            turns.add(_new(view, wanted, looks.due(asking)))
            # What is left to do with the answers takes as long as this at least, and ends in time as well.
            took = time.monotonic() - began
            looks.took(took)
            slowest = max(slowest, took)
            until = deadline - slowest
            if time.monotonic() >= until and not asking.pending:
                return replace(snapshot, observations={**known, **_unasked(turns, snapshot.settings, deadline)})
            if not asking.some(until, looks.next) and looks.is_whole:
                return replace(snapshot, observations=known)
            # Looking costs more the more clusters there are: as their answers come in, several are awaited.
            asking.more(min(until, time.monotonic() + _PATIENCE * took), until)


class _Looks:
    """When to look for what is worth asking of all clusters, and when only of those that have answered since.

    `next` is when all are looked at again. Of a hundred clusters that takes a second, in which no command is started.
    """

    def __init__(self) -> None:
        self.is_whole = True
        self.next = 0.0

    def due(self, asking: "_Asking") -> Collection[str] | None:
        """Return the contexts to look at, None for all."""
        fresh, asking.fresh = asking.fresh, set()
        self.is_whole = not asking.pending or time.monotonic() >= self.next
        return None if self.is_whole else fresh

    def took(self, seconds: float) -> None:
        """Take note of how long the look took."""
        if self.is_whole:
            self.next = time.monotonic() + (_PAUSE * seconds if seconds > _LONG else 0.0)


class _Asking:
    """The commands under way; what they answer goes into `known`, and the view forgets what that alters."""

    def __init__(
        self,
        view: View,
        known: dict[tuple[str, str, str], Observation],
        turns: Turns,
        start: Callable[[Invocations, float], Future[tuple[Output, ...]]],
        tell: Tell,
    ) -> None:
        self.fresh: set[str] = set()
        self.pending: dict[Future[tuple[Output, ...]], Invocations] = {}
        self._view = view
        self._known = known
        self._turns = turns
        self._start = start
        self._tell = tell

    def some(self, until: float, wake: float) -> bool:
        """Start what is due and take the next answers; all that are left where `until` passes without one.

        Where `wake` is still to come and passes without one, there is none; return whether there can be more.
        """
        self._begin(until)
        now = time.monotonic()
        left = min(until, wake if wake > now else until) - now
        done = wait(self.pending, left, FIRST_COMPLETED).done if left > 0 else set()
        if not done and self.pending and time.monotonic() < until:
            return True
        # Once the time is over there is nothing to be gained from looking at each answer by itself.
        return self._take(done or wait(self.pending).done)

    def more(self, moment: float, until: float) -> None:
        """Start what is due and take the answers that come up to a moment."""
        self._begin(until)
        while (left := moment - time.monotonic()) > 0 and self._take(wait(self.pending, left, FIRST_COMPLETED).done):
            self._begin(until)

    def _begin(self, until: float) -> None:
        for wishes in self._turns.due():
            invocations = tuple(invoke(wish, self._view.settings, until) for wish in wishes)
            self.pending[self._start(_merged(wishes, invocations, self._view.settings, until), until)] = invocations

    def _take(self, done: set[Future[tuple[Output, ...]]]) -> bool:
        for future in done:
            invocations = self.pending.pop(future)
            self._turns.over(invocations[0].context)
            self.fresh.add(invocations[0].context)
            for invocation, output in zip(invocations, future.result(), strict=True):
                self._known[invocation.identity] = observe(invocation, output)
                self._view.forget(invocation.identity)
                self._tell(self._known[invocation.identity], self._turns.left())
        return bool(done)


def _unasked(turns: Turns, settings: Settings, deadline: float) -> dict[tuple[str, str, str], Observation]:
    """Return as timed out what there was no time for."""
    asked = [invoke(wish, settings, deadline) for wish in turns.rest()]
    return {each.identity: observe(each, Output(failure=Failure.TIMED_OUT)) for each in asked}


def _new(view: View, wanted: frozenset[str] | None, of: Collection[str] | None) -> Iterator[Wish]:
    settings = view.settings
    chosen = (wish for wish in wishes(view, of) if wanted is None or wish.command.key in wanted)
    return (wish for wish in chosen if not forgone(wish.command, settings))


def _run(source: Source, invocations: Invocations, deadline: float, limit: float) -> tuple[Output, ...]:
    return tuple(_answer(source, one, deadline, limit) for one in invocations)


def _answer(source: Source, invocation: Invocation, deadline: float, limit: float) -> Output:
    longest = invocation.merged[0].command.timeout if invocation.merged else invocation.command.timeout
    left = min(deadline - time.monotonic(), limit or longest)
    if left <= 0:
        return Output(failure=Failure.TIMED_OUT)
    return source.run(invocation, left)


def _merged(wishes: list[Wish], invocations: Invocations, settings: Settings, deadline: float) -> Invocations:
    """Return what is asked as one with the question for all in the first; a source may take it or leave it."""
    if len(wishes) < 2:
        return invocations
    first, *others = invocations
    whole = replace(wishes[0], command=together(tuple(wish.command for wish in wishes)))
    return (replace(first, merged=(invoke(whole, settings, deadline), *others)), *others)


def invoke(wish: Wish, settings: Settings, deadline: float) -> Invocation:
    """Render the argv of a wish; kubectl is set to give up a little before it would be killed."""
    command = permitted(wish.command, settings)
    left = min(deadline - time.monotonic(), command.timeout)
    prefix = settings.prefix(command.tool, wish.context)
    names = _names(wish, settings)
    shown = (*prefix, *_filled(command.shown or command.args, names))
    limit = (f"--request-timeout={max(1, int(left - _MARGIN))}s",) if command.tool == "kubectl" else ()
    argv = (*prefix, *limit, *_filled(command.args, names))
    return Invocation(command, wish.context, wish.target, argv, shown, settings.flags)


def _filled(args: tuple[str, ...], names: Mapping[str, str | tuple[str, ...]]) -> Iterator[str]:
    for part in args:
        value = names.get(part, part)
        yield from (value,) if isinstance(value, str) else value


def _names(wish: Wish, settings: Settings) -> dict[str, str | tuple[str, ...]]:
    # Whole arguments only: the templates of kubectl hold braces of their own.
    caller, _, address = wish.target.partition(" ")
    pod, _, namespace = caller.rpartition(".")
    return {
        "{istio_namespace}": settings.istio_namespace,
        "{pod}": pod,
        "{namespace}": namespace,
        "{pod}.{namespace}": caller,
        "{address}": wish.command.question(address),
        "{names}": wish.names,
    }


def observe(invocation: Invocation, output: Output) -> Observation:
    """Parse an output, or say why there is no value."""
    denied = failures.denied(output.stderr)
    # Of one resource that may not be listed kubectl prints an empty list beside the error.
    several = sum(each.verb == "list" for each in invocation.command.permissions) > 1
    partial = (
        bool(denied) and several and bool(output.stdout.strip()) and output.failure in (Failure.NONE, Failure.FORBIDDEN)
    )
    reason = "" if partial else failures.reason(invocation, output)
    if reason:
        return Observation(invocation, output, None, reason)
    try:
        return Observation(invocation, output, invocation.command.parse(output.stdout), "", denied)
    except ParseError as error:
        where = f"{invocation.context}: " if invocation.context else ""
        why = f"{where}{invocation.command.key}: the output has an unexpected shape: {error}"
        return Observation(invocation, output, None, why)
