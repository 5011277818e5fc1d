"""The configuration file: what a user always means, unless a flag says otherwise.

# ~/.config/kubectl-mcdiag/config.yaml
contexts: [east, west]
namespace: shop
ignore-file: ignore.yaml        # beside this file
"""

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

from kubectl_mcdiag.errors import McdiagError, ParseError
from kubectl_mcdiag.run import terminal

_PARAMETERS = {
    "contexts": "context",
    "namespace": "namespace",
    "istio-namespace": "istio_namespace",
    "ignore-file": "ignore_file",
    "min-severity": "min_severity",
    "fail-on": "fail_on",
    "timeout": "timeout",
    "no-exec": "no_exec",
    "no-secrets": "no_secrets",
}
"""The keys, and the parameter of a command that each sets: the long flags, but that contexts are several."""
_IS_FLAG = (lambda value: isinstance(value, bool)), "true or false"
_KINDS: dict[str, tuple[Callable[[Any], bool], str]] = {
    "context": (lambda value: isinstance(value, list) and all(isinstance(e, str) for e in value), "a list of names"),
    "no_exec": _IS_FLAG,
    "no_secrets": _IS_FLAG,
}


def place(environment: Mapping[str, str]) -> Path:
    """Return where the file is when none is named."""
    home = Path(environment.get("HOME") or "~").expanduser()
    return Path(environment.get("XDG_CONFIG_HOME") or home / ".config") / "kubectl-mcdiag" / "config.yaml"


def apply(ctx: click.Context, _param: click.Parameter, path: str | None) -> None:
    """Make the file's values the defaults of a command; one that is named must be there."""
    if ctx.resilient_parsing:
        return
    file = Path(path) if path else place(os.environ)
    if path or file.is_file():
        ctx.default_map = {**(ctx.default_map or {}), **defaults(file)}
        ctx.meta[__name__] = str(file)


def say_origin(ctx: click.Context) -> None:
    """Say that the file has chosen the clusters, where it has."""
    if ctx.get_parameter_source("context") is ParameterSource.DEFAULT_MAP and not ctx.params.get("bundle"):
        terminal.note(f"contexts of {ctx.meta[__name__]}: {', '.join(ctx.params['context'])}")


def defaults(file: Path) -> dict[str, Any]:
    """Return the values of a file by parameter; raise `McdiagError` where it cannot be used."""
    from kubectl_mcdiag.evidence.parsers.shapes import load_yaml, mapping

    try:
        return dict(_parameter(file, key, value) for key, value in mapping(load_yaml(file.read_text("utf-8"))).items())
    except OSError as error:
        raise McdiagError(f"the configuration file {file} cannot be read: {error.strerror}") from None
    except (UnicodeDecodeError, ParseError) as error:
        raise McdiagError(f"the configuration file {file} cannot be used: {error}") from None


def _parameter(file: Path, key: Any, value: Any) -> tuple[str, Any]:
    name = _PARAMETERS.get(key) if isinstance(key, str) else None
    if name is None:
        from kubectl_mcdiag.mesh.suggestions import instead

        raise ParseError(f"it has the key {str(key)!r}; {instead(str(key), _PARAMETERS)}")
    is_right, title = _KINDS.get(name, (lambda given: isinstance(given, str), "a text"))
    if not is_right(value):
        raise ParseError(f"{key} is to be {title}")
    return name, str(file.parent / value) if key == "ignore-file" else value
