"""Recorded meshes with one thing in them that no recording holds."""

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from kubectl_mcdiag.evidence.model import Command, Observation, Output, Snapshot
from kubectl_mcdiag.run.collect import Wish, invoke
from tests.scenarios import FIXTURES, Scenario, snapshot

Change = Callable[[Any], Any]


def mesh(name: str) -> Snapshot:
    """Return a mesh as it was recorded."""
    return snapshot(Scenario(FIXTURES / "1.31" / name))


def changed(snap: Snapshot, command: Command[Any], context: str, change: Change) -> Snapshot:
    """Return the mesh in which `change` went over what one command told of a cluster, or of every pod of it."""
    told = {key: found for key, found in snap.observations.items() if key[:2] == (command.key, context)}
    assert told, f"{command.key} of {context} was not recorded"
    other = {key: replace(found, value=change(found.value)) for key, found in told.items()}
    return replace(snap, observations={**snap.observations, **other})


def answered(snap: Snapshot, command: Command[Any], context: str, value: Any, target: str = "") -> Snapshot:
    """Return the mesh in which one more command was asked of a cluster, or of a pod of it, and what it told."""
    invocation = invoke(Wish(command, context, target), snap.settings, math.inf)
    found = Observation(invocation, Output(), value)
    return replace(snap, observations={**snap.observations, invocation.identity: found})


def each(change: Change, part: str = "") -> Change:
    """Return the change of every record of a value, or of one part of it."""
    if not part:
        return lambda records: tuple(map(change, records))
    return lambda whole: replace(whole, **{part: tuple(map(change, getattr(whole, part)))})


def only(name: str, /, **fields: Any) -> Change:
    """Return the change of the record with that name, which leaves all others as they are."""
    return lambda record: replace(record, **fields) if record.name == name else record


def more(*records: Any, part: str) -> Change:
    """Return the change that adds records to a part of a value."""
    return lambda whole: replace(whole, **{part: (*getattr(whole, part), *records)})


def beside_a_third(snapshot: Snapshot, *contexts: str) -> Snapshot:
    """Return the mesh with cluster3, which told what cluster1 did."""
    told = {
        (key, "cluster3", pod): found
        for (key, where, pod), found in snapshot.observations.items()
        if where == "cluster1"
    }
    return replace(snapshot, contexts=contexts, observations={**snapshot.observations, **told})
