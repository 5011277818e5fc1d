"""`kubectl mcdiag explain`: the page of one check."""

import click

from kubectl_mcdiag.cli import completions
from kubectl_mcdiag.cli.codes import known
from kubectl_mcdiag.run import terminal


@click.command()
@click.argument("code", shell_complete=completions.codes)
def explain(code: str) -> None:
    """Explain a check: what it looks at, why it matters, how to fix it and where the rule comes from.

    \b
    Example:
      kubectl mcdiag explain MC301
    """
    from kubectl_mcdiag.report import catalogue

    terminal.write(catalogue.page(known(code)))
