"""`kubectl mcdiag check`: judge live clusters or a recording."""

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click

from kubectl_mcdiag.cli import completions, outputs, waiting, watching
from kubectl_mcdiag.cli.arguments import refuse_live, refuse_unmatched
from kubectl_mcdiag.cli.asking import Clusters, Question, settings
from kubectl_mcdiag.cli.codes import chosen
from kubectl_mcdiag.cli.exits import UNJUDGED, exit_code
from kubectl_mcdiag.cli.flags import (
    anonymize_option,
    client_option,
    cluster_options,
    namespace_option,
    probe_option,
    redact_option,
)
from kubectl_mcdiag.cli.judging import entries, judged
from kubectl_mcdiag.errors import McdiagError
from kubectl_mcdiag.run import session, terminal
from kubectl_mcdiag.run.options import FLAGS, ClusterOptions, Duration
from kubectl_mcdiag.run.session import Recording
from kubectl_mcdiag.run.terminal import Stop

if TYPE_CHECKING:
    from kubectl_mcdiag.verdict.model import Report

LIVE = (*FLAGS, "save", "wait", "watch", "interval", "anonymize", "redact")


@click.command()
@click.argument("services", nargs=-1, metavar="[SERVICE]...", shell_complete=completions.services)
@cluster_options
@namespace_option
@client_option
@click.option(
    "--bundle",
    metavar="PATH",
    shell_complete=completions.paths,
    help="Judge a recording instead of live clusters.",
)
@click.option(
    "--save",
    metavar="PATH",
    shell_complete=completions.paths,
    help="Record what is read: a folder, or a file that ends in .tar.gz.",
)
@anonymize_option
@redact_option
@click.option(
    "--only",
    multiple=True,
    metavar="CODE",
    shell_complete=completions.codes,
    help="Run only these checks; repeat it or use commas.",
)
@click.option(
    "--skip",
    multiple=True,
    metavar="CODE",
    shell_complete=completions.codes,
    help="Leave these checks out; repeat it or use commas.",
)
@click.option(
    "--ignore-file",
    metavar="FILE",
    shell_complete=completions.paths,
    help="Root causes not to count: code, scope, reason and until when.",
)
@click.option(
    "--wait",
    type=Duration(),
    default="0",
    metavar="TIME",
    help="Check again, up to this long, until nothing is wrong and all could be judged.",
)
@click.option("-w", "--watch", is_flag=True, help="Check again and again, until Ctrl-C, and show what has changed.")
@click.option(
    "--interval",
    type=Duration(),
    default="30s",
    show_default=True,
    metavar="TIME",
    help="Pause between two checks of --watch.",
)
@outputs.report_options
@probe_option
def check(options: ClusterOptions, services: tuple[str, ...], **given: Any) -> None:
    """Judge a mesh: all that clusters share, or the SERVICEs named.

    SERVICE is name, name.namespace or the full host.

    \b
    Exit codes, the same for every output:
      0  nothing wrong, and everything could be judged
      1  at least one root cause at or above --fail-on
      2  the command line is wrong, or names what is not there
      3  no root cause, but something could not be judged

    \b
    Examples:
      kubectl mcdiag check --context cluster1,cluster2
      kubectl mcdiag check helloworld.sample --context 'prod-*' -o text -o json=report.json
      kubectl mcdiag check --bundle ./mesh.tar.gz
    """
    _refuse(given)
    question = Question(
        options=options,
        settings=settings(options, given, services),
        checks=chosen(given["only"], given["skip"]),
        ignored=entries(given["ignore_file"]),
        redact=given["redact"],
    )
    stop = Stop()
    result, unsaved = _answer(question, given, stop)
    code = exit_code(result, given["fail_on"]) or (UNJUDGED if unsaved else 0)
    _show(replace(result, exit_code=stop.code(code)), given)
    if unsaved:
        terminal.tell(f"error: {unsaved}")
    stop.leave(code)


def _refuse(given: dict[str, Any]) -> None:
    if given["bundle"]:
        refuse_live(click.get_current_context(), LIVE)
    if given["wait"] and (given["save"] or given["watch"]):
        raise click.UsageError(f"--wait is not to be used with {'--save' if given['save'] else '--watch'}")
    if given["watch"] and given["save"]:
        raise click.UsageError("--watch is not to be used with --save")
    if given["anonymize"] and not given["save"]:
        raise McdiagError("--anonymize is about a recording; name it with --save PATH")
    outputs.refuse_clashes(given["output"])


def _answer(question: Question, given: dict[str, Any], stop: Stop) -> tuple["Report", str]:
    """Return the report, and why it could not be recorded, if it could not."""
    if given["bundle"]:
        snapshot = session.replayed(given["bundle"], question.settings)
        refuse_unmatched(snapshot)
        return judged(snapshot, question.checks, question.ignored), ""
    if given["wait"] or given["watch"]:
        return _repeated(Clusters(question, stop), given, stop), ""
    clusters = Clusters(question, stop)
    recording = Recording(given["save"] or "", given["anonymize"], given["redact"])
    snapshot, unsaved = clusters.recorded(recording)
    refuse_unmatched(snapshot)
    return clusters.judge(question.checks), unsaved


def _repeated(clusters: Clusters, given: dict[str, Any], stop: Stop) -> "Report":
    if given["watch"]:
        return watching.watch(clusters, lambda found: _show(found, given), watching.Pace(given["interval"], stop))
    patience = waiting.Patience(given["wait"], lambda found: not exit_code(found, given["fail_on"]), stop)
    result = waiting.until_green(clusters.ask, clusters.question.checks, patience)
    # What is waited for may be the very thing that is named.
    refuse_unmatched(clusters.last)
    return result


def _show(report: "Report", given: dict[str, Any]) -> None:
    from kubectl_mcdiag.report.severity import shown

    outputs.write(shown(report, given["min_severity"]), given["output"], given["color"])
