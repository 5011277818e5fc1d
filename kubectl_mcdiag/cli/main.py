"""The command line: the verbs, and what becomes of errors; the only composition root and the only printer."""

import signal
from pathlib import Path

import click

from kubectl_mcdiag import __version__
from kubectl_mcdiag.cli.anonymize import anonymize
from kubectl_mcdiag.cli.check import check
from kubectl_mcdiag.cli.codes import PROGRAM
from kubectl_mcdiag.cli.collect import collect
from kubectl_mcdiag.cli.completion import complete, completion
from kubectl_mcdiag.cli.completions import VARIABLE
from kubectl_mcdiag.cli.diff import diff
from kubectl_mcdiag.cli.exits import UNJUDGED, crash_log, exit_code
from kubectl_mcdiag.cli.explain import explain
from kubectl_mcdiag.cli.list import list_
from kubectl_mcdiag.cli.outputs import FORMATS
from kubectl_mcdiag.cli.trace import trace
from kubectl_mcdiag.cli.version import version
from kubectl_mcdiag.errors import McdiagError
from kubectl_mcdiag.run import terminal

__all__ = ["FORMATS", "PROGRAM", "cli", "exit_code", "main"]

VERBS = (check, trace, diff, collect, anonymize, list_, explain, completion, complete, version)


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(__version__, "--version", message=f"kubectl-mcdiag {__version__}")
def cli() -> None:
    """Find the root cause when Istio across several clusters only answers locally.

    Reads two or more clusters at once, compares what Kubernetes holds, what each istiod has learned and what each
    Envoy was given, and says which cluster, which direction, what is wrong, what proves it and what fixes it.
    It changes nothing.

    \b
    Examples:
      kubectl mcdiag check --context cluster1 --context cluster2
      kubectl mcdiag check helloworld.sample --context cluster1,cluster2
      kubectl mcdiag trace helloworld.sample --context cluster1,cluster2
      kubectl mcdiag explain MC301
    """


for verb in VERBS:
    cli.add_command(verb)


def main(argv: list[str]) -> int:
    """Run the command line; return the exit code. No error leaves as a traceback."""
    terminal.prepare()
    try:
        cli.main(args=argv[1:], prog_name=_program(argv[0]), complete_var=VARIABLE, standalone_mode=False)
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
    except Exception as error:  # noqa: BLE001 - a bug gets a sentence and a log
        log = crash_log(error, "main")
        terminal.tell(f"error: this is a bug in mcdiag ({type(error).__name__}); please report it with {log}")
        return UNJUDGED
    return 0


def _program(argv0: str) -> str:
    return PROGRAM if Path(argv0).name.startswith("kubectl-") else "python -m kubectl_mcdiag"
