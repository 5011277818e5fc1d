"""Recordings hold no secret, name their origin and stay small."""

import base64
import re

from tests.scenarios import FIXTURES, scenarios

TOKEN = re.compile(r"eyJ[\w-]{10,}\.[\w-]+")
KEY = re.compile(r"PRIVATE KEY|client-key-data|\"token\": \"")
BLOB = re.compile(r"[A-Za-z0-9+/]{40,}={0,2}")


def test_recording_holds_no_key_or_token() -> None:
    for path in FIXTURES.rglob("*"):
        if path.is_file():
            text = path.read_text("utf-8")
            decoded = " ".join(_decoded(blob) for blob in BLOB.findall(text))
            assert not TOKEN.search(text + decoded), path
            assert not KEY.search(text + decoded), path


def _decoded(blob: str) -> str:
    try:
        return base64.b64decode(blob, validate=True).decode("ascii")
    except ValueError:
        return ""


def test_recording_names_its_origin() -> None:
    for scenario in scenarios():
        origin = str(scenario.header["origin"])

        assert origin.startswith("recorded") or re.match(r"edited \(.{20,}\)$", origin, re.DOTALL), scenario.name


def test_fixtures_stay_small_enough_to_clone() -> None:
    size = sum(path.stat().st_size for path in FIXTURES.rglob("*") if path.is_file())
    assert size < 20_000_000, "run python -m tests.compact"
