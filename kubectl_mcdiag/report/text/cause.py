"""One root cause: what is wrong, what proves it, the fix to paste, how to verify it, what else it breaks."""

from collections.abc import Iterator, Sequence

from kubectl_mcdiag.checks.contract import Evidence, Finding, Scope
from kubectl_mcdiag.checks.steps import Step, pasted
from kubectl_mcdiag.evidence.shell import WIDTH, joined
from kubectl_mcdiag.mesh.model import Pair, Status
from kubectl_mcdiag.report.columns import fold
from kubectl_mcdiag.report.references import url
from kubectl_mcdiag.report.sentences import acts, marks_text, reasons
from kubectl_mcdiag.report.style import Colour, Style
from kubectl_mcdiag.report.text.room import ASK, FIX, Room
from kubectl_mcdiag.report.text.verdict import COLOURS
from kubectl_mcdiag.report.words import count, pair_text, path_text, several
from kubectl_mcdiag.verdict.model import Consequence, RootCause

INDENT = "   "
SHOWN_CODES = 4
MOST_CONTEXTS = 6
MARGIN = 8


def cause(number: int, each: RootCause, style: Style, room: Room, said: str = "") -> list[str]:
    """Write one root cause; what `said` names, the verdict above it has said."""
    finding = each.finding
    return [
        *_head(number, each, style),
        *_wrapped(str(finding.detail), style),
        *(_place(finding.scope, style, f"{said} {finding.headline}") if room.effects else []),
        *(_wrapped(path_text(each.path), style, Colour.DIM) if each.path and room.effects else []),
        *_evidence(finding.evidence, style, room),
        *_fix(finding, style, room),
        "",
        *_verify(finding),
        *_consequences(each.consequences, style, room),
        f"{INDENT}{style.paint(f'See {url(each.check)}', Colour.DIM)}",
    ]


def _head(number: int, each: RootCause, style: Style) -> list[str]:
    label = f"{number}  {each.check.code}  "
    first, *rest = fold(each.finding.headline, style.width - len(label))
    code = style.paint(each.check.code, COLOURS[each.finding.status], Colour.BOLD)
    return [
        f"{number}  {code}  {style.paint(first, Colour.BOLD)}",
        *(" " * len(label) + style.paint(line, Colour.BOLD) for line in rest),
    ]


def _wrapped(text: str, style: Style, *colours: Colour) -> list[str]:
    parts = fold(text, style.width - len(INDENT)) if text else []
    return [INDENT + style.paint(line, *colours) for line in parts]


def _place(scope: Scope, style: Style, said: str) -> list[str]:
    """Say which calls it breaks, as far as that was not said."""
    pairs = [pair_text(pair, style.glyphs) for pair in scope.pairs]
    names = scope.services or ((scope.service,) if scope.service else ())
    if all(text in said for text in (*pairs, *names)):
        return []
    words = (f"Calls {several(pairs, 3)}" if pairs else "", f"of {several(names, 3)}" if names else "")
    return _wrapped(" ".join(word for word in words if word), style, Colour.DIM)


def _evidence(evidence: Sequence[Evidence], style: Style, room: Room) -> list[str]:
    lines = ["", INDENT + "Evidence"] if evidence else []
    for each in evidence[: room.evidence]:
        lines += [f"{INDENT}  {_command(line, first)}" for first, line in _first(_shown(each, style))]
        lines += [f"{INDENT}    {line}" for line in _excerpt(each.excerpt, style, room.excerpt)]
    more = len(evidence) - room.evidence
    return [*lines, f"{INDENT}  {style.glyphs.ellipsis} and {more} more in -o wide"] if more > 0 else lines


def _shown(each: Evidence, style: Style) -> list[str]:
    width = min(style.width, WIDTH) - len(INDENT) - len("  $ ")
    text = each.shown if isinstance(each.shown, str) else each.shown.text(width)
    return text.split("\n")


def _first(lines: list[str]) -> Iterator[tuple[bool, str]]:
    for place, line in enumerate(lines):
        yield place == 0, line


def _command(line: str, is_first: bool) -> str:
    return f"$ {line}" if is_first else f"  {line}"


def _excerpt(text: str, style: Style, most: int) -> list[str]:
    """Return lines of an excerpt, long ones folded."""
    width = style.width - len(INDENT) - 4
    lines = [part for line in text.split("\n") if text for part in _folded(line, width, most, style)]
    shown = [_cut(line, width, style) for line in lines[:most]]
    hidden = len(lines) - most
    return [*shown, f"{style.glyphs.ellipsis} {count(hidden, 'more line')}"] if hidden > 0 else shown


def _folded(line: str, width: int, most: int, style: Style) -> list[str]:
    """Fold a line; of one that is too long keep its end, which is where a log says why."""
    if len(line) <= width:
        return [line]
    words = " ".join(line.split())
    parts = fold(words, width)
    if len(parts) <= most:
        return parts
    tail = words[-most * (width - MARGIN) :].partition(" ")[2]
    return fold(f"{style.glyphs.ellipsis} {tail}", width)[:most]


def _cut(line: str, width: int, style: Style) -> str:
    mark = style.glyphs.ellipsis
    return line if len(line) <= width else line[: max(width - len(mark), 1)] + mark


def _fix(finding: Finding, style: Style, room: Room) -> list[str]:
    """Write what the steps do, then the block alone from column 0: what is pasted holds commands and nothing else."""
    if not finding.fix and not finding.advice:
        return []
    head = f"{FIX} ({marks_text(finding.fix)})" if acts(finding.fix) else ASK
    heading = INDENT + style.paint(head, Colour.BOLD, Colour.INVERSE)
    reasons = _reasons(finding.fix, style, room.reasons)
    lines = ["", heading, *_wrapped(str(finding.advice), style), *reasons]
    if not finding.fix:
        return lines
    text = pasted(finding.fix).split("\n")
    if len(text) > room.fix:
        return [*lines, f"{INDENT}{count(len(finding.fix), 'command')}: {again(finding.scope, '-o', 'steps')}"]
    return [*lines, *text]


def _reasons(fix: Sequence[Step], style: Style, most: int) -> list[str]:
    """Say why each step is taken; what a single one does to the mesh stands in the heading."""
    texts = [f"{why} ({', '.join(marks)})" if marks and len(fix) > 1 else why for marks, why in reasons(fix)]
    return [line for text in texts[:most] for line in _bulleted(text, style)]


def _bulleted(text: str, style: Style) -> list[str]:
    first, *rest = fold(text, style.width - len(INDENT) - 4)
    return [f"{INDENT}  {style.glyphs.bullet} {first}", *(f"{INDENT}    {line}" for line in rest)]


def _verify(finding: Finding) -> list[str]:
    return [f"{INDENT}Verify: {again(finding.scope, *(('--wait', '2m') if acts(finding.fix) else ('--probe',)))}"]


def again(scope: Scope, *flags: str) -> str:
    """Return the command that judges the clusters of a cause again."""
    names = tuple(dict.fromkeys(name for pair in scope.pairs for name in (pair.source, pair.destination)))
    chosen = ("--context", ",".join(names)) if 1 < len(names) <= MOST_CONTEXTS else ()
    return joined(("kubectl", "mcdiag", "check", *chosen, *flags))


def _consequences(consequences: Sequence[Consequence], style: Style, room: Room) -> list[str]:
    late = [pair_text(pair, style.glyphs) for one in consequences for pair in _late(one)]
    words = f"Not failing yet, for the same reason: calls {several(late, 3)}" if late else ""
    lines = _wrapped(words, style, Colour.DIM)
    return [*_failing([one for one in consequences if not _late(one)], style, room), *lines]


def _late(one: Consequence) -> tuple[Pair, ...]:
    """Return the pairs that a consequence only warns of: their calls still work."""
    return one.finding.scope.pairs if one.finding.status is Status.WARN else ()


def _failing(consequences: Sequence[Consequence], style: Style, room: Room) -> list[str]:
    if not consequences:
        return []
    found: dict[str, list[str]] = {}
    for each in consequences:
        found.setdefault(_effect(each), []).append(each.check.code)
    named = tuple(", ".join(dict.fromkeys(codes)) + f" ({effect})" * room.effects for effect, codes in found.items())
    names = several(named, SHOWN_CODES)
    return [*_wrapped(f"Also failing because of this: {names}", style, Colour.DIM)]


def _effect(each: Consequence) -> str:
    return each.check.symptom.value if each.check.symptom else each.finding.headline
