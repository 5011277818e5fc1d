"""The page and its picture: nothing from elsewhere, nothing unescaped, nothing on top of each other."""

import re
from base64 import b64encode
from dataclasses import replace
from hashlib import sha256
from html.parser import HTMLParser
from itertools import combinations, permutations

import pytest
from reports import REPORTS, cluster, five_clusters, healthy, hostile

from kubectl_mcdiag.mesh.model import Pair, Status
from kubectl_mcdiag.report import FORMATS, Style
from kubectl_mcdiag.report.layout import Box, Layout, layout
from kubectl_mcdiag.verdict.model import PairVerdict, Report

ALONE = {"meta", "path", "rect"}
SIZES = [
    {f"c{number}": f"n{number % networks}" for number in range(clusters)}
    for clusters in range(1, 9)
    for networks in (1, 2, 3, clusters)
]


class Outline(HTMLParser):
    """Records the elements, their attributes and the text of a page, and fails on one that is not closed."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: dict[str, list[str]] = {}
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in ALONE:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in ALONE:
            assert self.open.pop() == tag

    def handle_data(self, text: str) -> None:
        self.texts.setdefault(self.open[-1] if self.open else "", []).append(text)


def page(report: Report) -> str:
    return FORMATS["html"](report, Style())


@pytest.mark.parametrize("name", REPORTS)
def test_page_loads_nothing(name: str) -> None:
    text = page(REPORTS[name]())
    names = {key for _, attributes in Outline(text).elements for key in attributes}
    targets = [attributes["href"] for _, attributes in Outline(text).elements if "href" in attributes]
    assert not names & {"src", "srcset", "style", "action", "data", "background"}
    assert not [key for key in names if key.startswith("on")]
    assert all(target and target.startswith(("#cause-", "https://istio.io/latest/docs/")) for target in targets)
    assert "@import" not in text
    assert set(re.findall(r"url\(([^)]*)\)", text)) <= {
        f"#head-{kind}" for kind in ("ok", "fail", "warn", "unknown", "skip")
    }


def test_links_lead_to_a_card() -> None:
    elements = Outline(page(REPORTS["three-clusters"]())).elements
    targets = {attributes["href"] for _, attributes in elements if attributes.get("href", "").startswith("#")}
    assert targets <= {f"#{attributes['id']}" for _, attributes in elements if "id" in attributes}
    assert targets


def test_policy_allows_the_style_and_the_script_of_the_page_alone() -> None:
    outline = Outline(page(healthy()))
    policy = next(found["content"] for _, found in outline.elements if "http-equiv" in found)
    style, script = ("".join(outline.texts[each]) for each in ("style", "script"))
    hashes = [b64encode(sha256(each.encode()).digest()).decode() for each in (style, script)]
    assert policy == (
        f"default-src 'none'; style-src 'sha256-{hashes[0]}'; script-src 'sha256-{hashes[1]}'; "
        "base-uri 'none'; form-action 'none'"
    )


def test_hostile_text_adds_no_element() -> None:
    elements = [tag for tag, _ in Outline(page(hostile())).elements]
    assert elements.count("script") == elements.count("style") == 1


def test_commands_of_the_page_can_be_copied_as_they_are() -> None:
    codes = "".join(Outline(page(REPORTS["one-cause"]())).texts["code"])
    for step in REPORTS["one-cause"]().root_causes[0].finding.fix:
        assert step.command in codes


def test_more_clusters_than_can_be_drawn_are_said() -> None:
    many = replace(healthy(), clusters=tuple(cluster(number) for number in range(1, 8)))
    assert "7 clusters are too many for a picture" in page(many)


def test_code_of_no_root_cause_is_no_link() -> None:
    lone = PairVerdict(Pair("cluster1", "cluster2"), Status.FAIL, ("MC999",))
    assert "<span>MC999</span>" in page(replace(healthy(), pairs=(lone,)))


def test_page_without_pairs_asks_for_contexts() -> None:
    assert "give two or more contexts" in page(replace(healthy(), pairs=()))


def test_an_ok_arrow_among_many_has_no_word() -> None:
    assert page(five_clusters()).count('class="word') == 1


@pytest.mark.parametrize("networks", SIZES, ids=str)
def test_boxes_and_frames_stand_apart_and_on_the_canvas(networks: dict[str, str]) -> None:
    placed = layout(networks)
    for group in (placed.boxes, placed.frames):
        assert not any(_overlap(a, b) for a, b in combinations(group.values(), 2))
        assert all(_on_canvas(box, placed) for box in group.values())
    for name, network in networks.items():
        assert _inside(placed.boxes[name].centre, placed.frames[network])


@pytest.mark.parametrize("networks", SIZES, ids=str)
def test_arrows_are_apart_on_the_canvas_and_cross_no_box(networks: dict[str, str]) -> None:
    placed = layout(networks)
    lines = [placed.line(source, to) for source, to in permutations(networks, 2)]
    assert len({(line.start, line.end, line.bends) for line in lines}) == len(lines)
    for line in lines:
        assert 15 <= line.label[0] <= placed.width - 15
        if not line.bends:
            points = [_between(line.start, line.end, step / 50) for step in range(1, 50)]
            assert not any(_inside(point, box) for point in points for box in placed.boxes.values())


def _overlap(a: Box, b: Box) -> bool:
    apart = a.x + a.width <= b.x or b.x + b.width <= a.x or a.y + a.height <= b.y or b.y + b.height <= a.y
    return not apart


def _on_canvas(box: Box, placed: Layout) -> bool:
    right, bottom = box.x + box.width, box.y + box.height
    return box.x >= 0 and box.y >= 0 and right <= placed.width and bottom <= placed.height


def _inside(point: tuple[float, float], box: Box) -> bool:
    return box.x < point[0] < box.x + box.width and box.y < point[1] < box.y + box.height


def _between(a: tuple[int, int], b: tuple[int, int], part: float) -> tuple[float, float]:
    return a[0] + (b[0] - a[0]) * part, a[1] + (b[1] - a[1]) * part
