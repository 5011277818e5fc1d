"""Every format, exactly, on invented reports; `pytest --update` rewrites the golden files."""

import json
from collections.abc import Callable
from dataclasses import replace
from importlib.resources import files
from xml.etree import ElementTree

import pytest
import yaml
from jsonschema import Draft202012Validator
from reports import REPORTS, healthy, hostile, one_cause, three_clusters

from kubectl_mcdiag.report import FORMATS, Style
from kubectl_mcdiag.report.contents import contents
from tests.scenarios import FIXTURES, Scenario, snapshot, without

Golden = Callable[[str, str], None]
SCHEMA = json.loads(files("kubectl_mcdiag.report").joinpath("report.schema.json").read_text("utf-8"))
RECORDED = Scenario(FIXTURES / "1.31" / "healthy-multi-network")
SUFFIXES = {
    "text": "txt",
    "short": "short.txt",
    "wide": "wide.txt",
    "steps": "sh",
    "json": "json",
    "yaml": "yaml",
    "junit": "xml",
    "markdown": "md",
    "html": "html",
}


@pytest.mark.parametrize("format_name", FORMATS)
@pytest.mark.parametrize("name", REPORTS)
def test_report_is_written_as_its_golden_file(name: str, format_name: str, golden: Golden) -> None:
    text = FORMATS[format_name](REPORTS[name](), Style())
    golden(f"{name}.{SUFFIXES[format_name]}", text)


@pytest.mark.parametrize("name", REPORTS)
def test_table_in_colour_is_its_golden_file(name: str, golden: Golden) -> None:
    golden(f"{name}.colour.txt", FORMATS["text"](REPORTS[name](), Style(colour=True)))


@pytest.mark.parametrize("name", REPORTS)
def test_table_in_ascii_is_its_golden_file(name: str, golden: Golden) -> None:
    text = FORMATS["text"](REPORTS[name](), Style(ascii=True))
    assert text.isascii()
    golden(f"{name}.ascii.txt", text)


@pytest.mark.parametrize("name", REPORTS)
def test_json_document_follows_the_published_schema(name: str) -> None:
    Draft202012Validator.check_schema(SCHEMA)
    Draft202012Validator(SCHEMA).validate(json.loads(FORMATS["json"](REPORTS[name](), Style())))


def test_schema_describes_every_property_and_allows_no_other() -> None:
    objects = [SCHEMA, *(each for each in SCHEMA["$defs"].values()), SCHEMA["properties"]["tool"]]
    for each in objects:
        assert each["additionalProperties"] is False
        assert each["required"] == list(each["properties"])
        assert all("description" in found for found in each["properties"].values())


@pytest.mark.parametrize("name", REPORTS)
@pytest.mark.parametrize("ascii_only", [False, True])
def test_yaml_and_json_hold_the_same_document(name: str, ascii_only: bool) -> None:
    style = Style(ascii=ascii_only)
    as_json, as_yaml = (FORMATS[each](REPORTS[name](), style) for each in ("json", "yaml"))
    assert yaml.safe_load(as_yaml) == json.loads(as_json)


@pytest.mark.parametrize("name", REPORTS)
@pytest.mark.parametrize("ascii_only", [False, True])
def test_junit_counts_are_those_of_its_cases(name: str, ascii_only: bool) -> None:
    root = ElementTree.fromstring(FORMATS["junit"](REPORTS[name](), Style(ascii=ascii_only)))
    for attribute, path in (
        ("tests", ".//testcase"),
        ("failures", ".//failure"),
        ("errors", ".//error"),
        ("skipped", ".//skipped"),
    ):
        assert int(root.attrib[attribute]) == len(root.findall(path))


@pytest.mark.parametrize("format_name", FORMATS)
@pytest.mark.parametrize("name", REPORTS)
def test_ascii_style_gives_ascii(name: str, format_name: str) -> None:
    assert FORMATS[format_name](REPORTS[name](), Style(ascii=True)).isascii()


@pytest.mark.parametrize("format_name", FORMATS)
def test_no_control_character_of_a_cluster_reaches_the_output(format_name: str) -> None:
    text = FORMATS[format_name](hostile(), Style())
    assert all(char == "\n" or char.isprintable() for char in text)


@pytest.mark.parametrize("format_name", ["text", "wide", "markdown", "json"])
def test_unknown_text_in_ascii_is_an_escape(format_name: str) -> None:
    report = replace(one_cause(), members=("集群 \U0001f680", "\u2067"))
    assert "\\u96c6" in FORMATS[format_name](report, Style(ascii=True)).replace("\\\\", "\\")


def test_steps_are_not_changed_by_a_narrow_table() -> None:
    text = FORMATS["wide"](one_cause(), Style(width=1))
    for step in one_cause().root_causes[0].finding.fix:
        assert f"\n{step.command}" in text


def test_table_keeps_to_its_width_where_no_command_stands() -> None:
    head, _, _ = FORMATS["wide"](three_clusters(), Style(width=72)).partition("Root causes")
    assert max(map(len, head.splitlines())) <= 72


def test_healthy_table_ends_with_one_line_of_verdict() -> None:
    assert FORMATS["wide"](healthy(), Style()).split("\n\n")[-1].startswith("ok: no root cause; ")


def test_markdown_tables_have_the_line_that_makes_them_tables() -> None:
    lines = FORMATS["markdown"](one_cause(), Style()).splitlines()
    heads = [number for number, text in enumerate(lines) if text.startswith("| ") and not lines[number - 1]]
    assert len(heads) == 2
    assert all(lines[number + 1] == "|" + " --- |" * (lines[number].count("|") - 1) for number in heads)


def test_contents_count_what_a_recording_holds_and_what_it_lacks() -> None:
    snap = snapshot(RECORDED)
    key = next(key for key in snap.observations if key[0] == "secrets")
    less = without(snap, {key}, "cluster1: no permission to list secrets")

    lines = contents(less, "kept.tar.gz", anonymous=False).splitlines()

    number = len(snap.observations)
    assert lines[:2] == [
        f"kept.tar.gz: {number} answers of cluster1, cluster2; 1 are missing",
        "  cluster1: no permission to list secrets",
    ]
    assert [line.split()[:2] for line in lines if line.startswith("resources ")] == [["resources", "2"]]
    assert "--anonymize replaces them" in lines[-1]
    assert "are replaced by stand-ins" in contents(snap, "kept", anonymous=True)


def test_contents_of_nothing_have_no_table() -> None:
    nothing = replace(snapshot(RECORDED), observations={})

    assert "COMMAND" not in contents(nothing, "kept", anonymous=False)
