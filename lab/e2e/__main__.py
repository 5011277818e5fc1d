"""The runner's command line: `make e2e`, `make record`, and the selection that CI runs."""

import json
import logging
import sys
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import click

from lab.artifacts.programs import KUBERNETES, built
from lab.artifacts.versions import NEWEST, version_named
from lab.e2e.accuracy import DOCS, write_page
from lab.e2e.ledger import load, store
from lab.e2e.outcome import Health, Mending, Outcome
from lab.e2e.page import percent, totals
from lab.e2e.session import Plan, carry_out
from lab.faults.entry import Fault
from lab.faults.reading import fault_named, faults
from lab.processes import LabError, run
from lab.running import build
from lab.shape import Shape
from lab.shapes import PLAIN, SHAPES, of_versions, shape_named


@click.command()
@click.option("--fault", "names", default="", metavar="NAME,…", help="Only these faults.")
@click.option("--family", default="", metavar="NAME,…", help="Only these families.")
@click.option("--shape", default="", metavar="NAME,…", help="Only faults of these shapes.")
@click.option("--istio", default="", metavar="VERSION,…", help="Versions of Istio: one for all clusters, or of each.")
@click.option("--noise/--plain", default=True, show_default=True, help="In meshes in use, or in the plainest ones.")
@click.option("--healthy", is_flag=True, help="Only the healthy shapes, no faults.")
@click.option("--ci", is_flag=True, help="Only the selection for CI; nothing is written.")
@click.option("--record", is_flag=True, help="Make the fixtures anew.")
def main(names: str, family: str, shape: str, istio: str, record: bool, noise: bool, **only: bool) -> None:
    """Put every fault into the real mesh, diagnose it, mend it, and write docs/accuracy.md."""
    versions = tuple(filter(None, istio.split(",")))
    build(of_versions(PLAIN, versions))
    plan = replace(
        _plan(_split(names), _split(family), _split(shape), **only), record=record, istio=versions, noise=noise
    )
    kept = _kept(versions)
    ledger = replace(load(kept), versions=_versions(versions))
    results = []
    for found in carry_out(plan):
        click.echo(line(found))
        results.append(found)
        ledger = ledger.noting(found)
        if not only["ci"]:
            ledger = ledger.keeping([fault.name for fault in faults()])
            store(kept, ledger)
            write_page(kept, ledger)
    for told in summary(results):
        click.echo(told)
    sys.exit(not all(_is_well(found) for found in results))


def line(found: Health | Outcome) -> str:
    """Return one result as one line, and what is wrong with it below."""
    if isinstance(found, Health):
        return f"{'ok  ' if found.is_clean else 'BAD '} healthy {found.shape}: {found.said} ({found.seconds:.1f} s)"
    head = f"{'ok  ' if found.is_well else 'BAD '} {found.fault}: {found.truth}"
    if not found.bit:
        return f"{head}; did not bite: {found.why_not_bitten}"
    why = f"\n       {found.why_not_green}" if found.mending is Mending.NOT_GREEN else ""
    said = "" if found.judgement.is_right else f"; but said {found.said}"
    return f"{head}{said}; {found.mending.value} ({found.seconds:.1f} of {found.total_seconds:.0f} s){why}"


def summary(results: Iterable[Health | Outcome]) -> list[str]:
    """Return the figures of a run."""
    outcomes = [found for found in results if isinstance(found, Outcome)]
    return [f"{name}: {part} of {of} ({percent(part, of)})" for name, part, of in totals(outcomes)]


def _plan(names: set[str], families: set[str], shapes: set[str], healthy: bool, ci: bool) -> Plan:
    """Return what the options choose; healthy shapes alone only where no fault is asked for."""
    for name in names:
        fault_named(name)
    chosen: tuple[Fault, ...] = tuple(fault for fault in faults() if not names or fault.name in names)
    if families:
        chosen = tuple(fault for fault in chosen if fault.family in families)
    if shapes:
        chosen = tuple(fault for fault in chosen if fault.shape_name in shapes)
    if ci:
        return Plan(tuple(fault for fault in chosen if fault.ci), (PLAIN,))
    alone: tuple[Shape, ...] = () if names or families else SHAPES
    return Plan(() if healthy else chosen, tuple(map(shape_named, shapes)) if shapes else alone)


def _split(text: str) -> set[str]:
    return {part for part in text.split(",") if part}


def _kept(versions: Iterable[str]) -> Path:
    """Return the file of the figures: one for the newest Istio, and one for each other choice of versions."""
    return DOCS / f"{'-'.join(('accuracy', *versions))}.json"


def _versions(istio: tuple[str, ...]) -> dict[str, str]:
    """Return the versions of what is tried, by their own words; the lab need not be up for it."""
    kubernetes = run((built(KUBERNETES) / "kubectl", "version", "--client", "--output=json"))
    return {
        "kubectl-mcdiag": run(("env", "--unset=PYTHONPATH", "kubectl-mcdiag", "version")).split()[-1],
        "Istio": " and ".join(version_named(name).build for name in istio or (NEWEST,)),
        "Kubernetes": json.loads(kubernetes)["clientVersion"]["gitVersion"],
    }


def _is_well(found: Health | Outcome) -> bool:
    return found.is_clean if isinstance(found, Health) else found.is_well


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="       %(message)s")
    try:
        main()
    except LabError as error:
        click.echo(f"e2e: {error}", err=True)
        sys.exit(1)
