"""Whatever a tool prints is a value or a `ParseError`, and never a monster; `make hostile` tries more of it."""

import time
from collections import Counter
from typing import Any

import pytest

from kubectl_mcdiag.errors import ParseError
from kubectl_mcdiag.evidence.commands import COMMANDS
from kubectl_mcdiag.evidence.model import Command
from kubectl_mcdiag.evidence.parsers.kubernetes.configmaps import ConfigMap, mesh_config, redact
from kubectl_mcdiag.evidence.parsers.shapes import load_yaml, number, text
from tests.fuzz import outcomes


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.key)
def test_changed_output_is_a_value_or_an_error_with_words(command: Command[Any]) -> None:
    found = Counter(outcomes(command, 20, seed=1))

    assert found.keys() <= {"value", "ParseError"}
    assert found.total() == 40


def laughs(levels: int) -> str:
    lines = [f"l{n}: &l{n} [{', '.join([f'*l{n - 1}'] * 9)}]" for n in range(1, levels)]
    return "\n".join(("l0: &l0 [x]", *lines, f"trustDomain: *l{levels - 1}"))


@pytest.mark.parametrize(
    "document",
    [
        laughs(30),
        "trustDomain: &a [*a]",
        f"trustDomain: 0x{'f' * 6_000}",
        f"trustDomain: {'9' * 5_000}",
        "trustDomain: {{a: b}: c}",
        "trustDomain: 2026-99-99",
        "trustDomain: !!python/object:os.system x",
        "[" * 30_000,
        "serviceSettings: .inf",
    ],
    ids=lambda document: document[:30],
)
def test_monstrous_yaml_is_refused_at_once(document: str) -> None:
    began = time.monotonic()
    with pytest.raises(ParseError):
        mesh_config(ConfigMap("istio", {}, {"mesh": document}))
    assert time.monotonic() - began < 2


def test_alias_is_read() -> None:
    assert load_yaml("a: &a [1, 2]\nb: *a") == {"a": [1, 2], "b": [1, 2]}
    assert load_yaml("a: &a x\nb: *a") == {"a": "x", "b": "x"}


@pytest.mark.parametrize("value", [1 << 70, -(1 << 70), [1 << 20_000], {"a": [[["b"] * 9] * 9] * 9}])
def test_what_is_too_large_to_be_written_is_refused(value: object) -> None:
    with pytest.raises(ParseError):
        text(value)
    with pytest.raises(ParseError):
        number(value)


def test_mesh_configuration_that_cannot_be_read_stays_unreadable_and_is_not_kept() -> None:
    kept = redact('{"items": [{"metadata": {"name": "istio"}, "data": {"mesh": "{password: hunter2"}}]}')

    assert "hunter2" not in kept
    with pytest.raises(ParseError):
        mesh_config(ConfigMap("istio", {}, {"mesh": "- this is not the YAML of a mesh configuration\n"}))
