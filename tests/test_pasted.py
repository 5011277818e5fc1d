"""Every fix of every recorded mesh, pasted into bash, zsh and fish: the calls are the steps' own, and no others."""

from functools import cache
from pathlib import Path

import pytest

from kubectl_mcdiag.checks.steps import Step
from kubectl_mcdiag.checks.steps import pasted as block
from tests.pasting import SHELLS, fixes, heard, meant
from tests.scenarios import replay, scenarios


@cache
def blocks() -> tuple[tuple[Step, ...], ...]:
    """Return the fixes of all recorded meshes, each once."""
    found = dict.fromkeys(fix for scenario in scenarios() for fix in fixes(replay(scenario)))
    return tuple(found)


def inputs(fix: tuple[Step, ...]) -> list[str]:
    return [one.name for step in fix for one in step.shell.inputs]


def test_shells_are_there() -> None:
    assert "bash" in SHELLS


@pytest.mark.parametrize("name", SHELLS)
def test_pasted_block_makes_the_calls_of_its_steps(name: str, tmp_path: Path) -> None:
    every = [name for fix in blocks() for name in inputs(fix)]

    found = heard(name, [block(fix) for fix in blocks()], tmp_path, inputs=every)

    assert len(found) > 100
    for fix, calls in zip(blocks(), found, strict=True):
        is_refused = name == "fish" and inputs(fix)
        assert sorted(calls) == ([] if is_refused else sorted(call for step in fix for call in meant(step.shell)))


@pytest.mark.parametrize("name", SHELLS)
def test_block_stops_at_the_first_step_that_fails(name: str, tmp_path: Path) -> None:
    every = [name for fix in blocks() for name in inputs(fix)]

    found = heard(name, [block(fix) for fix in blocks()], tmp_path, ends=1, inputs=every)

    for fix, calls in zip(blocks(), found, strict=True):
        assert set(calls) <= set(meant(fix[0].shell))


@pytest.mark.parametrize("name", SHELLS)
def test_block_stops_at_the_first_step_without_its_input(name: str, tmp_path: Path) -> None:
    asking = [fix for fix in blocks() if inputs(fix)]

    found = heard(name, [block(fix) for fix in asking], tmp_path)

    assert asking
    for fix, calls in zip(asking, found, strict=True):
        before = next(place for place, step in enumerate(fix) if step.shell.inputs)
        assert sorted(calls) == (
            [] if name == "fish" else sorted(call for step in fix[:before] for call in meant(step.shell))
        )


def test_line_of_a_block_fits_78_columns_with_what_joins_it_to_the_next() -> None:
    """Only what the operator has to set is described in one piece."""
    lines = [line for fix in blocks() for line in block(fix).splitlines()]

    assert any(line.endswith(" &&") for line in lines)
    assert [line for line in lines if len(line) > 78 and ":?" not in line] == []
