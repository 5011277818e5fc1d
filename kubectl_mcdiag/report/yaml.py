"""The report as one YAML document."""

from math import inf

from yaml import SafeDumper, ScalarNode, dump

from kubectl_mcdiag.report.document import document
from kubectl_mcdiag.report.style import Style
from kubectl_mcdiag.verdict.model import Report


def _text(dumper: SafeDumper, text: str) -> ScalarNode:
    style = "|" if "\n" in text else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


class ReportDumper(SafeDumper):
    """A dumper that writes texts of several lines as blocks, so that they can be read and copied."""


ReportDumper.add_representer(str, _text)


def yaml(report: Report, style: Style) -> str:
    """Write the document as YAML; no line is folded."""
    plain = document(report)
    return dump(plain, Dumper=ReportDumper, allow_unicode=not style.ascii, sort_keys=False, width=inf)
