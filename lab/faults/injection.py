"""A fault put into the running mesh, seen to bite, and taken out again."""

import os
import re
import time

from lab.clusters.cluster import Cluster, outside
from lab.faults.entry import Calls, Effect, Fault
from lab.objects import Difference, Snapshot, restore
from lab.places import HERE, RUN
from lab.processes import LabError, Result, attempt, together
from lab.restarts import restart, restart_mesh
from lab.rules import clear
from lab.shape import Shape
from lab.traffic import answers

NUMBER = 8
SCRIPT_SECONDS = 240.0
STRICT = "set -euo pipefail\n"


def as_user(script: str, settings: dict[str, str] | None = None, seconds: float = SCRIPT_SECONDS) -> Result:
    """Run bash where a user would be: contexts, kubectl, istioctl, and the lab's verbs as `lab`."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    given = [f"{name}={value}" for name, value in {**environment, **(settings or {})}.items()]
    entered = f'. {RUN}/environment; PATH="$PATH:{HERE}"; eval "$0"'
    return attempt(outside("env", "-i", *given, "bash", "-c", entered, script), seconds=seconds)


def strictly(script: str, settings: dict[str, str] | None = None) -> str:
    """Run bash as a user and return its stdout; raise with its own words when one of its commands fails."""
    result = as_user(STRICT + script, settings)
    if result.exit_code:
        raise LabError(f"ended with {result.exit_code}:\n{script.rstrip()}\n{result.stderr.strip()}")
    return result.stdout


def inputs(fault: Fault) -> dict[str, str]:
    """Return the values of what only an operator knows; asked for while the mesh is still healthy."""
    return {name: strictly(script).strip() for name, script in (fault.inputs or {}).items()}


def apply(shape: Shape, fault: Fault) -> None:
    """Put the fault into the running mesh, its objects in the API versions that the mesh serves."""
    strictly(shape.spoken(fault.apply))


def wait_until_it_bites(fault: Fault) -> list[str]:
    """Return what was seen of every effect; raise with what was seen instead when one does not show in time."""
    return together(_wait, fault.bites)


def undo(shape: Shape, fault: Fault, before: Snapshot) -> tuple[Difference, ...]:
    """Take the fault out, whatever has become of it; return the objects that had to be put back."""
    if fault.undo:
        strictly(shape.spoken(fault.undo))
    for cluster in shape.clusters:
        clear(cluster)
    found = restore(shape, before)
    restart_all(shape, fault.restart)
    return found


def restart_all(shape: Shape, wanted: tuple[str, ...]) -> None:
    """Restart `mesh`, or each CLUSTER/NAMESPACE/DEPLOYMENT in turn."""
    for one in wanted:
        if one == "mesh":
            restart_mesh(shape)
        else:
            cluster, namespace, deployment = one.split("/")
            restart(named(shape, cluster), namespace, deployment)


def named(shape: Shape, name: str) -> Cluster:
    """Return the cluster of this name."""
    return next(cluster for cluster in shape.clusters if cluster.name == name)


def _wait(effect: Effect) -> str:
    until = time.monotonic() + effect.within
    while True:
        seen, bites = _look(effect)
        if bites:
            return seen
        if time.monotonic() > until:
            raise LabError(f"not seen within {effect.within:.0f} s: {effect}\n{seen}")
        time.sleep(0.2)


def _look(effect: Effect) -> tuple[str, bool]:
    """Return what is seen now, and whether it is the effect."""
    if isinstance(effect, Calls):
        caller = Cluster(int(effect.cluster.removeprefix("cluster")))
        counts = answers(caller, effect.service, NUMBER, effect.namespace)
        seen = ", ".join(f"{answer} {times}" for answer, times in sorted(counts.items()))
        said = f"{effect.cluster} → {effect.service}: {seen}"
        return said, set(counts) == effect.answers if effect.answers else not effect.lacks & set(counts)
    result = as_user(effect.command)
    text = f"{result.stdout}{result.stderr}"
    if effect.matches:
        return text, bool(re.search(effect.matches, text, re.MULTILINE))
    return text, not re.search(effect.lacks, text, re.MULTILINE)
