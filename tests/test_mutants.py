"""The operators of `make mutants`: each change is one place, compiles, and leaves words alone."""

import ast
from pathlib import Path

import pytest

from tests.mutants.operators import mutants

ROOT = Path(__file__).parents[1]


def changed(source: str) -> list[str]:
    return [one.applied(source) for one in mutants("a.py", source)]


@pytest.mark.parametrize(
    ("source", "wanted"),
    [
        ("x = a < b", ["x = (a <= b)"]),
        ("x = a not in b", ["x = (a in b)"]),
        ("x = not a", ["x = (a)"]),
        ("x = a and b", ["x = (a or b)", "x = (b)", "x = (a)"]),
        ("x = a if c else b", ["x = (b if c else a)"]),
        ("x = any(a)", ["x = all(a)"]),
        ("x = [a for a in b if c]", ["x = [a for a in b]"]),
        ("x = {1}", ["x = {2}"]),
        ("x = True", ["x = False"]),
        ("x = a - b", ["x = (a)", "x = (b)"]),
        ("def f():\n    yield a", ["def f():\n    yield from ()"]),
        ("x: Literal[1] = a", []),
        ("x = 'é'; y = a == b", ["x = 'é'; y = (a != b)"]),
        ("x = f'{a == b}'", []),
    ],
)
def test_one_place_changes(source: str, wanted: list[str]) -> None:
    assert changed(source) == wanted


def test_every_mutant_of_the_verdict_is_python() -> None:
    for path in (ROOT / "kubectl_mcdiag" / "verdict").glob("*.py"):
        source = path.read_text("utf-8")
        for made in (one.applied(source) for one in mutants(path.name, source)):
            assert made != source
            ast.parse(made)
