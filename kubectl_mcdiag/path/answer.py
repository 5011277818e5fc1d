"""What came back: answers and errors of the endpoints that lead to the destination, against those of the others."""

from kubectl_mcdiag.errors import Unavailable
from kubectl_mcdiag.evidence.commands import PROBE_REQUESTS
from kubectl_mcdiag.evidence.shell import Shell
from kubectl_mcdiag.mesh.traffic.probes import FAILED, Loop, may_miss
from kubectl_mcdiag.mesh.view import View
from kubectl_mcdiag.path.call import Call
from kubectl_mcdiag.path.connection import Reading, probe, readings, works
from kubectl_mcdiag.path.endpoints import leading
from kubectl_mcdiag.path.hop import Hop, Kind, Reason, Seen, State
from kubectl_mcdiag.path.shown import proxy_config


def judge(view: View, call: Call) -> Hop:
    """Return how answers stand."""
    try:
        return _judged(view, call, readings(view, call))
    except Unavailable as why:
        return Hop(Kind.ANSWER, State.NOT_SEEN, note=str(why))


def _judged(view: View, call: Call, found: tuple[Reading, ...]) -> Hop:
    if any(one.fails for one in found):
        return Hop(Kind.ANSWER, State.IDLE, note="nothing connects")
    loop = probe(view, call)
    return _by_probe(view, call, loop) if loop else _by_counters(view, call, found)


def _by_probe(view: View, call: Call, loop: Loop) -> Hop:
    there, failed = loop.counts[call.destination], loop.counts[FAILED]
    seen = Seen(call.source, Shell((view.invocation(PROBE_REQUESTS, call.source, loop.target).shown,)), loop.lines)
    if there and not failed:
        return Hop(Kind.ANSWER, State.WORKS, seen=(seen,))
    if failed and not there and not may_miss(view, call.service, call.destination):
        values = {"failed": str(failed), "sent": str(len(loop.answers))}
        return Hop(Kind.ANSWER, State.BROKEN, Reason.NO_ANSWER, values, (seen,))
    return Hop(Kind.ANSWER, State.IDLE, note=f"answers by cluster: {loop.tally}", seen=(seen,))


def _by_counters(view: View, call: Call, found: tuple[Reading, ...]) -> Hop:
    wrong = [one for one in found if one.last.errors and not one.last.successes and not one.last.connect_failures]
    if works(view, call) and not any(one.errs for one in found):
        return Hop(Kind.ANSWER, State.WORKS, seen=tuple(_shown(view, call, one) for one in found if one.answers > 0))
    if wrong and _others_answer(view, call):
        values = {"address": f"{wrong[0].last.address}:{wrong[0].last.port}", "errors": str(wrong[0].last.errors)}
        return Hop(Kind.ANSWER, State.BROKEN, Reason.ERRORS, values, (_shown(view, call, wrong[0]),))
    return Hop(Kind.ANSWER, State.IDLE)


def _others_answer(view: View, call: Call) -> bool:
    """Return whether endpoints elsewhere answer without errors: what fails everywhere is the service's own affair."""
    there = {(host.address, host.port) for one in leading(view, call) for host in one.hosts}
    return any(
        host.successes
        for one in leading(view, call)
        for host in one.cluster.hosts
        if (host.address, host.port) not in there
    )


def _shown(view: View, call: Call, one: Reading) -> Seen:
    last = one.last
    place = f"{last.address}:{last.port}"
    lines = (f"{place}::rq_success::{last.successes}", f"{place}::rq_error::{last.errors}")
    return proxy_config(view, call.source, call.client, "endpoint", lines, "--cluster", one.cluster, "-o", "json")
