"""`kubectl mcdiag version`: the version, and the versions of what it works with."""

import click

from kubectl_mcdiag import ISTIO, KUBECTL, __version__
from kubectl_mcdiag.run import terminal


@click.command()
def version() -> None:
    """Print the version, and the versions of Istio and kubectl that it works with."""
    terminal.write(f"kubectl-mcdiag {__version__}\nIstio {ISTIO[0]} to {ISTIO[1]}, kubectl {KUBECTL} or newer")
