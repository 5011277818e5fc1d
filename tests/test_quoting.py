"""Printed commands are safe to paste, whatever the mesh's names are; `tests/hostile` looks at every scenario."""

from pathlib import Path

import pytest

from kubectl_mcdiag.verdict.judge import report
from tests.quoting import HOSTILE, MARK, called, hostile, printed, torn
from tests.scenarios import Scenario, askable, scenarios


@pytest.mark.parametrize("scenario", scenarios()[::12], ids=lambda scenario: scenario.name)
def test_hostile_name_is_one_word_of_a_printed_command(scenario: Scenario, tmp_path: Path) -> None:
    steps = printed(report(hostile(scenario), askable(scenario)))

    words = [word for call in called(steps, tmp_path) for word in call]

    assert any(HOSTILE in word for word in words)
    assert torn(words) == []


def test_name_that_is_not_quoted_is_noticed(tmp_path: Path) -> None:
    assert (MARK,) in called((f"kubectl get pod 'a'$({MARK})",), tmp_path)
    with pytest.raises(AssertionError):
        list(called((f"kubectl get pod a{HOSTILE}",), tmp_path))
