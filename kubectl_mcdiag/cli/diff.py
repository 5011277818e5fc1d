"""`kubectl mcdiag diff`: what has changed between two recordings."""

import json

import click

from kubectl_mcdiag.cli import completions, judging
from kubectl_mcdiag.cli.exits import exit_code
from kubectl_mcdiag.cli.outputs import style_for
from kubectl_mcdiag.evidence.model import Settings
from kubectl_mcdiag.run import session, terminal


@click.command()
@click.argument("old", shell_complete=completions.paths)
@click.argument("new", shell_complete=completions.paths)
@click.option("-o", "--output", type=click.Choice(("text", "json")), default="text", show_default=True)
def diff(old: str, new: str, output: str) -> None:
    """Check two recordings, OLD and NEW, and show what has changed: pairs, root causes, what could not be judged.

    \b
    Exit codes are those of `check` for NEW:
      0  nothing is broken, and everything could be judged
      1  at least one root cause
      2  the command line is wrong
      3  no root cause, but something could not be judged

    \b
    Examples:
      kubectl mcdiag collect before.tar.gz --context cluster1,cluster2
      kubectl mcdiag diff before.tar.gz after.tar.gz
    """
    from kubectl_mcdiag.checks.catalogue import CHECKS
    from kubectl_mcdiag.report import changes
    from kubectl_mcdiag.report.clean import cleaned

    style = style_for("never")
    before, after = (
        cleaned(judging.judged(session.replayed(path, Settings()), CHECKS, ()), ascii_only=style.ascii)
        for path in (old, new)
    )
    found = changes.compared(before, after, style.glyphs)
    if output == "json":
        terminal.write(json.dumps(changes.document(found), indent=2, ensure_ascii=style.ascii))
    else:
        terminal.write(changes.text(found, style))
    raise SystemExit(exit_code(after, "fail"))
