"""Imports go one way: every module imports only from those below it."""

import ast
from pathlib import Path

ROOT = Path(__file__).parent.parent / "kubectl_mcdiag"
LAYERS = (
    ("__main__",),
    ("cli",),
    ("run",),
    ("sources", "anonymity"),
    ("report",),
    ("verdict",),
    ("checks",),
    ("path",),
    ("mesh",),
    ("evidence",),
    ("errors",),
)
RANK = {name: rank for rank, layer in enumerate(LAYERS) for name in layer}
SHELL = {"__main__", "cli", "run", "sources"}
FILES = sorted(path for path in ROOT.rglob("*.py"))


def layer(path: Path) -> str:
    return path.relative_to(ROOT).with_suffix("").parts[0]


def imported(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("kubectl_mcdiag"):
            parts = (node.module or "").split(".")
            found |= {parts[1]} if len(parts) > 1 else {alias.name for alias in node.names}
        elif isinstance(node, ast.Import):
            found |= {alias.name.split(".")[1] for alias in node.names if alias.name.startswith("kubectl_mcdiag.")}
    return found & RANK.keys()


def test_every_module_has_a_layer() -> None:
    assert {layer(path) for path in FILES} - RANK.keys() == {"__init__"}


def test_module_imports_only_from_below() -> None:
    for path in FILES:
        own = layer(path)
        above = {name for name in imported(path) if name != own and RANK[name] <= RANK[own]}

        assert above == set(), path


def test_core_touches_no_process_file_or_clock() -> None:
    for path in (path for path in FILES if layer(path) not in SHELL):
        names = {
            alias.name.split(".")[0]
            for node in ast.walk(ast.parse(path.read_text("utf-8")))
            if isinstance(node, ast.Import)
            for alias in node.names
        }

        assert names & {"os", "sh", "socket", "subprocess", "tempfile", "time", "urllib"} == set(), path


def test_sh_is_imported_in_one_place() -> None:
    using = [p.name for p in FILES if "import sh\n" in p.read_text("utf-8") or "from sh import" in p.read_text("utf-8")]

    assert using == ["live.py"]
