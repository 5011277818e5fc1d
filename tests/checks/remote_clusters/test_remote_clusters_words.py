"""The words of the rules of this family, as they are printed."""

from pathlib import Path

import pytest

from kubectl_mcdiag.checks import remote_clusters
from kubectl_mcdiag.evidence.parsers.shapes import load_yaml
from tests.checks.words import compare

HERE = Path(__file__).parent


def test_rules_say_what_is_written_down(request: pytest.FixtureRequest) -> None:
    compare(HERE, request)


def test_every_rule_is_written_down() -> None:
    assert list(load_yaml((HERE / "words.yaml").read_text("utf-8"))) == [
        rule.CHECK.code for rule in remote_clusters.RULES
    ]
