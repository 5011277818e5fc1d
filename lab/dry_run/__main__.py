"""`make dry-run`: each fault is put into the lab, whose API servers look at every step that is printed for it."""

import logging
import sys
import time
from collections.abc import Iterator
from dataclasses import replace

import click

from lab.dry_run.case import Case, cases
from lab.dry_run.step import Answer, printed, recorded, send
from lab.e2e.diagnosis import diagnose
from lab.faults.injection import apply, inputs, strictly, undo, wait_until_it_bites
from lab.objects import Snapshot, snapshot
from lab.processes import LabError
from lab.running import running_shape
from lab.shape import Shape

_READY = """for context in {contexts}; do
  kubectl --context $context -n {namespace} rollout status deployment -l app=istiod --timeout=90s >&2
done
"""


@click.command()
@click.option("--fault", "names", default="", metavar="NAME,…", help="Only these faults and recordings.")
@click.option("--family", default="", metavar="NAME,…", help="Only these families of faults.")
@click.option("--live", is_flag=True, help="Wait until a fault bites, and take what mcdiag says then.")
def main(names: str, family: str, live: bool) -> None:
    """Send the steps of every fault of the shape that is up, and of its recordings; nothing is changed by them."""
    shape = running_shape()
    before, answers = snapshot(shape), list[Answer]()
    for case in _chosen(shape, names, family):
        began = time.monotonic()
        found = list(_answers(shape, before, case, live))
        answers += found
        bad = [one for one in found if one.is_bad]
        click.echo(f"{'BAD ' if bad else 'ok  '} {case.fault.name}: {len(found)} ({time.monotonic() - began:.0f} s)")
        for one in bad:
            click.echo(f"       {one.refused}\n       of: {one.step}")
    told = {one.step: one for one in answers}.values()
    bad = [one for one in told if one.is_bad]
    click.echo(f"{len(told)} steps: {len(bad)} refused, {sum(one.is_expected for one in told)} that cannot be tried")
    sys.exit(bool(bad))


def _chosen(shape: Shape, names: str, family: str) -> Iterator[Case]:
    wanted, families = set(filter(None, names.split(","))), set(filter(None, family.split(",")))
    for case in cases(shape):
        if (not wanted or case.fault.name in wanted) and (not families or case.fault.family in families):
            yield case


def _answers(shape: Shape, before: Snapshot, case: Case, live: bool) -> Iterator[Answer]:
    is_tried = live and case.fault.bites
    try:
        steps = () if is_tried else recorded(case.fixture)
        if not (is_tried or steps):
            return
        values = {**_folder(shape), **inputs(case.fault)}
        apply(shape, case.fault)
        yield from send(_said(shape, case) if is_tried else steps, values)
    except LabError as error:
        yield Answer(case.fault.name, str(error))
    _restore(shape, before, case, live)


def _folder(shape: Shape) -> dict[str, str]:
    """Return a CA for whoever is asked for one: what only follows from a fault may ask for more than the fault does."""
    return {"CA_DIR": strictly(f"lab ca {shape.primary_clusters[0].name}").strip()}


def _said(shape: Shape, case: Case) -> tuple[str, ...]:
    """Return the steps that are printed for the mesh as it is now."""
    wait_until_it_bites(case.fault)
    return printed(diagnose(shape, options=("--probe",) if case.fault.probe else ()).report)


def _restore(shape: Shape, before: Snapshot, case: Case, live: bool) -> None:
    """Put the objects back; what was only to hold them need not run as before."""
    undo(shape, case.fault if live else replace(case.fault, restart=()), before)
    contexts = " ".join(cluster.name for cluster in shape.primary_clusters)
    strictly(_READY.format(contexts=contexts, namespace=shape.istio_namespace))


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="       %(message)s")
    try:
        main()
    except LabError as error:
        click.echo(f"dry-run: {error}", err=True)
        sys.exit(1)
