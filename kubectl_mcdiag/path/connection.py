"""Whether connections to the endpoints that lead to the destination can be made: counters, and a second reading."""

from collections.abc import Iterator
from dataclasses import dataclass

from kubectl_mcdiag.errors import Unavailable
from kubectl_mcdiag.evidence.commands import ENVOY_CLUSTERS_LATER
from kubectl_mcdiag.evidence.parsers.envoy.envoy_endpoints import Host
from kubectl_mcdiag.mesh.access.identity import pods
from kubectl_mcdiag.mesh.services.endpoints import given
from kubectl_mcdiag.mesh.traffic.connections import fails
from kubectl_mcdiag.mesh.traffic.probes import FAILED, Loop, sent
from kubectl_mcdiag.mesh.view import View, ask, fact
from kubectl_mcdiag.path.call import Call
from kubectl_mcdiag.path.endpoints import leading
from kubectl_mcdiag.path.hop import Hop, Kind, Reason, Seen, State, unread
from kubectl_mcdiag.path.shown import proxy_config


@dataclass(frozen=True, slots=True)
class Reading:
    """The counters of an endpoint of a cluster: as first read, and a little later (the same where not read again)."""

    cluster: str
    first: Host
    last: Host
    is_second: bool

    @property
    def fails(self) -> bool:
        """Whether connections fail now."""
        return self.is_second and fails(self.first, self.last)

    @property
    def answers(self) -> int:
        """How many requests were answered without an error, or connections used where no requests are counted."""
        return self.last.successes or self.last.requests - self.last.errors

    @property
    def grows(self) -> bool:
        """Whether requests were answered between the two readings."""
        return self.is_second and self.last.successes > self.first.successes

    @property
    def errs(self) -> bool:
        """Whether requests are answered with errors: since the first reading, or at all where none was sent since."""
        is_called = self.is_second and self.last.requests > self.first.requests
        return self.last.errors > (self.first.errors if is_called else 0)

    @property
    def is_alive(self) -> bool:
        """Whether a connection is open by which requests were answered; what was answered long ago proves nothing."""
        return bool(self.last.active) and self.answers > 0

    @property
    def has_failed(self) -> bool:
        """Whether the last that is known is a failure: none has an open connection since."""
        return bool(self.last.connect_failures) and not self.is_alive


@fact
def readings(view: View, call: Call) -> tuple[Reading, ...]:
    """Return the counters of every endpoint that leads to the destination."""
    again = ask(lambda: view.read(ENVOY_CLUSTERS_LATER, call.source, call.client)) or ()
    later = {(c.name, host.address, host.port): host for c in again for host in c.hosts}
    return tuple(
        Reading(one.cluster.name, host, later.get(key, host), key in later)
        for one in leading(view, call)
        for host in one.hosts
        for key in ((one.cluster.name, host.address, host.port),)
    )


def works(view: View, call: Call) -> bool:
    """Return whether calls are seen to arrive: answers have grown meanwhile, or a connection that answered is open."""
    found, loop = readings(view, call), probe(view, call)
    is_answered = bool(loop and loop.counts[call.destination] and not loop.counts[FAILED])
    is_open = any((one.grows or one.is_alive) and not one.errs for one in found) and not loop
    return (is_answered or is_open) and not any(one.fails for one in found)


def probe(view: View, call: Call) -> Loop | None:
    """Return the requests that were sent for this call by `--probe`, None where none were."""
    return sent(view, call.source, call.client, call.service, call.port)


def answers_others(view: View, call: Call) -> bool:
    """Return whether calls have come through since one failed: to its address, or to pods that failed as well."""
    failed = [one.last for one in readings(view, call) if one.has_failed]
    hosts = [host for cluster in given(view, call.source, call.client) for host in cluster.hosts]
    alive = {(host.address, host.port) for host in hosts if host.active and host.successes}
    return {(host.address, host.port) for host in failed} <= alive or _has_ended(view, call, failed, hosts)


def _has_ended(view: View, call: Call, failed: list[Host], hosts: list[Host]) -> bool:
    """Return whether a failure of TCP connections, which are not kept open, is over.

    Other pods of the destination failed too, and a connection to one of them is open that has answered since.
    """
    is_tcp = all(host.requests and not (host.successes or host.errors) for host in failed)
    there = {address for pod in pods(view, call.destination) for address in pod.addresses}
    again = (host for host in hosts if host.connect_failures and host.active and host.successes)
    return is_tcp and any(host.address in there for host in again)


def judge(view: View, call: Call) -> Hop:
    """Return how connections stand."""
    try:
        return next(_judged(view, call))
    except Unavailable as why:
        return unread(Kind.CONNECTION, why)


def _judged(view: View, call: Call) -> Iterator[Hop]:
    found = readings(view, call)
    failing = [one for one in found if one.fails]
    if failing:
        yield _hop(view, call, State.BROKEN, Reason.NO_CONNECTION, failing)
    if works(view, call):
        yield _hop(view, call, State.WORKS, Reason.NONE, [one for one in found if one.answers > 0] or list(found))
    failed = [one for one in found if one.has_failed]
    if failed:
        yield _hop(view, call, State.NOT_SEEN, Reason.FAILED_BEFORE, failed)
    yield _hop(view, call, State.IDLE, Reason.NONE, list(found))


def _hop(view: View, call: Call, state: State, reason: Reason, found: list[Reading]) -> Hop:
    first = found[0]
    values = {"address": f"{first.last.address}:{first.last.port}", "failures": str(first.last.connect_failures)}
    return Hop(Kind.CONNECTION, state, reason, values, tuple(_shown(view, call, one) for one in found))


def _shown(view: View, call: Call, one: Reading) -> Seen:
    last = one.last
    lines = (
        f"{last.address}:{last.port}::cx_connect_fail::{last.connect_failures}",
        f"{last.address}:{last.port}::rq_success::{last.successes}",
    )
    return proxy_config(view, call.source, call.client, "endpoint", lines, "--cluster", one.cluster, "-o", "json")
