"""A report without what is of no interest now: `--min-severity`."""

from dataclasses import replace

from kubectl_mcdiag.mesh.model import Status
from kubectl_mcdiag.verdict.model import PairVerdict, Report, RootCause

_SHOWN = {
    "note": (Status.NOTE, Status.WARN, Status.FAIL),
    "warn": (Status.WARN, Status.FAIL),
    "fail": (Status.FAIL,),
}


def shown(report: Report, least: str) -> Report:
    """Return a report without what is less than `least`, and a remark on how much that is."""
    kept = tuple(cause for cause in report.root_causes if cause.finding.status in _SHOWN[least])
    notes = report.notes if Status.NOTE in _SHOWN[least] else ()
    hidden = ((len(report.root_causes) - len(kept), "warning"), (len(report.notes) - len(notes), "note"))
    said = " and ".join(f"{number} {noun}{'s' * (number > 1)}" for number, noun in hidden if number)
    remark = (f"{said} left out (--min-severity {least})",) if said else ()
    return replace(
        report,
        root_causes=kept,
        notes=notes,
        pairs=tuple(_without(each, kept) for each in report.pairs),
        remarks=(*report.remarks, *remark),
    )


def _without(each: PairVerdict, kept: tuple[RootCause, ...]) -> PairVerdict:
    codes = {cause.check.code for cause in kept}
    return replace(each, root_causes=tuple(code for code in each.root_causes if code in codes))
