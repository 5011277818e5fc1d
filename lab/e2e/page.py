"""docs/accuracy.md: the ledger as a page."""

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from itertools import groupby

from lab.e2e.istioctl import COMMANDS
from lab.e2e.ledger import Ledger
from lab.e2e.outcome import Health, Mending, Outcome

HEAD = """# How often is the diagnosis right?

Every fault below was put into a real mesh (`lab`), its effect was observed, the installed `kubectl mcdiag
check` was run once, and the steps it printed were executed as they stand. This page is written by `make e2e`; the
truths were written before, in `lab/faults`.

"""
RULES = """
*first*: the first root cause is a true one, and the exit code fits; of what only looks like a fault: no root cause,
and the note. *named*: every true root cause is named, be it as a consequence. *pairs*: each has exactly its pairs of
clusters. *beside*: root causes that are not true. *steps*: after the printed steps requests from all clusters are
answered by all versions, mcdiag finds nothing, and no object differs from before but for what the mending must
leave; *by hand*: the mending lies outside the clusters, such as a firewall's rule. *s*: seconds of the check.

The last three columns tell what `istioctl analyze`, `remote-clusters` and `proxy-status`, run against every cluster
with an istiod, showed in the same run: ● where a line was new beside three looks at the healthy mesh, or gone (names
of pods and ages left aside). That is in their favour: a changed line need not say what is wrong.
"""
COLUMNS = ("fault", "rows", "truth", "first", "named", "pairs", "beside", "steps", "s", *COMMANDS)
MARKS = {True: "✓", False: "✗"}
MENDINGS = {Mending.GREEN: "✓", Mending.NOT_GREEN: "✗", Mending.BY_HAND: "by hand", Mending.NOTHING: ""}
EXCERPT = 110


def page(ledger: Ledger) -> str:
    """Return the page."""
    outcomes = tuple(ledger.outcomes.values())
    parts = [HEAD, _versions(ledger), "\n\n", *_totals(outcomes), RULES, "\n## Faults\n"]
    for family, members in groupby(outcomes, key=lambda outcome: outcome.family):
        parts += [f"\n### {family}\n\n", table(COLUMNS, map(_row, members))]
    parts += [
        "\n## Healthy shapes\n\n",
        table(("shape", "clean", "s", "date"), map(_healthy, ledger.healths.values())),
    ]
    parts += [*_missed(outcomes), *_shown(outcomes)]
    return "".join(parts)


def totals(outcomes: Iterable[Outcome]) -> list[tuple[str, int, int]]:
    """Return what was reached: the name of the figure, how many, and of how many."""
    counted = [outcome for outcome in outcomes if outcome.bit]
    mendable = [o for o in counted if o.mending not in (Mending.NOTHING, Mending.BY_HAND)]

    def figure(name: str, among: list[Outcome], claim: Callable[[Outcome], bool]) -> tuple[str, int, int]:
        return name, sum(map(claim, among)), len(among)

    return [
        figure("named first", counted, lambda o: o.judgement.first),
        figure("named at all", counted, lambda o: o.judgement.named),
        figure("pairs right", counted, lambda o: o.judgement.pairs),
        figure("no root cause beside the true ones", counted, lambda o: not o.judgement.false),
        figure("steps turned it green", mendable, lambda o: o.mending is Mending.GREEN),
        *(figure(f"`istioctl {name}` changed", counted, partial(_changed, name)) for name in COMMANDS),
    ]


def _changed(command: str, outcome: Outcome) -> bool:
    return bool(outcome.istioctl.get(command))


def percent(part: int, whole: int) -> str:
    """Return a share as people read it."""
    return f"{100 * part / whole:.0f} %" if whole else "none"


def interval(part: int, whole: int) -> str:
    """Return between which shares the true one lies, 95 times of 100 (Wilson's interval)."""
    if not whole:
        return ""
    z, share = 1.96, part / whole
    middle = (share + z * z / (2 * whole)) / (1 + z * z / whole)
    reach = z * (share * (1 - share) / whole + z * z / (4 * whole * whole)) ** 0.5 / (1 + z * z / whole)
    return f"{100 * max(0.0, middle - reach):.0f} to {100 * min(1.0, middle + reach):.0f} %"


def _versions(ledger: Ledger) -> str:
    dates = sorted({outcome.date for outcome in ledger.outcomes.values()})
    when = " to ".join(dict.fromkeys((dates[0], dates[-1]))) if dates else "never"
    return f"{', '.join(f'{name} {version}' for name, version in ledger.versions.items())}; run {when}."


def _totals(outcomes: tuple[Outcome, ...]) -> Iterator[str]:
    bit = sum(outcome.bit for outcome in outcomes)
    yield f"{bit} faults bit; {len(outcomes) - bit} did not, and do not count.\n\n"
    yield table(("", "", "of", ""), ((n, str(part), str(of), percent(part, of)) for n, part, of in totals(outcomes)))


def _row(outcome: Outcome) -> tuple[str, ...]:
    rows = " ".join(outcome.rows)
    if not outcome.bit:
        return (outcome.fault, rows, outcome.truth, "did not bite", *("" for _ in COLUMNS[4:]))
    judgement = outcome.judgement
    return (
        outcome.fault, rows, outcome.truth,
        MARKS[judgement.first], MARKS[judgement.named], MARKS[judgement.pairs], " ".join(judgement.false),
        MENDINGS[outcome.mending], f"{outcome.seconds:.1f}",
        *("●" if outcome.istioctl.get(name) else "" for name in COMMANDS),
    )  # fmt: skip


def _healthy(health: Health) -> tuple[str, ...]:
    return (
        health.shape,
        MARKS[health.is_clean] if health.is_clean else health.said,
        f"{health.seconds:.1f}",
        health.date,
    )


def _missed(outcomes: tuple[Outcome, ...]) -> Iterator[str]:
    wrong = [outcome for outcome in outcomes if not outcome.is_well]
    if wrong:
        yield "\n## Missed\n\n"
    for outcome in wrong:
        yield f"* **{outcome.fault}** ({outcome.truth}; {outcome.shape}): {_why(outcome)}\n"


def _why(outcome: Outcome) -> str:
    if not outcome.bit:
        return f"did not bite: {_short(outcome.why_not_bitten)}"
    parts = [] if outcome.judgement.is_right else [f"mcdiag said {outcome.said}"]
    if outcome.mending is Mending.NOT_GREEN:
        parts.append(f"not green: {_short(outcome.why_not_green)}")
    return "; ".join(parts)


def _shown(outcomes: tuple[Outcome, ...]) -> Iterator[str]:
    yield "\n## What istioctl showed\n\nThe first line that was new or gone.\n\n"
    lines = ((o.fault, name, f"`{_short(line)}`") for o in outcomes for name, line in o.istioctl.items() if line)
    yield table(("fault", "command", "line"), lines)


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= EXCERPT else f"{line[:EXCERPT]}…"


def table(columns: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    """Return a table of Markdown."""
    lines = (columns, tuple("---" for _ in columns), *rows)
    return "".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |\n" for line in lines)
