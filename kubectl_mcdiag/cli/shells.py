"""The scripts that make shells and kubectl ask for completion, and the places where they look for them."""

import shutil
from collections.abc import Mapping
from pathlib import Path

import click
from click.shell_completion import get_completion_class

from kubectl_mcdiag.cli.completions import PROGRAM, VARIABLE
from kubectl_mcdiag.errors import McdiagError

SHELLS = ("kubectl", "bash", "zsh", "fish")
SHIM = "kubectl_complete-mcdiag"
_SHIM_TEXT = f"""#!/bin/sh
# kubectl (1.26 and newer) runs this to complete `kubectl mcdiag`.
exec {PROGRAM} __complete "$@"
"""
_NEXT = {
    "kubectl": "kubectl's own completion must be on: kubectl completion --help",
    "bash": "it holds from the next shell on; the package bash-completion must be installed",
    "zsh": "add this line to ~/.zshrc, before compinit: fpath+=({folder})",
    "fish": "it holds from the next shell on",
}


def script(program: click.Command, shell: str) -> str:
    """Return the script for a shell, or the shim for kubectl."""
    if shell == "kubectl":
        return _SHIM_TEXT
    kind = get_completion_class(shell)
    if kind is None:
        raise McdiagError(f"there is no completion for {shell}")
    return kind(program, {}, PROGRAM, VARIABLE).source()


def install(text: str, shell: str, environment: Mapping[str, str]) -> str:
    """Write the script where the shell or kubectl finds it; return what to tell the operator."""
    path = place(shell, environment)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        if shell == "kubectl":
            path.chmod(0o755)
    except OSError as error:
        hint = f"print it with `kubectl mcdiag completion {shell}` and put it where {shell} finds it"
        raise McdiagError(f"{path} cannot be written: {error.strerror}; {hint}", 3) from None
    return f"{path} is written; {_NEXT[shell].format(folder=path.parent)}"


def place(shell: str, environment: Mapping[str, str]) -> Path:
    """Return where a shell looks for a user's own completions, and kubectl for the shim: beside the plugin."""
    home = Path(environment.get("HOME") or "~").expanduser()
    shared = Path(environment.get("XDG_DATA_HOME") or home / ".local" / "share")
    if shell == "bash":
        return shared / "bash-completion" / "completions" / PROGRAM
    if shell == "zsh":
        return shared / "zsh" / "site-functions" / f"_{PROGRAM}"
    if shell == "fish":
        return Path(environment.get("XDG_CONFIG_HOME") or home / ".config") / "fish" / "completions" / f"{PROGRAM}.fish"
    found = shutil.which(PROGRAM, path=environment.get("PATH"))
    if found is None:
        raise McdiagError(f"{PROGRAM} is not on the PATH, so kubectl does not find it; add its folder to PATH")
    return Path(found).absolute().with_name(SHIM)
