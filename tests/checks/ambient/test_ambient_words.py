"""The words of the rules of this family, as they are printed."""

from pathlib import Path

import pytest

from tests.checks.words import compare


def test_rules_say_what_is_written_down(request: pytest.FixtureRequest) -> None:
    compare(Path(__file__).parent, request)
