"""The bill of materials of an archive: what lies in it, by the CycloneDX standard, version 1.6."""

import json
import platform
import re
import uuid
from datetime import UTC, datetime
from importlib.metadata import Distribution, distributions
from pathlib import Path
from typing import Any

from kubectl_mcdiag import __version__
from release.archive import sha256
from release.linked import PYTHON, Linked, linked

LOCK = Path(__file__).with_name("requirements.txt")
PROGRAM = f"pkg:pypi/kubectl-mcdiag@{__version__}"


def sbom(folder: Path, digest: str, moment: int) -> str:
    """Return the bill of `folder`, whose archive has the SHA-256 `digest`, as of `moment` (Unix seconds)."""
    libraries = sorted(distributions(path=[str(folder / "_internal")]), key=lambda found: found.name.lower())
    direct: list[dict[str, Any]] = [_python(), _bootloader(), *map(_library, libraries), *_shared_libraries(folder)]
    refs = {_plain(part["name"]): part["bom-ref"] for part in direct}
    inside = [each for each in linked(folder) if _plain(each.holder) in refs]
    document = {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, digest)}",
        "version": 1,
        "metadata": {
            "timestamp": f"{datetime.fromtimestamp(moment, UTC):%Y-%m-%dT%H:%M:%SZ}",
            "component": {
                "type": "application",
                "bom-ref": PROGRAM,
                "name": "kubectl-mcdiag",
                "version": __version__,
                "licenses": [{"license": {"id": "Apache-2.0"}}],
                "hashes": [{"alg": "SHA-256", "content": digest}],
                "purl": PROGRAM,
            },
        },
        "components": [*direct, *map(_linked, inside)],
        "dependencies": [
            {"ref": PROGRAM, "dependsOn": [part["bom-ref"] for part in direct]},
            *_holders(refs, inside),
        ],
    }
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"


def _python() -> dict[str, Any]:
    version = platform.python_version()
    purl = f"pkg:generic/cpython@{version}"
    return {
        "type": "platform",
        "bom-ref": purl,
        "name": PYTHON,
        "version": version,
        "licenses": [{"license": {"id": "Python-2.0.1"}}],
        "purl": purl,
    }


def _bootloader() -> dict[str, Any]:
    """Return the part of PyInstaller that is the archive's executable."""
    (version,) = re.findall(r"^pyinstaller==(\S+)", LOCK.read_text("utf-8"), re.MULTILINE)
    purl = f"pkg:pypi/pyinstaller@{version}"
    return {
        "type": "library",
        "bom-ref": purl,
        "name": "pyinstaller",
        "version": version,
        "description": "its bootloader is the executable",
        "licenses": [{"license": {"name": "GPL-2.0-or-later WITH Bootloader-exception"}}],
        "purl": purl,
    }


def _linked(found: Linked) -> dict[str, Any]:
    return {
        "type": "library",
        "bom-ref": _ref(found),
        "name": found.name,
        **({"version": found.version} if found.version else {}),
        "description": f"linked into {found.holder}",
        **({"licenses": [{"expression": found.licence}]} if found.licence else {}),
        **({"purl": found.purl} if found.purl else {}),
    }


def _ref(found: Linked) -> str:
    return f"linked:{found.holder}/{found.name}@{found.version}"


def _holders(refs: dict[str, str], inside: list[Linked]) -> list[dict[str, Any]]:
    """Return for each part that holds others which ones."""
    grouped: dict[str, list[str]] = {}
    for each in inside:
        grouped.setdefault(refs[_plain(each.holder)], []).append(_ref(each))
    return [{"ref": ref, "dependsOn": parts} for ref, parts in grouped.items()]


def _plain(name: str) -> str:
    return name.lower().replace("_", "-")


def _library(found: Distribution) -> dict[str, Any]:
    purl = f"pkg:pypi/{found.name.lower()}@{found.version}"
    return {
        "type": "library",
        "bom-ref": purl,
        "name": found.name,
        "version": found.version,
        **_licences(found),
        "purl": purl,
        "externalReferences": [{"type": "distribution", "url": purl, "hashes": _locked(found)}],
    }


def _licences(found: Distribution) -> dict[str, Any]:
    said = found.metadata.json
    if expression := said.get("license_expression"):
        return {"licenses": [{"expression": expression}]}
    return {"licenses": [{"license": {"name": said["license"]}}]} if said.get("license") else {}


def _locked(found: Distribution) -> list[dict[str, str]]:
    """Return the hashes that the lock allows this library's files to have."""
    pinned = re.escape(f"{found.name.lower()}=={found.version}")
    entry = re.search(rf"^{pinned}\b.*?(?=^\S|\Z)", LOCK.read_text("utf-8"), re.MULTILINE | re.DOTALL)
    if entry is None:
        raise LookupError(f"{LOCK.name} does not hold {found.name}=={found.version}")
    return [{"alg": "SHA-256", "content": digest} for digest in re.findall(r"sha256:([0-9a-f]{64})", entry[0])]


def _shared_libraries(folder: Path) -> list[dict[str, Any]]:
    files = sorted(p for p in folder.rglob("*") if re.search(r"\.(so|dylib)(\.|$)", p.name) and not p.is_symlink())
    return [
        {
            "type": "file",
            "bom-ref": f"file:{path.relative_to(folder).as_posix()}",
            "name": path.relative_to(folder).as_posix(),
            "hashes": [{"alg": "SHA-256", "content": sha256(path)}],
        }
        for path in files
    ]
