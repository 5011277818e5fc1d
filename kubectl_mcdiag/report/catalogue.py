"""The catalogue as text: checks, commands, the permissions they need, and the page of one check."""

import sys

from tabulate import tabulate

from kubectl_mcdiag.checks.catalogue import CHECKS
from kubectl_mcdiag.checks.contract import Check
from kubectl_mcdiag.evidence.commands import COMMANDS
from kubectl_mcdiag.evidence.commands.together import LISTS, PAGES, together
from kubectl_mcdiag.evidence.model import Command, Permission
from kubectl_mcdiag.evidence.shell import joined
from kubectl_mcdiag.report.references import section, url


def checks() -> str:
    """Return a line for each check, in causal order."""
    rows = [(check.code, check.family, check.title) for check in CHECKS]
    return tabulate(rows, ("CODE", "FAMILY", "TRUE WHEN ALL IS WELL"), "plain")


def commands() -> str:
    """Return a line for each command: what it is run for, and what an operator would type.

    The last two ask at once what several of the others do.
    """
    every = (*COMMANDS, together(LISTS), together(PAGES))
    rows = [(command.key, command.target.value, _typed(command)) for command in every]
    return tabulate(rows, ("KEY", "FOR EACH", "COMMAND"), "plain")


def permissions() -> str:
    """Return a line for each permission, with the commands that need it."""
    needed: dict[Permission, list[str]] = {}
    for command in COMMANDS:
        for permission in command.permissions:
            needed.setdefault(permission, []).append(command.key)
    rows = [
        (
            p.verb,
            p.resource,
            p.group or '""',
            "istiod's namespace" if p.namespaced else "all",
            ", ".join(keys),
        )
        for p, keys in needed.items()
    ]
    return tabulate(rows, ("VERB", "RESOURCE", "API GROUP", "NAMESPACE", "FOR"), "plain")


def page(check: Check) -> str:
    """Return what `explain` shows: the rule in one sentence, its reasons, and what it reads."""
    text = sys.modules[check.run.__module__].__doc__ or ""
    reads = "\n".join(f"  {_typed(command)}" for command in check.reads)
    return f"{check.code}: {text.strip()}\n\nDocs: {section(check)}\n  {url(check)}\n\nReads:\n{reads}\n"


def _typed(command: Command[object]) -> str:
    args = tuple(part.replace("{", "").replace("}", "").upper() if "{" in part else part for part in _shown(command))
    return joined((command.tool, *args))


def _shown(command: Command[object]) -> tuple[str, ...]:
    return command.shown or command.args
