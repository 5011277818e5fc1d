"""The words that several formats share: places, counts, statuses, and what the exit code will be."""

from collections import Counter
from collections.abc import Sequence

from kubectl_mcdiag.checks.contract import Scope
from kubectl_mcdiag.checks.steps import Mark, Step
from kubectl_mcdiag.mesh.model import ClusterSummary, GatewayAddress, Pair, Status
from kubectl_mcdiag.path.hop import State
from kubectl_mcdiag.path.trace import Path
from kubectl_mcdiag.report.style import UNICODE, Glyphs
from kubectl_mcdiag.verdict.model import Consequence, Ignored, PairVerdict, Report

UNKNOWN = "?"
IGNORED = "ignored"
SHOWN_PAIRS = 4
SHOWN_NAMES = 8
SHOWN_ALIKE = 3
NOT_OK = (Status.FAIL, Status.WARN, Status.UNKNOWN)
CELL = {Status.PASS: "ok", Status.NOTE: "ok", Status.UNKNOWN: UNKNOWN, Status.SKIP: "-"}


def verdict_word(each: PairVerdict) -> str:
    """Return how a pair stands, in a word: ok, WARN, FAIL, `?` where it is not known, or that it is ignored."""
    return IGNORED if each.ignored else CELL.get(each.status, each.status.value.upper())


def cell_text(each: PairVerdict) -> str:
    """Return how a pair stands, as in the matrix: `part 300/303` where some services arrive, `local` by a policy."""
    if each.ignored:
        return IGNORED
    if each.is_partly:
        return f"part {len(each.services) - len(each.failing)}/{len(each.services)}"
    if each.is_local:
        return "local"
    kept = sum(name in each.local for name in each.services) if each.status is Status.PASS else 0
    return f"local {kept}/{len(each.services)}" if kept else verdict_word(each)


def pair_text(pair: Pair, glyphs: Glyphs = UNICODE) -> str:
    """Return `from → to`."""
    return f"{pair.source} {glyphs.arrow} {pair.destination}"


HOP = {
    State.WORKS: "ok",
    State.IDLE: "idle",
    State.KEPT_AWAY: "kept away",
    State.NOT_SEEN: "?",
    State.BROKEN: "FAIL",
}


def path_text(path: Path) -> str:
    """Return a path in one line: `Path to shop.web:80: name ok, route ok, endpoints FAIL`."""
    hops = ", ".join(f"{hop.kind.value} {HOP[hop.state]}" for hop in path.hops)
    return f"Path to {path.call.service}:{path.call.port}: {hops}"


def remarks(report: Report) -> tuple[str, ...]:
    """Return what is to be said of the run: entries of the ignore file without effect, and what was left out."""
    names = several(report.left_out, SHOWN_ALIKE)
    said = f"Calls were not looked into, because others came first: {names}; name a service to follow its calls"
    return (*report.remarks, said) if names else report.remarks


def several(names: Sequence[str], limit: int = SHOWN_NAMES) -> str:
    """Return the names with commas, those beyond the limit as a count."""
    if len(names) <= limit:
        return ", ".join(names)
    return f"{', '.join(names[:limit])} and {len(names) - limit} more"


def count(number: int, noun: str) -> str:
    """Return `1 root cause`, `2 root causes`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def places(scope: Scope, glyphs: Glyphs = UNICODE) -> list[str]:
    """Say what a finding is about, a phrase each: the clusters where it stands, what of them, the calls."""
    pairs = several([pair_text(pair, glyphs) for pair in scope.pairs], SHOWN_PAIRS)
    named = (
        ("in", several(scope.clusters)),
        ("network", scope.network),
        ("istiod", scope.istiod),
        ("workload", scope.workload),
        ("service", scope.service),
        ("services", several(scope.services)),
        ("calls", pairs),
    )
    return [f"{word} {text}" for word, text in named if text] or ["the whole mesh"]


def where(scope: Scope, glyphs: Glyphs = UNICODE) -> str:
    """Say what a finding is about in one line."""
    return "; ".join(places(scope, glyphs))


def gateway_text(gateway: GatewayAddress) -> str:
    """Return the gateway's name and, a line each, what clients in other networks connect to."""
    hosts = (f"[{host}]" if ":" in host else host for host in gateway.addresses)
    places = [f"{host}:{gateway.port}" for host in hosts] or ["no external address"]
    return "\n".join((gateway.service, *places))


def istiod_texts(cluster: ClusterSummary) -> list[str]:
    """Return each istiod pod with its version and revision."""
    return [f"{pod.name} {pod.version or UNKNOWN} ({pod.revision or UNKNOWN})" for pod in cluster.istiods]


def absence(cluster: ClusterSummary, field: str) -> str:
    """Say of an empty field whether there is none or nobody could look."""
    seen = cluster.istiods or cluster.roots or cluster.gateways or cluster.trust_domain
    return "none" if seen and field not in cluster.unknown else UNKNOWN


def summarised(consequences: Sequence[Consequence]) -> list[tuple[Consequence, int]]:
    """Return each consequence with 1, or of many with one code and status the first and their number."""
    kinds: dict[tuple[str, Status], list[Consequence]] = {}
    for each in consequences:
        kinds.setdefault((each.check.code, each.finding.status), []).append(each)
    return [
        (each, 1 if len(alike) <= SHOWN_ALIKE else len(alike))
        for alike in kinds.values()
        for each in (alike if len(alike) <= SHOWN_ALIKE else alike[:1])
    ]


_SIGNALLED = 128


def has_unknowns(report: Report) -> bool:
    """Return whether anything could not be judged."""
    checks = {each.status for each in report.results}
    pairs = {each.status for each in report.pairs}
    return bool(report.unknowns) or Status.UNKNOWN in {report.status, *checks, *pairs}


def exit_text(report: Report) -> str:
    """Say the exit code and why (design §5); for a warning both, since `--fail-on` is the operator's."""
    statuses = {cause.finding.status for cause in report.root_causes}
    if report.exit_code is not None and report.exit_code > _SIGNALLED:
        how = {2: "interrupted", 15: "terminated"}.get(report.exit_code - _SIGNALLED, "ended by a signal")
        return f"exit {report.exit_code}: {how} before all was read"
    if Status.FAIL in statuses:
        return "exit 1: at least one root cause"
    if report.exit_code == 1:
        return "exit 1: at least one warning (--fail-on warn)"
    usual = "exit 3: not everything could be judged" if has_unknowns(report) else "exit 0"
    return f"{usual} (1 with --fail-on warn)" if Status.WARN in statuses else usual


def moment(report: Report) -> str:
    """Return when the evidence was collected, in the zone of the record."""
    return f"{report.taken_at:%Y-%m-%d %H:%M:%S %Z}".strip()


def verdict_text(report: Report) -> str:
    """Return the report's status in a word: FAIL, WARN, UNKNOWN, or ok."""
    return report.status.value.upper() if report.status in NOT_OK else "ok"


def fetched_text(report: Report) -> str:
    """Say how much was fetched, empty where nothing was asked."""
    found = report.fetched
    if not found.commands:
        return ""
    size = f"{found.size / 1_000_000:.1f} MB" if found.size >= 100_000 else f"{found.size / 1_000:.1f} kB"
    return f"{count(found.commands, 'command')} fetched {size}, {found.seconds:.1f} s of waiting added up"


def tally(report: Report) -> str:
    """Count root causes, consequences, warnings, notes and what could not be judged; zeros are left out."""
    statuses = Counter(cause.finding.status for cause in report.root_causes)
    parts = (
        (statuses[Status.FAIL], "root cause"),
        (statuses[Status.WARN], "warning"),
        (sum(len(cause.consequences) for cause in report.root_causes), "consequence"),
        (len(report.notes), "note"),
    )
    said = [count(number, noun) for number, noun in parts if number]
    none = [] if report.root_causes else ["no root cause"]
    ignored = [f"{len(report.ignored)} ignored"] if report.ignored else []
    unjudged = [f"{len(report.unknowns)} not judged"] if report.unknowns else []
    return ", ".join([*none, *said, *ignored, *unjudged])


def next_text(report: Report) -> str:
    """Say what to do next; nothing where all is well."""
    if report.root_causes:
        code = report.root_causes[0].check.code
        return f"Next: fix 1 and run this again; kubectl mcdiag explain {code} says more about it."
    if report.members:
        return "Next: give a context for each member as well (--context A,B), and run this again."
    if has_unknowns(report):
        return "Next: make readable what could not be judged, and run this again."
    return ""


def ignored_text(each: Ignored, glyphs: Glyphs = UNICODE) -> str:
    """Say what is ignored, where, until when and why, in one line."""
    return f"{each.cause.check.code} {where(each.cause.finding.scope, glyphs)}: until {each.until}, {each.reason}"


def checks_text(report: Report) -> str:
    """Count the checks by how they came out, worst first, skipped ones last."""
    statuses = Counter(result.status for result in report.results)
    order = sorted(statuses, key=lambda status: (status is Status.SKIP, -status.rank))
    named = {Status.SKIP: "do not apply (-o json says why)"}
    parts = ", ".join(f"{statuses[status]} {named.get(status, status.value)}" for status in order)
    return f"{count(len(report.results), 'check')}: {parts}" if parts else "no check was run"


def marked(step: Step) -> tuple[str, ...]:
    """Return the marks of a step, in one order."""
    return tuple(mark.value for mark in Mark if mark in step.marks)


def step_text(step: Step) -> str:
    """Return what a step is for, its marks in front."""
    marks = ", ".join(marked(step))
    return f"{marks}: {step.why}" if marks else str(step.why)
