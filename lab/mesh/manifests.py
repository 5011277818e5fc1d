"""The objects the lab applies: YAML beside this package, filled in and read."""

import json
from string import Template
from typing import Any

import yaml

from lab.places import MANIFESTS

# The parser in C, where this Python has it, is ten times as fast.
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

Manifest = dict[str, Any]
"""One Kubernetes object, as its YAML or JSON says it."""


def manifests(name: str, **values: str) -> list[Manifest]:
    """Return the objects of the file `name`, its `$placeholders` filled in; none may be left over."""
    return read(Template((MANIFESTS / f"{name}.yaml").read_text()).substitute(values))


def read(text: str) -> list[Manifest]:
    """Return the objects of a YAML text."""
    return [document for document in yaml.load_all(text, LOADER) if document]


def as_text(objects: list[Manifest]) -> str:
    """Return objects as one text that kubectl reads."""
    return json.dumps({"apiVersion": "v1", "kind": "List", "items": objects})
