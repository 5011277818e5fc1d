"""`kubectl mcdiag list`: the catalogue of checks and commands, and what these need."""

import click

from kubectl_mcdiag.cli.flags import istio_namespace_option, no_exec_option, revision_option
from kubectl_mcdiag.errors import McdiagError
from kubectl_mcdiag.evidence.model import USUAL_NAMESPACE
from kubectl_mcdiag.run import terminal
from kubectl_mcdiag.run.options import split


@click.command("list")
@click.argument("what", type=click.Choice(("checks", "commands", "permissions", "roles")), default="checks")
@click.option(
    "--with",
    "parts",
    multiple=True,
    metavar="PART",
    help="For roles: parts beside the base: secrets, istiod, proxies, search, probe; repeat it or use commas.",
)
@istio_namespace_option
@revision_option
@no_exec_option
def list_(what: str, parts: tuple[str, ...], istio_namespace: str, revision: str, *, no_exec: bool) -> None:
    """List the checks, the commands they run, the permissions these need, or roles that grant them.

    The roles are the base alone; each part that --with adds says what it lets its holder do.

    \b
    Examples:
      kubectl mcdiag list
      kubectl mcdiag list permissions
      kubectl mcdiag list roles --with proxies --no-exec | kubectl --context cluster1 apply -f -
    """
    from kubectl_mcdiag.mesh.suggestions import instead
    from kubectl_mcdiag.report import catalogue, roles

    if what != "roles":
        pages = {"checks": catalogue.checks, "commands": catalogue.commands, "permissions": catalogue.permissions}
        terminal.write(pages[what]())
        return
    for part in split(parts):
        if part not in roles.PARTS:
            raise McdiagError(f"there is no part {part!r} of the roles; {instead(part, roles.PARTS)}")
    terminal.write(roles.roles(istio_namespace or USUAL_NAMESPACE, split(parts), revision, no_exec=no_exec))
