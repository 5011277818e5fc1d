"""Report → text: one renderer per format, all pure, all given a report without control characters."""

from collections.abc import Callable

from kubectl_mcdiag.report.clean import cleaned
from kubectl_mcdiag.report.html import html
from kubectl_mcdiag.report.json import json
from kubectl_mcdiag.report.junit import junit
from kubectl_mcdiag.report.markdown import markdown
from kubectl_mcdiag.report.style import Style
from kubectl_mcdiag.report.table import table
from kubectl_mcdiag.report.text.report import short, steps, text
from kubectl_mcdiag.report.yaml import yaml
from kubectl_mcdiag.verdict.model import Report

__all__ = ["FORMATS", "Style"]

Renderer = Callable[[Report, Style], str]


def _for_programs(renderer: Renderer) -> Renderer:
    """Wrap a renderer whose format has escapes of its own for what is not ASCII."""

    def render(report: Report, style: Style) -> str:
        return renderer(cleaned(report), style)

    return render


def _for_people(renderer: Renderer) -> Renderer:
    """Wrap a renderer of plain text, which can only leave out what is not ASCII."""

    def render(report: Report, style: Style) -> str:
        return renderer(cleaned(report, ascii_only=style.ascii), style)

    return render


FORMATS: dict[str, Renderer] = {
    "text": _for_people(text),
    "short": _for_people(short),
    "wide": _for_people(table),
    "steps": _for_people(steps),
    "json": _for_programs(json),
    "yaml": _for_programs(yaml),
    "junit": _for_programs(junit),
    "markdown": _for_people(markdown),
    "html": _for_programs(html),
}
