"""Every format, exactly, on invented reports; `pytest --update` rewrites the golden files."""

import json
from collections.abc import Callable
from importlib.resources import files

import pytest
import yaml
from jsonschema import Draft202012Validator
from reports import REPORTS

from kubectl_mcdiag.render import FORMATS, Style

Golden = Callable[[str, str], None]
SCHEMA = json.loads(files("kubectl_mcdiag.render").joinpath("report.schema.json").read_text("utf-8"))
SUFFIXES = {"table": "txt", "json": "json", "yaml": "yaml"}


@pytest.mark.parametrize("format_name", FORMATS)
@pytest.mark.parametrize("name", REPORTS)
def test_report_is_written_as_its_golden_file(name: str, format_name: str, golden: Golden) -> None:
    text = FORMATS[format_name](REPORTS[name](), Style())
    golden(f"{name}.{SUFFIXES[format_name]}", text)


@pytest.mark.parametrize("name", REPORTS)
def test_table_in_colour_is_its_golden_file(name: str, golden: Golden) -> None:
    golden(f"{name}.colour.txt", FORMATS["table"](REPORTS[name](), Style(colour=True)))


@pytest.mark.parametrize("name", REPORTS)
def test_table_in_ascii_is_its_golden_file(name: str, golden: Golden) -> None:
    text = FORMATS["table"](REPORTS[name](), Style(ascii=True))
    assert text.isascii()
    golden(f"{name}.ascii.txt", text)


@pytest.mark.parametrize("name", REPORTS)
def test_json_document_follows_the_published_schema(name: str) -> None:
    Draft202012Validator.check_schema(SCHEMA)
    Draft202012Validator(SCHEMA).validate(json.loads(FORMATS["json"](REPORTS[name](), Style())))


@pytest.mark.parametrize("name", REPORTS)
@pytest.mark.parametrize("ascii_only", [False, True])
def test_yaml_and_json_hold_the_same_document(name: str, ascii_only: bool) -> None:
    style = Style(ascii=ascii_only)
    as_json, as_yaml = (FORMATS[each](REPORTS[name](), style) for each in ("json", "yaml"))
    assert yaml.safe_load(as_yaml) == json.loads(as_json)
