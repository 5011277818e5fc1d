"""What is linked into the files of an archive, where no file has its name: OpenSSL, libyaml, crates and the like."""

import decimal
import json
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PYTHON = "CPython"
_OPENSSL = "openssl"


@dataclass(frozen=True, slots=True, kw_only=True)
class Linked:
    """A library in another one: `holder` is the name of that one; an empty `version` means that it tells none."""

    holder: str
    name: str
    version: str
    purl: str
    licence: str


def linked(folder: Path) -> list[Linked]:
    """Return what the program's folder holds in this way, each once for each holder."""
    found = [*_python(), *_yaml(), *_openssl(), _part("cffi", "libffi", "", "MIT"), *_shipped(folder)]
    return list({(each.holder, each.name, each.version): each for each in reversed(found)}.values())[::-1]


def _python() -> Iterator[Linked]:
    yield _part(PYTHON, "zlib", zlib.ZLIB_RUNTIME_VERSION, "Zlib")
    yield _part(PYTHON, "libmpdec", str(getattr(decimal, "__libmpdec_version__", "")), "BSD-2-Clause")


def _yaml() -> Iterator[Linked]:
    from yaml import _yaml as binding

    yield _part("PyYAML", "libyaml", binding.get_version_string(), "MIT")


def _openssl() -> Iterator[Linked]:
    from cryptography.hazmat.backends.openssl import backend

    found = re.match(r"OpenSSL (\S+)", backend.openssl_version_text())
    yield _part("cryptography", _OPENSSL, found[1] if found else "", "Apache-2.0")


def _shipped(folder: Path) -> Iterator[Linked]:
    """Yield what libraries say of themselves: a bill of materials in their metadata (PEP 770)."""
    for path in sorted(folder.glob("_internal/*.dist-info/sboms/*.json")):
        holder = path.parents[1].name.partition("-")[0]
        for component in json.loads(path.read_text("utf-8")).get("components", []):
            if component["name"] != _OPENSSL:
                yield _told(holder, component)


def _told(holder: str, component: dict[str, Any]) -> Linked:
    licences = component.get("licenses") or [{}]
    purl = str(component.get("purl", "")).partition("?")[0]
    name, version = str(component["name"]), str(component.get("version", ""))
    return Linked(holder=holder, name=name, version=version, purl=purl, licence=licences[0].get("expression", ""))


def _part(holder: str, name: str, version: str, licence: str) -> Linked:
    purl = f"pkg:generic/{name}@{version}" if version else f"pkg:generic/{name}"
    return Linked(holder=holder, name=name, version=version, purl=purl, licence=licence)
