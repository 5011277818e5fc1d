"""The report as one JSON document."""

from json import dumps

from kubectl_mcdiag.report.document import document
from kubectl_mcdiag.report.style import Style
from kubectl_mcdiag.verdict.model import Report


def json(report: Report, style: Style) -> str:
    """Write the document as JSON; width and colour do not matter to a program."""
    return dumps(document(report), indent=2, ensure_ascii=style.ascii) + "\n"
