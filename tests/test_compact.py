"""Recordings answer the same, small or whole."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml

from kubectl_mcdiag.errors import McdiagError, ParseError
from kubectl_mcdiag.sources.bundle import Bundle
from kubectl_mcdiag.sources.bundle.edits import edited
from tests.compact import compact, edits_of, make_whole, own, packed
from tests.scenarios import Scenario, gathered, scenarios

SMALL = next(found for found in scenarios() if found.is_recorded and "extends" in found.header)


def told(path: Path) -> dict[Any, Any]:
    found = gathered(Bundle.open(path))
    return {key: (one.value, one.reason) for key, one in found.observations.items()}


@pytest.fixture
def family(tmp_path: Path) -> list[Path]:
    """Return a recording and its base, each with all its answers."""
    base = (SMALL.path / SMALL.header["extends"]).resolve()
    copies = [Path(shutil.copytree(path, tmp_path / path.name)) for path in (base, SMALL.path)]
    for path in copies:
        make_whole(path)
    return copies


def test_whole_recording_answers_what_the_small_one_does(family: list[Path]) -> None:
    assert told(family[1]) == told(SMALL.path)
    assert "extends" not in Scenario(family[1]).header


def test_small_recording_answers_what_the_whole_one_does(family: list[Path]) -> None:
    before = [told(path) for path in family]
    compact(family, set())

    assert [told(path) for path in family] == before
    assert sum("extends" in Scenario(path).header for path in family) == 1


def test_what_others_extend_stays_whole(family: list[Path]) -> None:
    compact(family, set(family))

    assert ["extends" in Scenario(path).header for path in family] == [False, False]


def test_base_does_not_answer_what_the_recording_cannot(family: list[Path]) -> None:
    base, one = family
    meta = one / "meta.yaml"
    told_of = yaml.safe_load(meta.read_text())
    meta.write_text(yaml.safe_dump({name: item for name, item in told_of.items() if name != "kubeconfig.json"}))

    assert own(one).saved(own(base)) == 0


def test_json_keeps_its_meaning_without_blanks() -> None:
    for value in ({"a": [1, {"b": "ü"}]}, [{"a": 1}, 2], [], {}, 1.5):
        assert json.loads(packed(value)) == value


@pytest.mark.parametrize(
    ("base", "text"),
    [
        ("a\nb\nc\n", "a\nB\nc\n"),
        ("a\n", ""),
        ("", "a\n\nb"),
        ("a\nb", "b\na"),
        ("+a\n@1,2\n", "@1,2\n+\n"),
        ("x", "x"),
    ],
)
def test_edits_make_of_a_text_the_other(base: str, text: str) -> None:
    assert edited(base, edits_of(base, text)) == text


@pytest.mark.parametrize("edits", ["@2,1\n", "@0,9\n", "@1,1\n@0,0\n", "text\n"])
def test_edits_that_are_none_are_refused(edits: str) -> None:
    with pytest.raises(ParseError, match="its edits are"):
        edited("a\nb", edits)


def test_edits_of_another_answer_are_refused(family: list[Path]) -> None:
    compact(family, {family[0]})
    place = next(meta for meta in family[1].rglob("meta.yaml") if "edits:" in meta.read_text())
    name = next(name for name, told in yaml.safe_load(place.read_text()).items() if told.get("edits"))
    file = family[0] / place.relative_to(family[1]).with_name(name)
    file.write_text(file.read_text() + "\n")

    with pytest.raises(McdiagError, match="it edits another one"):
        told(family[1])


def test_edits_need_what_they_edit(family: list[Path]) -> None:
    meta = family[0] / "meta.yaml"
    answers = yaml.safe_load(meta.read_text())
    meta.write_text(yaml.safe_dump({name: item | {"edits": "0"} for name, item in answers.items()}))

    with pytest.raises(McdiagError, match="not extended"):
        told(family[0])
