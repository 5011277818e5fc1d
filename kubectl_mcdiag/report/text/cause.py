"""One root cause: what is wrong, what proves it, the fix to paste, how to verify it, what else it breaks."""

from collections.abc import Iterator, Sequence

from kubectl_mcdiag.checks.contract import Evidence, Finding, block
from kubectl_mcdiag.checks.steps import Step
from kubectl_mcdiag.report.columns import fold
from kubectl_mcdiag.report.references import url
from kubectl_mcdiag.report.style import Colour, Style
from kubectl_mcdiag.report.text.verdict import COLOURS, marks_text
from kubectl_mcdiag.report.words import count, marked, pair_text, several
from kubectl_mcdiag.verdict.model import Consequence, RootCause

INDENT = "   "
SHOWN_EVIDENCE = 2
SHOWN_LINES = 4
SHOWN_COMMANDS = 14
SHOWN_WHYS = 6
SHOWN_CODES = 4


def cause(number: int, each: RootCause, style: Style) -> list[str]:
    """Write one root cause."""
    finding = each.finding
    return [
        *_head(number, each, style),
        *_wrapped(str(finding.detail), style),
        *_place(each, style),
        *_evidence(finding.evidence, style),
        *_fix(finding, style),
        *_verify(finding),
        *_consequences(each.consequences, style),
        f"{INDENT}{style.paint(f'Docs: {url(each.check)}', Colour.DIM)}",
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


def _place(each: RootCause, style: Style) -> list[str]:
    """Say which calls it breaks, where the verdict has not."""
    scope = each.finding.scope
    pairs = several([pair_text(pair, style.glyphs) for pair in scope.pairs], 3)
    names = several(scope.services or ((scope.service,) if scope.service else ()), 3)
    words = [f"Calls {pairs}" if pairs else "", f"of {names}" if names else ""]
    return _wrapped(" ".join(word for word in words if word), style, Colour.DIM)


def _evidence(evidence: Sequence[Evidence], style: Style) -> list[str]:
    lines = ["", INDENT + "Evidence"] if evidence else []
    for each in evidence[:SHOWN_EVIDENCE]:
        lines += [f"{INDENT}  {_command(line, first)}" for first, line in _first(_shown(each))]
        lines += [f"{INDENT}    {line}" for line in _excerpt(each.excerpt, style)]
    more = len(evidence) - SHOWN_EVIDENCE
    return [*lines, f"{INDENT}  {style.glyphs.ellipsis} and {more} more in -o wide"] if more > 0 else lines


def _shown(each: Evidence) -> list[str]:
    text = each.shown if isinstance(each.shown, str) else each.shown.text(70)
    return text.split("\n")


def _first(lines: list[str]) -> Iterator[tuple[bool, str]]:
    for place, line in enumerate(lines):
        yield place == 0, line


def _command(line: str, is_first: bool) -> str:
    return f"$ {line}" if is_first else f"  {line}"


def _excerpt(text: str, style: Style) -> list[str]:
    lines = text.split("\n") if text else []
    shown = [_cut(line, style.width - len(INDENT) - 4, style) for line in lines[:SHOWN_LINES]]
    hidden = len(lines) - SHOWN_LINES
    return [*shown, f"{style.glyphs.ellipsis} {count(hidden, 'more line')}"] if hidden > 0 else shown


def _cut(line: str, width: int, style: Style) -> str:
    mark = style.glyphs.ellipsis
    return line if len(line) <= width else line[: max(width - len(mark), 1)] + mark


def _fix(finding: Finding, style: Style) -> list[str]:
    """Write what the steps do, then the block alone from column 0: what is pasted holds commands and nothing else."""
    advice = ["", *_wrapped(str(finding.advice), style)] if finding.advice else []
    if not finding.fix:
        return advice
    head = f"Fix ({marks_text(finding.fix)})"
    lines = [*advice, "", INDENT + style.paint(head, Colour.BOLD), *_whys(finding.fix, style)]
    text = block(finding.fix).split("\n")
    if len(text) > SHOWN_COMMANDS:
        return [*lines, f"{INDENT}{count(len(finding.fix), 'command')}: add -o steps to print them"]
    return [*lines, *text]


def _whys(fix: Sequence[Step], style: Style) -> list[str]:
    """Say what each step does, those that say the same once."""
    kinds: dict[str, int] = {}
    for step in fix:
        marks = ", ".join(marked(step))
        said = f"{step.why}{f' ({marks})' if marks else ''}"
        kinds[said] = kinds.get(said, 0) + 1
    shown = [f"{said}{f' {style.glyphs.times}{number}' if number > 1 else ''}" for said, number in kinds.items()]
    lines = [line for text in shown[:SHOWN_WHYS] for line in _bulleted(text, style)]
    return lines if len(kinds) > 1 or len(fix) > 1 or any(step.marks for step in fix) else lines[:2]


def _bulleted(text: str, style: Style) -> list[str]:
    first, *rest = fold(text, style.width - len(INDENT) - 4)
    return [f"{INDENT}  {style.glyphs.bullet} {first}", *(f"{INDENT}    {line}" for line in rest)]


def _verify(finding: Finding) -> list[str]:
    pairs = finding.scope.pairs
    names = tuple(dict.fromkeys(name for pair in pairs for name in (pair.source, pair.destination)))
    if not names or len(names) > 6:
        return []
    wait = "--wait 2m" if finding.fix else "--probe"
    return ["", f"{INDENT}Verify: kubectl mcdiag check --context {','.join(names)} {wait}"]


def _consequences(consequences: Sequence[Consequence], style: Style) -> list[str]:
    if not consequences:
        return []
    found: dict[str, list[str]] = {}
    for each in consequences:
        found.setdefault(_effect(each), []).append(each.check.code)
    told = tuple(f"{', '.join(dict.fromkeys(codes))} ({effect})" for effect, codes in found.items())
    names = several(told, SHOWN_CODES)
    return ["", *_wrapped(f"Also failing because of this: {names}", style, Colour.DIM)]


def _effect(each: Consequence) -> str:
    return each.check.symptom.value if each.check.symptom else each.finding.headline
