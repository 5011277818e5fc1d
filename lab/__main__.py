"""The lab's command line."""

import logging
import sys
from collections.abc import Callable
from dataclasses import replace

import click

from lab.cloud.daemon import serve
from lab.clusters.cluster import Cluster
from lab.processes import LabError
from lab.running import bring_up, build, running_shape, take_down
from lab.shape import Shape
from lab.shapes import PLAIN, SHAPES, of_versions, shape_named
from lab.status import status
from lab.traffic import judge
from lab.verbs import VERBS


class Since(logging.Formatter):
    """Says how long after the start of the command something happened."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line for a record."""
        return f"{record.relativeCreated / 1000:6.1f}s {record.getMessage()}"


@click.group()
def main() -> None:
    """Real clusters with a real Istio mesh, on this machine."""


def versions(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options that choose versions, and whether there is noise."""
    istio = click.option("--istio", default="", metavar="VERSION,…", help="Of each cluster in turn; one for all.")
    istioctl = click.option("--istioctl", default="", metavar="VERSION", help="The user's own; the mesh's newest.")
    noise = click.option("--noise/--plain", default=True, show_default=True, help="A mesh in use, or a plain one.")
    return istio(istioctl(noise(command)))


@main.command("build")
@click.argument("shape", default=PLAIN.name)
@versions
def build_command(shape: str, istio: str, istioctl: str, noise: bool) -> None:
    """Install and build whatever is missing; the first time takes a quarter of an hour."""
    build(_shape(shape, istio, istioctl, noise))


@main.command()
@click.argument("shape", default=PLAIN.name)
@versions
def up(shape: str, istio: str, istioctl: str, noise: bool) -> None:
    """Bring up a mesh of the given SHAPE, healthy; whatever lab is up goes first."""
    bring_up(_shape(shape, istio, istioctl, noise))


def _shape(name: str, istio: str, istioctl: str, noise: bool) -> Shape:
    return replace(of_versions(shape_named(name), tuple(filter(None, istio.split(","))), istioctl), noise=noise)


@main.command()
def down() -> None:
    """Remove every trace of the lab but what is built."""
    take_down()


@main.command("status")
def status_command() -> None:
    """Show the shape that is up, its pods, and what each istiod knows of its peers."""
    click.echo(status(running_shape()))


@main.command()
def verify() -> None:
    """Send requests from every cluster; fail unless they are answered as the shape says."""
    judgements = judge(running_shape())
    for judgement in judgements:
        click.echo(judgement)
    sys.exit(not all(judgement.is_healthy for judgement in judgements))


@main.command()
def shapes() -> None:
    """List the shapes."""
    for shape in SHAPES:
        click.echo(f"{shape.name:30} {shape.about}")


@main.command(context_settings={"ignore_unknown_options": True})
@click.argument("command", nargs=-1, type=click.UNPROCESSED)
def run(command: tuple[str, ...]) -> None:
    """Run a COMMAND where a user would: with the contexts, kubectl and istioctl of the lab."""
    raise LabError(f"no lab is up to run {' '.join(command)} in: lab up")


@main.command("serve-cloud", hidden=True)
@click.option("--domain", required=True)
@click.argument("numbers", nargs=-1, type=int)
def serve_cloud(domain: str, numbers: tuple[int, ...]) -> None:
    """Serve as the clusters' cloud until killed."""
    serve(tuple(Cluster(number, dns_domain=domain) for number in numbers))


for verb in VERBS:
    main.add_command(verb)

if __name__ == "__main__":
    speaker = logging.StreamHandler()
    speaker.setFormatter(Since())
    logging.basicConfig(level=logging.INFO, handlers=[speaker])
    try:
        main()
    except LabError as error:
        click.echo(f"lab: {error}", err=True)
        sys.exit(1)
