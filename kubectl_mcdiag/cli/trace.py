"""`kubectl mcdiag trace`: the path of a call, hop by hop, for every pair of clusters."""

from typing import Any

import click

from kubectl_mcdiag.cli import completions
from kubectl_mcdiag.cli.arguments import refuse_live, refuse_unmatched
from kubectl_mcdiag.cli.asking import settings
from kubectl_mcdiag.cli.check import LIVE
from kubectl_mcdiag.cli.exits import UNJUDGED
from kubectl_mcdiag.cli.flags import client_option, cluster_options, namespace_option, probe_option
from kubectl_mcdiag.evidence.model import Settings, Snapshot
from kubectl_mcdiag.run import session, terminal
from kubectl_mcdiag.run.options import ClusterOptions
from kubectl_mcdiag.run.session import Inquiry, Recording
from kubectl_mcdiag.run.terminal import Stop


@click.command()
@click.argument("service", shell_complete=completions.services)
@cluster_options
@namespace_option
@client_option
@click.option("--port", type=click.IntRange(1, 65_535), help="Follow calls to this port only.")
@click.option("--bundle", metavar="PATH", shell_complete=completions.paths, help="Follow calls in a recording.")
@click.option("-o", "--output", type=click.Choice(("text", "json")), default="text", show_default=True)
@probe_option
def trace(options: ClusterOptions, service: str, **given: Any) -> None:
    """Follow a call to SERVICE hop by hop, from every cluster to every other, and show where it stops.

    \b
    Exit codes:
      0  no hop is broken, and all were seen
      1  at least one hop is broken
      2  the command line is wrong, or names what is not there
      3  no hop is broken, but some could not be seen

    \b
    Examples:
      kubectl mcdiag trace helloworld.sample --context cluster1,cluster2
      kubectl mcdiag trace helloworld.sample --bundle ./mesh.tar.gz -o json
    """
    chosen = settings(options, given, (service,))
    stop = Stop()
    snapshot = _asked(options, chosen, given["bundle"], stop)
    refuse_unmatched(snapshot)
    from kubectl_mcdiag.report import traces

    found = traces.followed(snapshot, given["port"] or 0)
    if given["output"] == "json":
        terminal.write(traces.json(found))
    else:
        terminal.write(traces.text(found, snapshot.is_replayed))
    stop.leave({"broken": 1, "not seen": UNJUDGED}.get(traces.state(found), 0))


def _asked(options: ClusterOptions, chosen: Settings, bundle: str | None, stop: Stop) -> Snapshot:
    if bundle:
        refuse_live(click.get_current_context(), LIVE)
        return session.replayed(bundle, chosen)
    return session.recorded(Inquiry(options=options, settings=chosen), Recording(), stop)[0]
