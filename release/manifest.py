"""krew's manifest: `plugin.yaml` as the template, filled in with the archives that were built."""

from pathlib import Path, PurePosixPath
from typing import Any

import yaml

from kubectl_mcdiag.report.yaml import ReportDumper
from release.archive import sha256


def manifest(template: Path, archives: Path, url: str, homepage: str) -> str:
    """Return the manifest with the real checksum of each archive in `archives`; what is not there is left out.

    `url` is the folder that the archives will be downloaded from, `homepage` the project's page; an empty one is
    the template's.
    """
    document = yaml.safe_load(template.read_text("utf-8"))
    spec = document["spec"]
    built = [each for each in spec["platforms"] if (archives / _file(each)).exists()]
    if not built:
        raise FileNotFoundError(f"{archives} holds none of {', '.join(map(_file, spec['platforms']))}")
    spec["platforms"] = [_filled(each, archives, url) for each in built]
    spec["homepage"] = homepage or spec["homepage"]
    return yaml.dump(document, Dumper=ReportDumper, sort_keys=False, allow_unicode=True)


def _file(entry: dict[str, Any]) -> str:
    return PurePosixPath(entry["uri"]).name


def _filled(entry: dict[str, Any], archives: Path, url: str) -> dict[str, Any]:
    name = _file(entry)
    uri = f"{url.rstrip('/')}/{name}" if url else entry["uri"]
    return {**entry, "uri": uri, "sha256": sha256(archives / name)}
