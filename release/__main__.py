"""`python -m release …`, in the environment of `requirements.txt`: `make dist` and the release workflow call it."""

import os
from pathlib import Path

import click

from release.archive import write
from release.build import archive_name, folder
from release.manifest import manifest
from release.sbom import sbom

DIST = Path("dist")
WORK = Path("build/dist")


@click.group()
def main() -> None:
    """Make what a release consists of."""


@main.command()
def archive() -> None:
    """Write the archive for this platform into dist/, and its bill of materials beside it."""
    moment = int(os.environ["SOURCE_DATE_EPOCH"])
    made = folder(WORK)
    DIST.mkdir(exist_ok=True)
    path = DIST / f"{archive_name()}.tar.gz"
    digest = write(made, path, moment)
    bill = DIST / f"{archive_name()}.cdx.json"
    bill.write_text(sbom(made, digest, moment), encoding="utf-8")
    click.echo(f"{digest}  {path} ({path.stat().st_size / 1e6:.1f} MB)\n{bill}")


@main.command("manifest")
@click.option("--url", default="", metavar="URL", help="Where the archives will lie, instead of what plugin.yaml says.")
@click.option("--homepage", default="", metavar="URL", help="The project's page, instead of what plugin.yaml says.")
def manifest_command(url: str, homepage: str) -> None:
    """Write krew's manifest for the archives that are in dist/, with their checksums."""
    path = DIST / "mcdiag.yaml"
    path.write_text(manifest(Path("plugin.yaml"), DIST, url, homepage), encoding="utf-8")
    click.echo(path)


main()
