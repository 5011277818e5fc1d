"""Several kubeconfigs in one KUBECONFIG: what of a later file kubectl ignores because an earlier one has the name.

kubectl takes users and clusters of all files by name, the first of each name. kubeadm names every user
`kubernetes-admin`: the contexts of the second file then carry the credentials of the first.
"""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kubectl_mcdiag.errors import ParseError
from kubectl_mcdiag.evidence.parsers.shapes import load_yaml, mapping, sequence, text

_KINDS = ("user", "cluster")


@dataclass(frozen=True, slots=True)
class File:
    """One kubeconfig: its path, and its contexts, users and clusters by name. It holds credentials: keep it here."""

    path: str
    contexts: Mapping[str, Any]
    users: Mapping[str, Any]
    clusters: Mapping[str, Any]

    def entries(self, kind: str) -> Mapping[str, Any]:
        """Return the users, or the clusters."""
        return self.users if kind == "user" else self.clusters


def files(environment: Mapping[str, str]) -> tuple[File, ...]:
    """Return the files of KUBECONFIG, those that cannot be read left out: kubectl speaks of them."""
    paths = [path for path in environment.get("KUBECONFIG", "").split(os.pathsep) if path]
    return tuple(found for path in dict.fromkeys(paths) if (found := _file(path)))


def _file(path: str) -> File | None:
    try:
        document = mapping(load_yaml(Path(path).read_text("utf-8")))
        named = {kind: _by_name(document.get(f"{kind}s"), kind) for kind in ("context", *_KINDS)}
    except (OSError, UnicodeDecodeError, ParseError):
        return None
    return File(path, named["context"], named["user"], named["cluster"])


def _by_name(value: Any, kind: str) -> dict[str, Any]:
    entries = [mapping(entry) for entry in sequence(value)]
    return {text(entry.get("name")): mapping(entry.get(kind)) for entry in reversed(entries)}


def shadowed(contexts: tuple[str, ...], found: tuple[File, ...]) -> Iterator[str]:
    """Yield a warning for each chosen context whose own user or cluster another file's takes the place of."""
    for context in contexts:
        for home in [file for file in found if context in file.contexts][:1]:
            yield from _passed_over(context, home, found)


def _passed_over(context: str, home: File, found: tuple[File, ...]) -> Iterator[str]:
    for kind in _KINDS:
        name = text(home.contexts[context].get(kind))
        own = home.entries(kind).get(name)
        first = next((file for file in found if name in file.entries(kind)), home)
        if own is not None and first.entries(kind)[name] != own:
            yield _warning(context, home, kind, name, first)


def _warning(context: str, home: File, kind: str, name: str, first: File) -> str:
    return (
        f"context {context!r} of {home.path} names {kind} {name!r}, but KUBECONFIG has {first.path} before it, with"
        f" another {kind} of that name, and kubectl takes that one; rename one of them"
    )
