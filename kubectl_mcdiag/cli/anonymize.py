"""`kubectl mcdiag anonymize`: clean a recording that exists."""

from pathlib import Path

import click

from kubectl_mcdiag.cli import completions
from kubectl_mcdiag.cli.flags import redact_option
from kubectl_mcdiag.run import session, terminal


@click.command()
@click.argument("bundle", shell_complete=completions.paths)
@click.argument("path", shell_complete=completions.paths)
@redact_option
def anonymize(bundle: str, path: str, redact: str) -> None:
    """Write the recording BUNDLE to PATH with stand-ins for names, hosts, addresses and times.

    What is not read today is dropped, what looks like a secret is masked. BUNDLE stays as it is; the new recording is
    judged the same.

    \b
    Example:
      kubectl mcdiag anonymize ./mesh.tar.gz ./for-strangers.tar.gz
    """
    from kubectl_mcdiag.run.anonymizing import Redacting, anonymized
    from kubectl_mcdiag.sources.bundle import Bundle
    from kubectl_mcdiag.sources.masked import Masked

    found = Bundle.open(Path(bundle))
    source = Masked(Redacting(found), session.own_rules(redact))
    answers, number = anonymized(found, Path(path), source), sum(source.found.values())
    terminal.tell(f"{path}: {answers} answers of {len(found.contexts)} clusters, anonymized; {number} texts masked")
