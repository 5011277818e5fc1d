"""The first half of the report for people: the mesh as seen, and how each ordered pair stands."""

from kubectl_mcdiag.findings import ClusterSummary, Pair, Report, Status
from kubectl_mcdiag.render.columns import Grid, blocks, fold
from kubectl_mcdiag.render.style import Colour, Glyphs, Style
from kubectl_mcdiag.render.words import (
    UNKNOWN,
    absence,
    gateway_text,
    istiod_texts,
    several,
    short_root,
    verdict_word,
)

LABELS = (
    "",
    "cluster ID",
    "network",
    "role",
    "istiod",
    "trust domain",
    "root (SHA-256)",
    "east-west gateway",
    "client sampled",
)
COLOURS = {"FAIL": Colour.RED, "WARN": Colour.YELLOW, UNKNOWN: Colour.YELLOW, "ok": Colour.GREEN}


def mesh(report: Report, style: Style) -> list[str]:
    """Draw each cluster as a column, so that what must be equal stands side by side."""
    if not report.clusters:
        return ["No cluster was looked at."]
    columns = tuple(_column(cluster, style.glyphs) for cluster in report.clusters)
    return [
        *_spaced(blocks(Grid(LABELS, columns), style.width)),
        *_members(report, style),
        *_services(report, style),
    ]


def _column(cluster: ClusterSummary, glyphs: Glyphs) -> tuple[str, ...]:
    roots = "\n".join(short_root(root, glyphs) for root in cluster.roots)
    return (
        cluster.context,
        cluster.cluster_id or UNKNOWN,
        cluster.network or UNKNOWN,
        cluster.role or UNKNOWN,
        "\n".join(istiod_texts(cluster)) or absence(cluster, "istiods"),
        cluster.trust_domain or UNKNOWN,
        roots or UNKNOWN,
        "\n".join(map(gateway_text, cluster.gateways)) or absence(cluster, "gateways"),
        "\n".join(cluster.clients) or absence(cluster, "clients"),
    )


def _members(report: Report, style: Style) -> list[str]:
    if not report.members:
        return []
    named = several(report.members)
    text = f"Named by the remote secrets, and not looked at (no --context was given): {named}"
    return ["", *fold(text, style.width)]


def _services(report: Report, style: Style) -> list[str]:
    if not report.services:
        return []
    return ["", *fold(f"Services looked at: {several(report.services)}", style.width)]


def matrix(report: Report, style: Style) -> list[str]:
    """Draw the pairs: rows call, columns are called."""
    if not report.pairs:
        return ["No pair to judge: give two or more contexts (--context A --context B)."]
    verdicts = {each.pair: each.status for each in report.pairs}
    names = _ends(report)
    head = f"from {style.glyphs.down} to {style.glyphs.arrow}"
    columns = tuple((to, *(_cell(verdicts, Pair(source, to)) for source in names)) for to in names)
    return _spaced(blocks(Grid((head, *names), columns), style.width, lambda cell: _paint(cell, style)))


def _ends(report: Report) -> tuple[str, ...]:
    """Return every context that the pairs name: the clusters in their order, then any others."""
    contexts = [cluster.context for cluster in report.clusters]
    others = [name for each in report.pairs for name in (each.pair.source, each.pair.destination)]
    named = set(others)
    return tuple(dict.fromkeys([name for name in contexts if name in named] + others))


def _cell(verdicts: dict[Pair, Status], pair: Pair) -> str:
    return verdict_word(verdicts[pair]) if pair in verdicts else "-"


def _paint(cell: str, style: Style) -> str:
    return style.paint(cell, COLOURS[cell]) if cell in COLOURS else cell


def _spaced(drawn: list[str]) -> list[str]:
    return [text for block in drawn for text in (block, "")][:-1]
