"""What a shell may offer while a command line is typed: contexts, and names from the first cluster chosen.

Nothing here fails, speaks or waits: what cannot be had within a second is not offered. Only a context that a run
with the same words would ask is asked.
"""

import os
import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime

import click
from click.shell_completion import CompletionItem, ShellComplete

from kubectl_mcdiag.errors import McdiagError
from kubectl_mcdiag.evidence.model import Command, Permission, Settings, Snapshot, Source
from kubectl_mcdiag.run.options import ClusterOptions, chosen

LIMIT = 1.0
PROGRAM = "kubectl-mcdiag"
VARIABLE = "_KUBECTL_MCDIAG_COMPLETE"

# What cobra, and so kubectl, understands on the last line.
_OFFER_FILES, _OFFER_NO_FILES = ":0", ":4"

Items = list[CompletionItem[str]]


def _lines(output: str) -> tuple[str, ...]:
    return tuple(output.split())


_NAMESPACES = Command(
    "namespace-names",
    "kubectl",
    ("get", "namespaces", "-o", "jsonpath={.items[*].metadata.name}"),
    _lines,
    permissions=(Permission("list", "namespaces"),),
)
_SERVICES = Command(
    "service-names",
    "kubectl",
    ("get", "services", "-A", "-o", 'jsonpath={range .items[*]}{.metadata.name}.{.metadata.namespace}{"\\n"}{end}'),
    _lines,
    permissions=(Permission("list", "services"),),
)


def answer(program: click.Command, words: tuple[str, ...]) -> str:
    """Return what `kubectl_complete-mcdiag` prints: a line for each candidate, and cobra's directive."""
    *before, incomplete = words or ("",)
    items = ShellComplete(program, {}, PROGRAM, VARIABLE).get_completions(list(before), incomplete)
    lines = [f"{item.value}\t{item.help}" if item.help else item.value for item in items if item.type == "plain"]
    directive = _OFFER_NO_FILES if len(lines) == len(items) else _OFFER_FILES
    return "\n".join([*lines, directive])


def contexts(ctx: click.Context, _param: click.Parameter, incomplete: str) -> Items:
    """Offer the contexts of the kubeconfig, those that are given already left out."""
    from kubectl_mcdiag.run.contexts import read_kubeconfig

    def names(source: Source, options: ClusterOptions, deadline: float) -> Iterable[str]:
        known = read_kubeconfig(source, _blank(options), deadline).value.contexts
        return [each.name for each in known if each.name not in options.contexts]

    return _after_commas(incomplete, _asked(ctx, names))


def namespaces(ctx: click.Context, _param: click.Parameter, incomplete: str) -> Items:
    """Offer the namespaces of the first cluster."""
    return _beginning(incomplete, _asked(ctx, lambda *args: _of_first_cluster(_NAMESPACES, *args)))


def services(ctx: click.Context, _param: click.Parameter, incomplete: str) -> Items:
    """Offer the services of the first cluster, as `name.namespace`."""
    return _beginning(incomplete, _asked(ctx, lambda *args: _of_first_cluster(_SERVICES, *args)))


def codes(_ctx: click.Context, param: click.Parameter, incomplete: str) -> Items:
    """Offer the codes of the checks, each with what it checks."""
    from kubectl_mcdiag.checks.catalogue import CHECKS

    titles = {check.code: check.title for check in CHECKS}
    offer = _after_commas if param.multiple or param.nargs == -1 else _beginning
    return [CompletionItem(i.value, help=titles[i.value[-5:]]) for i in offer(incomplete.upper(), titles)]


def paths(_ctx: click.Context, _param: click.Parameter, incomplete: str) -> Items:
    """Let the shell offer its files."""
    return [CompletionItem(incomplete, type="file")]


def _asked(ctx: click.Context, ask: Callable[[Source, ClusterOptions, float], Iterable[str]]) -> Iterable[str]:
    from kubectl_mcdiag.sources.live import Live

    try:
        return ask(Live(), chosen(ctx.params), time.monotonic() + LIMIT)
    except McdiagError:
        return ()


def _of_first_cluster(
    command: Command[tuple[str, ...]], source: Source, options: ClusterOptions, deadline: float
) -> Iterable[str]:
    from kubectl_mcdiag.run.collect import Wish, invoke, observe
    from kubectl_mcdiag.run.contexts import choose

    snapshot = choose(source, options, _blank(options), deadline, dict(os.environ))
    invocation = invoke(Wish(command, snapshot.contexts[0]), snapshot.settings, deadline)
    names: tuple[str, ...] | None = observe(invocation, source.run(invocation, deadline - time.monotonic())).value
    return names or ()


def _blank(options: ClusterOptions) -> Snapshot:
    return Snapshot((), datetime.now(UTC), Settings(flags=options.flags))


def _beginning(incomplete: str, names: Iterable[str]) -> Items:
    return [CompletionItem(name) for name in names if name.startswith(incomplete)]


def _after_commas(incomplete: str, names: Iterable[str]) -> Items:
    """Offer one more name behind those that the word holds already."""
    before, comma, last = incomplete.rpartition(",")
    given = before.split(",")
    return [CompletionItem(f"{before}{comma}{name}") for name in names if name.startswith(last) and name not in given]
