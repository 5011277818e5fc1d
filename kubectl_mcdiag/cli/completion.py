"""`kubectl mcdiag completion`, and what the scripts that it prints call."""

import os

import click

from kubectl_mcdiag.cli import completions, shells
from kubectl_mcdiag.run import terminal


@click.command()
@click.argument("shell", type=click.Choice(shells.SHELLS), default="kubectl")
@click.option("--install", is_flag=True, help="Write it where the shell, or kubectl, looks for it.")
@click.pass_context
def completion(ctx: click.Context, shell: str, *, install: bool) -> None:
    """Print what completes `kubectl mcdiag` in kubectl's completion, or `kubectl-mcdiag` in a shell.

    \b
    Examples:
      kubectl mcdiag completion kubectl --install
      source <(kubectl mcdiag completion bash)
    """
    text = shells.script(ctx.find_root().command, shell)
    terminal.write(shells.install(text, shell, os.environ) if install else text)


@click.command(
    "__complete",
    hidden=True,
    add_help_option=False,
    context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False},
)
@click.argument("words", nargs=-1, type=click.UNPROCESSED)
@click.pass_context
def complete(ctx: click.Context, words: tuple[str, ...]) -> None:
    """Print what could follow WORDS, as kubectl's completion wants it."""
    terminal.write(completions.answer(ctx.find_root().command, words))
