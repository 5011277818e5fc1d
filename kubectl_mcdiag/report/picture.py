"""The mesh as a picture: SVG with networks as frames, clusters as boxes, an arrow for each direction."""

from kubectl_mcdiag.mesh.model import ClusterSummary, Status
from kubectl_mcdiag.report.layout import PAD, Box, Layout, layout
from kubectl_mcdiag.report.markup import Markup, element, joined
from kubectl_mcdiag.report.mesh import ends
from kubectl_mcdiag.report.words import UNKNOWN, absence, gateway_text, pair_text, verdict_word
from kubectl_mcdiag.verdict.model import PairVerdict, Report

MOST = 6
FEW = 3
PIXELS = {"name": 8.4, "address": 6.0}
USUAL_PIXELS = 6.4
LEGEND = (
    "A frame is a network, an arrow a direction of calls: solid green is ok, amber warns, "
    "dashed red fails, dotted is not known, dashed grey is ignored."
)
BESIDE_ARROWS = 100
KINDS = {Status.FAIL: "fail", Status.WARN: "warn", Status.UNKNOWN: "unknown", Status.SKIP: "skip"}


def picture(report: Report) -> Markup:
    """Draw a mesh of at least one cluster; where there are too many, say so instead."""
    names = _names(report)
    if len(names) > MOST:
        return element("p", f"{len(names)} clusters are too many for a picture; see the pairs.", class_="dim")
    placed = layout({name: _network(name, report) for name in names})
    content = [_markers(), *_frames(placed), *_arrows(placed, report), *_boxes(placed, report)]
    drawn = element(
        "svg",
        *content,
        viewBox=f"0 0 {placed.width} {placed.height}",
        role="img",
        aria_label="The clusters by network, and how calls stand in each direction",
    )
    shown = element("div", drawn, class_="picture")
    return joined(shown, element("p", LEGEND, class_="dim") if report.pairs else "")


def _names(report: Report) -> tuple[str, ...]:
    contexts = [cluster.context for cluster in report.clusters]
    return tuple(dict.fromkeys([*contexts, *ends(report), *report.members]))


def _cluster(name: str, report: Report) -> ClusterSummary | None:
    return next((cluster for cluster in report.clusters if cluster.context == name), None)


def _network(name: str, report: Report) -> str:
    cluster = _cluster(name, report)
    if cluster and cluster.network:
        return cluster.network
    none = cluster is not None and absence(cluster, "network") == "none"
    return "no network" if none else f"network {UNKNOWN}"


def _markers() -> Markup:
    """Define an arrowhead for each colour: a marker does not take the colour of its line everywhere."""
    heads = [
        element(
            "marker",
            element("path", d="M0 0L8 4L0 8z", class_=f"head {kind}"),
            id=f"head-{kind}",
            viewBox="0 0 8 8",
            refX="7",
            refY="4",
            markerWidth="8",
            markerHeight="8",
            markerUnits="userSpaceOnUse",
            orient="auto",
        )
        for kind in ("ok", *KINDS.values())
    ]
    return element("defs", *heads)


def _frames(placed: Layout) -> list[Markup]:
    return [_frame(name, frame) for name, frame in placed.frames.items()]


def _frame(name: str, frame: Box) -> Markup:
    title = Box(frame.x + PAD, frame.y, BESIDE_ARROWS)
    return element("g", _rectangle(frame, "frame", 10), _text(name, title, 15, "network"))


def _arrows(placed: Layout, report: Report) -> list[Markup]:
    """Draw what is well first, so that what fails lies above it."""
    worst_last = sorted(report.pairs, key=lambda each: each.status.rank)
    return [_arrow(placed, each, len(placed.boxes) <= FEW) for each in worst_last]


def _arrow(placed: Layout, each: PairVerdict, all_named: bool) -> Markup:
    line = placed.line(each.pair.source, each.pair.destination)
    kind = "skip" if each.ignored else KINDS.get(each.status, "ok")
    points = " ".join(f"{x} {y}" for x, y in (*line.bends, line.end))
    path = f"M{line.start[0]} {line.start[1]}{'C' if line.bends else 'L'}{points}"
    word = verdict_word(each)
    x, y = line.label
    # On the arrow there is room for a short word alone.
    short = each.status.value.upper() if each.ignored else word
    label = element("text", short, x=str(x), y=str(y + 4), class_=f"word {kind}")
    return element(
        "g",
        element("title", f"{pair_text(each.pair)}: {word}"),
        element("path", d=path, class_=f"arrow {kind}", marker_end=f"url(#head-{kind})"),
        *([label] if all_named or kind != "ok" else []),
    )


def _boxes(placed: Layout, report: Report) -> list[Markup]:
    return [_box(name, box, _cluster(name, report)) for name, box in placed.boxes.items()]


def _box(name: str, box: Box, cluster: ClusterSummary | None) -> Markup:
    second = (cluster.role or UNKNOWN) if cluster else "not looked at"
    return element(
        "g",
        _rectangle(box, "cluster" if cluster else "cluster away", 6),
        _text(name, box, 18, "name"),
        _text(second, box, 34, "role"),
        *([_gateway(cluster, box)] if cluster else []),
    )


def _gateway(cluster: ClusterSummary, box: Box) -> Markup:
    """Draw the first gateway on the lower edge; the others are counted, and named in its title."""
    texts = [gateway_text(each).split("\n")[1] for each in cluster.gateways]
    more = f" +{len(texts) - 1}" if len(texts) > 1 else ""
    label = f"{texts[0]}{more}" if texts else f"gateway: {absence(cluster, 'gateways')}"
    title = "\n".join(map(gateway_text, cluster.gateways)) or label
    pill = Box(box.x + 6, box.y + 42, box.width - 12, 18)
    kind = "gateway" if any(each.addresses for each in cluster.gateways) else "gateway none"
    return element(
        "g",
        element("title", title),
        _rectangle(pill, kind, 9),
        _text(label, pill, 13, "address", titled=False),
    )


def _rectangle(box: Box, kind: str, radius: int) -> Markup:
    return element(
        "rect",
        x=str(box.x),
        y=str(box.y),
        width=str(box.width),
        height=str(box.height),
        rx=str(radius),
        class_=kind,
    )


def _text(text: str, box: Box, down: int, kind: str, *, titled: bool = True) -> Markup:
    title = element("title", text) if titled else Markup("")
    shown = _shortened(text, int(box.width / PIXELS.get(kind, USUAL_PIXELS)))
    x = box.x if kind == "network" else box.centre[0]
    return element("text", joined(title, shown), x=str(x), y=str(box.y + down), class_=kind)


def _shortened(text: str, most: int) -> str:
    """Cut the middle out: names of clusters differ at their ends."""
    if len(text) <= most:
        return text
    return f"{text[: most // 3]}…{text[-(most - most // 3 - 1) :]}"
