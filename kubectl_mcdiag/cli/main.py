"""The command line: choose a source, collect, judge, render; the only composition root and the only printer."""

import os
import shutil
import signal
import sys
import tempfile
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from kubectl_mcdiag import __version__
from kubectl_mcdiag.cli import completion, shells, waiting
from kubectl_mcdiag.cli.flags import (
    anonymize_option,
    cluster_options,
    istio_namespace_option,
    namespace_option,
    probe_option,
)
from kubectl_mcdiag.errors import McdiagError, ParseError
from kubectl_mcdiag.evidence.model import Settings, Snapshot
from kubectl_mcdiag.run import session, terminal
from kubectl_mcdiag.run.options import ClusterOptions, Duration, split
from kubectl_mcdiag.run.session import NOWHERE, Recording
from kubectl_mcdiag.run.terminal import Stop

if TYPE_CHECKING:
    from kubectl_mcdiag.checks.contract import Check
    from kubectl_mcdiag.verdict.ignore import Entry
    from kubectl_mcdiag.verdict.model import Report

PROGRAM = "kubectl mcdiag"
FORMATS = ("table", "json", "yaml", "junit", "markdown", "html")


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
def cli() -> None:
    """Find the root cause when Istio across several clusters only answers locally.

    Reads two or more clusters at once, compares what Kubernetes holds, what each istiod has learnt and what each
    Envoy was given, and says which cluster, which direction, what is wrong, what proves it and what mends it.
    It changes nothing.

    \b
    Examples:
      kubectl mcdiag check --context cluster1 --context cluster2
      kubectl mcdiag check helloworld.sample --context cluster1,cluster2
      kubectl mcdiag explain MC301
    """


@cli.command()
@click.argument("services", nargs=-1, metavar="[SERVICE]...", shell_complete=completion.services)
@cluster_options
@namespace_option
@click.option("--client", default="", metavar="POD.NAMESPACE", help="Look through this pod's proxy.")
@click.option(
    "--bundle",
    metavar="PATH",
    shell_complete=completion.paths,
    help="Judge a recording instead of live clusters.",
)
@click.option(
    "--save",
    metavar="PATH",
    shell_complete=completion.paths,
    help="Record what is read: a folder, or a file that ends in .tar.gz.",
)
@anonymize_option
@click.option(
    "--only",
    multiple=True,
    metavar="CODE",
    shell_complete=completion.codes,
    help="Run only these checks; repeat it or use commas.",
)
@click.option(
    "--skip",
    multiple=True,
    metavar="CODE",
    shell_complete=completion.codes,
    help="Leave these checks out; repeat it or use commas.",
)
@click.option(
    "--ignore-file",
    metavar="FILE",
    shell_complete=completion.paths,
    help="Root causes not to count: code, scope, reason and until when.",
)
@click.option(
    "--wait",
    type=Duration(),
    default="0",
    metavar="TIME",
    help="Ask again, up to this long, until nothing is wrong and all could be judged.",
)
@click.option("-o", "--output", type=click.Choice(FORMATS), default="table", show_default=True, help="Output format.")
@click.option(
    "--fail-on",
    type=click.Choice(("fail", "warn")),
    default="fail",
    show_default=True,
    help="Exit 1 from here on.",
)
@probe_option
@click.option(
    "--color",
    type=click.Choice(("auto", "always", "never")),
    default="auto",
    show_default=True,
    help="Colour.",
)
def check(options: ClusterOptions, services: tuple[str, ...], **given: Any) -> None:
    """Judge a mesh: all that clusters share, or the SERVICEs named.

    SERVICE is name, name.namespace or the full host.

    \b
    Exit codes, the same for every output:
      0  nothing wrong, and everything could be judged
      1  at least one root cause at or above --fail-on
      2  the command line is wrong; nothing was run
      3  no root cause, but something could not be judged

    \b
    Examples:
      kubectl mcdiag check --context cluster1,cluster2
      kubectl mcdiag check helloworld.sample --context cluster1,cluster2 -o json
      kubectl mcdiag check --bundle ./mesh.tar.gz
    """
    settings = Settings(
        istio_namespace=options.istio_namespace,
        namespace=given["namespace"],
        revision=options.revision,
        services=services,
        client=given["client"],
        probe=given["probe"],
        flags=options.flags,
    )
    if given["wait"] and (given["bundle"] or given["save"]):
        raise click.UsageError("--wait is for live clusters, and not to be used with --bundle or --save")
    if given["anonymize"] and not given["save"]:
        raise McdiagError("--anonymize is about a recording; name it with --save PATH")
    checks = _chosen(split(given["only"]), split(given["skip"]))
    known = _ignored(given["ignore_file"])
    stop = Stop()
    unsaved = ""

    def ask(some: tuple["Check", ...]) -> "Report":
        return _judged(session.recorded(options, settings, NOWHERE, stop, _wanted(some))[0], some, known)

    if given["bundle"]:
        result = _judged(session.replayed(given["bundle"], settings), checks, known)
    elif given["wait"]:
        result = waiting.until_green(
            ask, checks, waiting.Patience(given["wait"], lambda found: not exit_code(found, given["fail_on"]), stop)
        )
    else:
        recording = Recording(given["save"] or "", given["anonymize"])
        snapshot, unsaved = session.recorded(options, settings, recording, stop, _wanted(checks))
        result = _judged(snapshot, checks, known)
    terminal.write(_rendered(result, given["output"], given["color"]))
    code = exit_code(result, given["fail_on"])
    if unsaved:
        terminal.tell(f"error: {unsaved}")
    stop.leave(code or (3 if unsaved else 0))


@cli.command()
@click.argument("path", shell_complete=completion.paths)
@cluster_options
@namespace_option
@click.option("--client", default="", metavar="POD.NAMESPACE", help="Look through this pod's proxy.")
@probe_option
@anonymize_option
def collect(options: ClusterOptions, path: str, *, namespace: str, client: str, probe: bool, anonymize: bool) -> None:
    """Record a mesh into PATH, for `check --bundle` here or elsewhere, and say what the recording holds.

    PATH is a folder, or a file that ends in .tar.gz. It holds no key, token or password.

    \b
    Example:
      kubectl mcdiag collect ./mesh.tar.gz --context cluster1,cluster2
    """
    settings = Settings(options.istio_namespace, namespace, options.revision, (), client, probe, options.flags)
    from kubectl_mcdiag.report.contents import contents

    stop = Stop()
    snapshot, unsaved = session.recorded(options, settings, Recording(path, anonymize), stop, None)
    if unsaved:
        raise McdiagError(unsaved, 3)
    terminal.tell(contents(snapshot, path, anonymize))
    failed = any(found.reason for found in snapshot.observations.values())
    stop.leave(3 if failed else 0)


@cli.command("list")
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
    terminal.write(roles(istio_namespace) if what == "roles" else pages[what]())


@cli.command()
@click.argument("code", shell_complete=completion.codes)
def explain(code: str) -> None:
    """Explain a check: what it looks at, why it matters, how to mend it and where the rule comes from.

    \b
    Example:
      kubectl mcdiag explain MC301
    """
    from kubectl_mcdiag.report import catalogue

    terminal.write(catalogue.page(_known(code)))


@cli.command("completion")
@click.argument("shell", type=click.Choice(shells.SHELLS), default="kubectl")
@click.option("--install", is_flag=True, help="Write it where the shell, or kubectl, looks for it.")
def completion_(shell: str, install: bool) -> None:
    """Print what completes `kubectl mcdiag` in kubectl's completion, or `kubectl-mcdiag` in a shell.

    \b
    Examples:
      kubectl mcdiag completion kubectl --install
      source <(kubectl mcdiag completion bash)
    """
    text = shells.script(cli, shell)
    terminal.write(shells.install(text, shell, os.environ) if install else text)


@cli.command(
    "__complete",
    hidden=True,
    add_help_option=False,
    context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False},
)
@click.argument("words", nargs=-1, type=click.UNPROCESSED)
def complete(words: tuple[str, ...]) -> None:
    """Print what could follow WORDS, as kubectl's completion wants it."""
    terminal.write(completion.answer(cli, words))


@cli.command()
def version() -> None:
    """Print the version."""
    terminal.write(f"kubectl-mcdiag {__version__}")


def main(argv: list[str]) -> int:
    """Run the command line; return the exit code. No error leaves as a traceback."""
    terminal.prepare()
    try:
        cli.main(args=argv[1:], prog_name=_program(argv[0]), complete_var=completion.VARIABLE, standalone_mode=False)
    except SystemExit as done:
        return done.code if isinstance(done.code, int) else 0
    except click.exceptions.Exit as done:
        return done.exit_code
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except click.Abort:
        return 128 + signal.SIGINT
    except McdiagError as error:
        terminal.tell(f"error: {error}")
        return error.exit_code
    except Exception as error:  # noqa: BLE001 - the last door: a bug gets a sentence and a log
        log = _crash_log(error, "main")
        terminal.tell(f"error: this is a bug in mcdiag ({type(error).__name__}); please report it with {log}")
        return 3
    return 0


def exit_code(report: "Report", fail_on: str) -> int:
    """Return 1 for a root cause at or above `fail_on`, else 3 where something is unknown, else 0."""
    worst = {"fail": ("fail",), "warn": ("fail", "warn")}[fail_on]
    if any(cause.finding.status.value in worst for cause in report.root_causes):
        return 1
    return 3 if report.unknowns else 0


def _chosen(only: tuple[str, ...], skip: tuple[str, ...]) -> tuple["Check", ...]:
    from kubectl_mcdiag.checks.catalogue import CHECKS

    kept = {_known(code).code for code in only} or {rule.code for rule in CHECKS}
    dropped = {_known(code).code for code in skip}
    return tuple(rule for rule in CHECKS if rule.code in kept - dropped)


def _wanted(checks: tuple["Check", ...]) -> frozenset[str] | None:
    """Return the keys of the commands that these checks need; None for all, where all checks are run."""
    from kubectl_mcdiag.checks.catalogue import CHECKS
    from kubectl_mcdiag.verdict.judge import commands_of

    return None if checks == CHECKS else commands_of(checks)


def _judged(snapshot: Snapshot, checks: tuple["Check", ...], known: tuple["Entry", ...]) -> "Report":
    """Return the report of a snapshot, known root causes set apart; a bug in a check is told."""
    from kubectl_mcdiag.verdict.ignore import applied
    from kubectl_mcdiag.verdict.judge import report

    bugs: list[str] = []
    result = report(snapshot, checks, lambda rule, error: bugs.append(_crash_log(error, rule.code)))
    for bug in bugs:
        terminal.tell(f"a check has a bug; please report it with {bug}")
    return applied(result, known) if known else result


def _ignored(path: str | None) -> tuple["Entry", ...]:
    """Return the entries of the ignore file; each must name a check that there is."""
    from kubectl_mcdiag.verdict.ignore import parse

    if not path:
        return ()
    try:
        entries = parse(Path(path).read_text("utf-8"))
    except OSError as error:
        raise McdiagError(f"the ignore file {path} cannot be read: {error.strerror}") from None
    except (UnicodeDecodeError, ParseError) as error:
        raise McdiagError(f"the ignore file {path} cannot be used: {error}") from None
    for each in entries:
        _known(each.code)
    return entries


def _known(code: str) -> "Check":
    from kubectl_mcdiag.checks.catalogue import CHECKS

    for rule in CHECKS:
        if rule.code == code.upper():
            return rule
    raise McdiagError(f"no check has the code {code}; `{PROGRAM} list` shows them all")


def _rendered(report: "Report", output: str, colour: str) -> str:
    from kubectl_mcdiag import report as render

    on_terminal = sys.stdout.isatty()
    plain = bool(os.environ.get("NO_COLOR")) or os.environ.get("TERM") == "dumb"
    coloured = colour == "always" or (colour == "auto" and on_terminal and not plain)
    width = min(shutil.get_terminal_size().columns, 120) if on_terminal else 100
    encoding = (sys.stdout.encoding or "ascii").lower().replace("-", "")
    return render.FORMATS[output](report, render.Style(width, coloured, not encoding.startswith("utf")))


def _crash_log(error: BaseException, where: str) -> str:
    """Write a traceback without any values, to be pasted into a bug report; return its path."""
    text = "".join(traceback.format_tb(error.__traceback__))
    try:
        handle, path = tempfile.mkstemp(prefix="mcdiag-crash-", suffix=".log")
        with os.fdopen(handle, "w", encoding="utf-8") as log:
            log.write(f"kubectl-mcdiag {__version__}, Python {sys.version}\n{where}: {type(error).__name__}\n{text}")
    except OSError as unwritable:
        return f"no log ({unwritable.strerror})"
    return path


def _program(argv0: str) -> str:
    return PROGRAM if Path(argv0).name.startswith("kubectl-") else f"python -m {__package__}"
