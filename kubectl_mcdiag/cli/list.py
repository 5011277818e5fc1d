"""`kubectl mcdiag list`: the catalogue of checks and commands, and what these need."""

import click

from kubectl_mcdiag.cli.flags import istio_namespace_option
from kubectl_mcdiag.run import terminal
from kubectl_mcdiag.run.session import USUAL_NAMESPACE


@click.command("list")
@click.argument("what", type=click.Choice(("checks", "commands", "permissions", "roles")), default="checks")
@istio_namespace_option
def list_(what: str, istio_namespace: str) -> None:
    """List the checks, the commands they run, the permissions these need, or roles that grant them.

    \b
    Examples:
      kubectl mcdiag list
      kubectl mcdiag list permissions
      kubectl mcdiag list roles | kubectl --context cluster1 apply -f -
    """
    from kubectl_mcdiag.report import catalogue
    from kubectl_mcdiag.report.roles import roles

    pages = {"checks": catalogue.checks, "commands": catalogue.commands, "permissions": catalogue.permissions}
    terminal.write(roles(istio_namespace or USUAL_NAMESPACE) if what == "roles" else pages[what]())
