"""Arguments that cannot be meant together, or that match nothing: refused, and never a verdict."""

from typing import TYPE_CHECKING

import click
from click.core import ParameterSource

from kubectl_mcdiag.errors import McdiagError

if TYPE_CHECKING:
    from kubectl_mcdiag.evidence.model import Snapshot

_HARMLESS = ("verbosity", "quiet", "config")


def refuse_live(ctx: click.Context, names: tuple[str, ...]) -> None:
    """Raise `McdiagError` for flags about live clusters (by their parameters' names) that were typed."""
    typed = [
        max(param.opts, key=len)
        for param in ctx.command.params
        if param.name in names and param.name not in _HARMLESS
        if ctx.get_parameter_source(param.name) is ParameterSource.COMMANDLINE
    ]
    if typed:
        verb, pronoun = ("is", "it") if len(typed) == 1 else ("are", "them")
        raise McdiagError(f"{', '.join(typed)} {verb} for live clusters, and --bundle has none; leave {pronoun} out")


def refuse_unmatched(snapshot: "Snapshot") -> None:
    """Raise `McdiagError` for arguments that match nothing in the clusters, with what there is instead."""
    from kubectl_mcdiag.mesh.services.arguments import unmatched
    from kubectl_mcdiag.mesh.view import View

    said = tuple(unmatched(View(snapshot)))
    if said:
        raise McdiagError("\nerror: ".join(said))
