"""Completion through kubectl's own `__complete` and in real shells, with the program as the archive has it."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import ROOT, Machine

from lab.processes import run

BASH = """
source <(kubectl-mcdiag completion bash)
COMP_WORDS=(kubectl-mcdiag explain mc30) COMP_CWORD=2
"$(complete -p kubectl-mcdiag | sed 's/.*-F \\([^ ]*\\).*/\\1/')" kubectl-mcdiag
printf '%s\\n' "${COMPREPLY[@]}"
"""
KUBECONFIG = {
    "contexts": [{"name": name, "context": {"cluster": "c", "user": "u"}} for name in ("east", "west")],
    "clusters": [{"name": "c", "cluster": {"server": "https://127.0.0.1:1"}}],
    "users": [{"name": "u", "user": {}}],
}


@pytest.fixture
def user(tmp_path: Path, machine: Callable[..., Machine]) -> Machine:
    """Return a machine with the archive's program on the PATH and two contexts in the kubeconfig."""
    (archive,) = (ROOT / "dist").glob("*.tar.gz")
    run(("tar", "-x", "-z", "-f", archive, "-C", tmp_path))
    there = machine(tmp_path / "kubectl-mcdiag")
    config = there.home / ".kube" / "config"
    config.parent.mkdir()
    config.write_text(json.dumps(KUBECONFIG))
    return there


def test_kubectl_completes_what_follows_the_plugin(user: Machine) -> None:
    assert "--context" not in user.must("kubectl", "__complete", "mcdiag", "check", "--con")

    user.must("kubectl", "mcdiag", "completion", "--install")

    assert user.must("kubectl", "__complete", "mcdiag", "che").startswith("check\tJudge a mesh")
    assert user.must("kubectl", "__complete", "mcdiag", "check", "--context", "east,") == "east,west\n:4\n"
    assert user.must("kubectl", "__complete", "mcdiag", "check", "-o", "ju") == "junit\n:4\n"
    assert "MC301\t" in user.must("kubectl", "__complete", "mcdiag", "explain", "MC3")
    assert user.must("kubectl", "__complete", "mcdiag", "check", "-n", "") == ":4\n"  # nobody answers there


def test_bash_completes_the_direct_name(user: Machine) -> None:
    words = user.must("bash", "-c", BASH).split()

    assert "MC301" in words
    assert all(word.startswith("MC30") for word in words)
