"""The command line of `make mutate`."""

import logging
import shutil
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import click

from lab.artifacts.versions import NEWEST, version_named
from lab.e2e.accuracy import LEDGER, write_page
from lab.e2e.ledger import load as ledger
from lab.mutate.families import load
from lab.mutate.figures import summary
from lab.mutate.ground import Ground
from lab.mutate.lines import append
from lab.mutate.lines import keep as keep_lines
from lab.mutate.outcome import Outcome, Trial
from lab.mutate.registry import drawn, kinds
from lab.mutate.restoring import restored, standing
from lab.mutate.trial import RECORDING, attempt
from lab.processes import LabError
from lab.running import build
from lab.shapes import PLAIN, of_versions, shape_named

PLACE = Path("build") / "mutate"


@click.command()
@click.option("-n", "number", default=20, show_default=True, help="How many mutations.")
@click.option("--seed", default=1, show_default=True, help="The same seed draws the same mutations.")
@click.option("--first", default=0, show_default=True, help="The number of the first one: a run goes on from there.")
@click.option("--shape", default=PLAIN.name, show_default=True, help="The mesh that they are made to.")
@click.option("--istio", default="", metavar="VERSION,…", help="Versions of Istio: one for all clusters, or of each.")
@click.option("--noise/--plain", default=True, show_default=True, help="In a mesh in use, or in the plainest one.")
@click.option("--only", default="", metavar="WORD", help="Only kinds with this word in their name.")
@click.option("--keep", is_flag=True, help="Note the figures in docs/accuracy.md.")
@click.option("--kinds", "listed", is_flag=True, help="List the kinds of mutation and end.")
@click.option("--dry-run", is_flag=True, help="Say which mutations a seed draws, and change nothing.")
def main(
    number: int,
    seed: int,
    first: int,
    shape: str,
    istio: str,
    noise: bool,
    only: str,
    keep: bool,
    listed: bool,
    dry_run: bool,
) -> None:
    """Change a running mesh at random, and judge what the tool says by what requests say."""
    load()
    if listed:
        for draw in kinds():
            click.echo(f"{draw.__module__.rpartition('.')[2]}.{draw.__name__}: {(draw.__doc__ or '').splitlines()[0]}")
        return
    versions = tuple(filter(None, istio.split(",")))
    mesh = replace(of_versions(shape_named(shape), versions), noise=noise)
    build(mesh)
    wanted = range(first, first + number)
    ground = standing(mesh)
    if dry_run:
        for index in wanted:
            click.echo(f"{index} {' + '.join(one.describe() for one in drawn(seed, index, ground, only))}")
        return
    results = []
    for outcome in carry_out(ground, Trial(_built(versions), shape, seed, 0), wanted, only):
        click.echo(line(outcome))
        append(PLACE / f"{run_name(outcome.trial)}.jsonl", outcome)
        results.append(outcome)
    for told in summary(results):
        click.echo(told)
    if keep:
        keep_lines(results)
        write_page(LEDGER, ledger(LEDGER))


def carry_out(ground: Ground, trial: Trial, wanted: range, only: str) -> Iterator[Outcome]:
    """Yield what came of each mutation, each made to the healthy mesh."""
    for index in wanted:
        since = datetime.now(UTC).replace(microsecond=0)
        mutations = drawn(trial.seed, index, ground, only)
        shutil.rmtree(RECORDING, ignore_errors=True)
        outcome = attempt(ground, replace(trial, index=index), mutations, PLACE / run_name(trial))
        yield outcome
        ground = restored(ground, since, mutations, tried=outcome.tried)


def run_name(trial: Trial) -> str:
    """Return what the files of a run are called."""
    return f"{trial.istio.replace(' ', '-')}-{trial.shape}-{trial.seed}"


def _built(versions: tuple[str, ...]) -> str:
    return " and ".join(version_named(name).build for name in versions or (NEWEST,))


def line(outcome: Outcome) -> str:
    """Return one result for a person."""
    state = "void" if outcome.void else "MISS" if outcome.misses else "ok  "
    fates = ", ".join(f"{one.pair} {one.fate.value}/{one.said}" for one in outcome.verdicts)
    head = f"{state} {outcome.trial.index} {' + '.join(outcome.about)} ({outcome.total_seconds:.0f} s)"
    below = [f"{fates}; {outcome.mended.value}" if fates else outcome.void, *(f"- {said}" for said in outcome.said)]
    if outcome.misses:
        below.append(f"{', '.join(outcome.misses)}: {outcome.recording} {outcome.why}".rstrip())
    return "\n       ".join((head, *below))


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="       %(message)s")
    try:
        main()
    except LabError as error:
        click.echo(f"mutate: {error}", err=True)
        sys.exit(1)
