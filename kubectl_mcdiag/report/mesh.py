"""The mesh and its pairs in words, as every format for people shows them: a column for each cluster."""

from kubectl_mcdiag.evidence.names import shortened
from kubectl_mcdiag.mesh.model import ClusterSummary, Pair
from kubectl_mcdiag.report.words import UNKNOWN, absence, cell_text, gateway_text, istiod_texts, several
from kubectl_mcdiag.verdict.model import Report

LABELS = (
    "cluster ID",
    "network",
    "role",
    "istiod",
    "trust domain",
    "root (SHA-256)",
    "east-west gateway",
    "client sampled",
)


def cells(cluster: ClusterSummary) -> tuple[str, ...]:
    """Return what is known of one cluster, a cell for each label; a list has a line for each item."""
    roots = "\n".join(shortened(root) for root in cluster.roots)
    return (
        cluster.cluster_id or UNKNOWN,
        cluster.network or absence(cluster, "network"),
        cluster.role or UNKNOWN,
        "\n".join(istiod_texts(cluster)) or absence(cluster, "istiods"),
        cluster.trust_domain or UNKNOWN,
        roots or UNKNOWN,
        "\n".join(map(gateway_text, cluster.gateways)) or absence(cluster, "gateways"),
        "\n".join(cluster.clients) or absence(cluster, "clients"),
    )


def ends(report: Report) -> tuple[str, ...]:
    """Return every context that the pairs name: the clusters in their order, then any others."""
    named = [name for each in report.pairs for name in (each.pair.source, each.pair.destination)]
    known = [cluster.context for cluster in report.clusters if cluster.context in named]
    return tuple(dict.fromkeys([*known, *named]))


def verdict_columns(report: Report) -> list[tuple[str, ...]]:
    """Return for each called context the verdicts of its callers, `-` where there is no such pair."""
    words = {each.pair: cell_text(each) for each in report.pairs}
    names = ends(report)
    return [tuple(words.get(Pair(source, to), "-") for source in names) for to in names]


def asides(report: Report) -> list[str]:
    """Say which members have no context, and which services were looked at."""
    members = f"Named by the remote secrets, and not looked at (no --context was given): {several(report.members)}"
    services = f"Services looked at: {several(report.services)}"
    return [text for text, names in ((members, report.members), (services, report.services)) if names]
