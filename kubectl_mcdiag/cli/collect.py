"""`kubectl mcdiag collect`: record a mesh."""

from typing import Any

import click

from kubectl_mcdiag.cli import completions
from kubectl_mcdiag.cli.arguments import refuse_unmatched
from kubectl_mcdiag.cli.asking import settings
from kubectl_mcdiag.cli.exits import UNJUDGED
from kubectl_mcdiag.cli.flags import (
    anonymize_option,
    client_option,
    cluster_options,
    namespace_option,
    probe_option,
    redact_option,
)
from kubectl_mcdiag.errors import McdiagError
from kubectl_mcdiag.run import session, terminal
from kubectl_mcdiag.run.options import ClusterOptions
from kubectl_mcdiag.run.session import Inquiry, Recording
from kubectl_mcdiag.run.terminal import Stop


@click.command()
@click.argument("path", shell_complete=completions.paths)
@cluster_options
@namespace_option
@client_option
@probe_option
@anonymize_option
@redact_option
def collect(options: ClusterOptions, path: str, **given: Any) -> None:
    """Record a mesh into PATH, for `check --bundle` here or elsewhere, and say what the recording holds.

    PATH is a folder, or a file that ends in .tar.gz. It holds no key, token or password.

    \b
    Example:
      kubectl mcdiag collect ./mesh.tar.gz --context cluster1,cluster2
    """
    chosen = settings(options, given)
    from kubectl_mcdiag.report.contents import contents

    stop = Stop()
    recording = Recording(path, given["anonymize"], given["redact"])
    snapshot, unsaved = session.recorded(Inquiry(options=options, settings=chosen), recording, stop)
    if unsaved:
        raise McdiagError(unsaved, UNJUDGED)
    terminal.tell(contents(snapshot, path, given["anonymize"]))
    refuse_unmatched(snapshot)
    failed = any(found.reason for found in snapshot.observations.values())
    stop.leave(UNJUDGED if failed else 0)
