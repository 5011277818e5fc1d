"""A small kubectl made by a test: answers a few commands, and notes what it was asked."""

import json
import os
from pathlib import Path

import pytest

ASKED = "asked"


def kubeconfig(*names: str, current: str = "") -> str:
    """Return a kubeconfig as `kubectl config view -o json` prints it, each context with a cluster of its own."""
    return json.dumps(
        {
            "current-context": current,
            "contexts": [{"name": name, "context": {"cluster": name, "user": name}} for name in names],
            "clusters": [{"name": name, "cluster": {"server": f"https://{name}:6443"}} for name in names],
        }
    )


def stand_in(folder: Path, config: str, answer: str, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Put a kubectl first on the PATH that prints `config`, or does `answer` (shell); return what notes its calls."""
    (folder / "config.json").write_text(config)
    tool = folder / "kubectl"
    tool.write_text(
        f'#!/bin/sh\nprintf "%s\\n" "$(echo "$*" | tr "\\n" " ")" >> {folder / ASKED}\n'
        f'case "$*" in *"config view"*) exec cat {folder / "config.json"};; esac\n{answer}\n'
    )
    tool.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
    monkeypatch.delenv("KUBECONFIG", raising=False)
    for name in [name for name in os.environ if name.startswith("CTX_CLUSTER")]:
        monkeypatch.delenv(name)
    return folder / ASKED
