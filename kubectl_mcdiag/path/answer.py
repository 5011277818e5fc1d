"""What came back: answers and errors of the endpoints that lead to the destination, against those of the others."""

from kubectl_mcdiag.errors import Unavailable
from kubectl_mcdiag.evidence.commands import PROBE_REQUESTS, SERVER_CLUSTERS
from kubectl_mcdiag.evidence.parsers.envoy.envoy_endpoints import Host
from kubectl_mcdiag.evidence.parsers.kubernetes.pods import Pod
from kubectl_mcdiag.evidence.shell import Shell
from kubectl_mcdiag.mesh.services.mutual_tls import ports
from kubectl_mcdiag.mesh.traffic.probes import FAILED, Loop, may_miss
from kubectl_mcdiag.mesh.view import View, ask
from kubectl_mcdiag.path.call import Call
from kubectl_mcdiag.path.connection import Reading, probe, readings, works
from kubectl_mcdiag.path.endpoints import leading
from kubectl_mcdiag.path.hop import Hop, Kind, Reason, Seen, State, unread
from kubectl_mcdiag.path.proxies import server
from kubectl_mcdiag.path.shown import proxy_config


def judge(view: View, call: Call) -> Hop:
    """Return how answers stand."""
    try:
        return _behind(view, call) or _judged(view, call, readings(view, call))
    except Unavailable as why:
        return unread(Kind.ANSWER, why)


def _behind(view: View, call: Call) -> Hop | None:
    """Return the hop where a server's own proxy has never connected to its application; None where none is known."""
    pod = ask(lambda: server(view, call.destination, call.service))
    found = ask(lambda: view.read(SERVER_CLUSTERS, call.destination, pod.full_name)) if pod else None
    if pod is None or found is None:
        return None
    port = dict(ports(view, call.destination, call.service)).get(call.port, 0)
    hosts = (host for one in found if one.direction == "inbound" and one.port == port for host in one.hosts)
    refused = next((host for host in hosts if 0 < host.connections <= host.connect_failures), None)
    return _not_served(view, call, pod, refused) if refused else None


def _not_served(view: View, call: Call, pod: Pod, host: Host) -> Hop:
    values = {
        "server": pod.full_name,
        "workload": pod.full_name,
        "port": str(host.port),
        "failures": str(host.connect_failures),
    }
    name = f"inbound|{host.port}||"
    lines = (f"{name}::cx_connect_fail::{host.connect_failures}", f"{name}::cx_total::{host.connections}")
    shown = proxy_config(view, call.destination, pod.full_name, "endpoint", lines, "--cluster", name, "-o", "json")
    return Hop(Kind.ANSWER, State.BROKEN, Reason.NOT_SERVED, values, (shown,))


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
