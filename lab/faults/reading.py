"""From the YAML files to records, strictly: what is misspelt or missing is told with the entry's name."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from itertools import permutations
from pathlib import Path
from typing import Any

import yaml

from lab.artifacts.versions import version_named
from lab.faults.entry import MISSING, Calls, Effect, Fault, Shows, Truth
from lab.processes import LabError
from lab.shape import Shape
from lab.shapes import PLAIN, shape_named

FOLDER = Path(__file__).parent
NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
CODE = re.compile(rf"MC[1-9]\d\d|{MISSING}")
ROWS = {"A": 17, "B": 25, "C": 7, "D": 20, "E": 5, "F": 23, "G": 10, "H": 17, "I": 4, "L": 9}
"""How many rows each part of the failure catalogue has."""

NEEDED = frozenset({"name", "rows", "about", "apply", "bites", "truth"})
VERSIONED = frozenset({"since", "until"})
ALLOWED = (
    NEEDED
    | {"shape", "undo", "by_hand", "inputs", "leaves", "restart", "traffic", "probe", "without", "ci"}
    | VERSIONED
)
CALLS = frozenset({"calls", "answers", "lacks", "service", "namespace", "within"})
SHOWS = frozenset({"command", "matches", "lacks", "within"})
ALL_PAIRS = "all"


def faults() -> tuple[Fault, ...]:
    """Return all faults, family by family; raise for the first entry that is not well-formed."""
    found = [fault for path in sorted(FOLDER.glob("*.yaml")) for fault in read_family(path)]
    twice = [name for name, times in Counter(fault.name for fault in found).items() if times > 1]
    if twice:
        raise LabError(f"faults of the same name: {', '.join(twice)}")
    return tuple(found)


def fault_named(name: str) -> Fault:
    """Return the fault of this name."""
    found = faults()
    for fault in found:
        if fault.name == name:
            return fault
    raise LabError(f"no fault {name}; there are {', '.join(fault.name for fault in found)}")


def read_family(path: Path) -> tuple[Fault, ...]:
    """Return the faults of one file."""
    entries = yaml.safe_load(path.read_text("utf-8")) or []
    return tuple(read(path.stem, entry) for entry in entries)


def read(family: str, entry: Mapping[str, Any]) -> Fault:
    """Return the record of one entry."""
    name = str(entry.get("name", ""))
    try:
        return _fault(family, entry)
    except (LabError, ValueError, TypeError, KeyError, AttributeError, re.error) as error:
        raise LabError(f"faults/{family}.yaml: {name or 'an entry without a name'}: {error}") from error


def _fault(family: str, entry: Mapping[str, Any]) -> Fault:
    _keys(entry, NEEDED, ALLOWED)
    name, about = str(entry["name"]), str(entry["about"]).strip()
    if not NAME.fullmatch(name):
        raise ValueError("a name is lower-case words joined by hyphens")
    if not about.endswith("."):
        raise ValueError("`about` is one sentence and ends with a full stop")
    shape = shape_named(entry.get("shape", PLAIN.name))
    return Fault(
        name=name,
        family=family,
        rows=tuple(_row(row) for row in entry["rows"]),
        about=about,
        apply=str(entry["apply"]),
        bites=tuple(_effect(shape, effect) for effect in _some(entry["bites"], "bites")),
        truths=_truths(shape, entry["truth"]),
        shape_name=shape.name,
        undo=str(entry.get("undo", "")),
        by_hand=str(entry.get("by_hand", "")),
        inputs=dict(entry.get("inputs", {})),
        leaves=tuple(entry.get("leaves", ())),
        restart=tuple(_restart(shape, one) for one in entry.get("restart", ())),
        traffic=bool(entry.get("traffic", False)),
        probe=bool(entry.get("probe", False)),
        without=tuple(entry.get("without", ())),
        ci=bool(entry.get("ci", False)),
        **{key: version_named(str(entry[key])).name for key in VERSIONED & entry.keys()},
    )


def _row(row: str) -> str:
    number = row[1:]
    if not number.isdigit() or not 1 <= int(number) <= ROWS.get(row[0], 0):
        raise ValueError(f"the failure catalogue has no row {row}")
    return row


def _effect(shape: Shape, effect: Mapping[str, Any]) -> Effect:
    if "calls" not in effect:
        _keys(effect, {"command"}, SHOWS)
        _either(effect, "matches")
        for pattern in (effect.get("matches", ""), effect.get("lacks", "")):
            re.compile(pattern)
        return Shows(**effect)
    _keys(effect, {"calls"}, CALLS)
    _either(effect, "answers")
    cluster = _cluster(shape, effect["calls"])
    rest = {key: value for key, value in effect.items() if key not in {"calls", "answers", "lacks"}}
    return Calls(cluster, frozenset(effect.get("answers", ())), frozenset(effect.get("lacks", ())), **rest)


def _truths(shape: Shape, truth: Any) -> tuple[Truth, ...]:
    if isinstance(truth, dict):
        _keys(truth, {"healthy"}, {"healthy", "note"})
        if truth["healthy"] is not True:
            raise ValueError("`healthy` is true, or the truth is a list of root causes")
        return (Truth(_code(truth["note"]), "note"),) if "note" in truth else ()
    return tuple(_truth(shape, one) for one in _some(truth, "truth"))


def _truth(shape: Shape, truth: Mapping[str, Any]) -> Truth:
    _keys(truth, {"code", "status", "pairs"}, {"code", "status", "pairs"})
    if truth["status"] not in ("fail", "warn"):
        raise ValueError(f"status {truth['status']} is neither fail nor warn")
    possible = {f"{one.name} → {other.name}" for one, other in permutations(shape.clusters, 2)}
    pairs = frozenset(possible if truth["pairs"] == ALL_PAIRS else truth["pairs"])
    if not pairs <= possible:
        raise ValueError(f"no such pair: {', '.join(sorted(pairs - possible))}")
    return Truth(_code(truth["code"]), truth["status"], pairs)


def _code(code: str) -> str:
    if not CODE.fullmatch(code):
        raise ValueError(f"{code} is no code")
    return code


def _restart(shape: Shape, what: str) -> str:
    if what != "mesh":
        cluster, _, _ = what.split("/")
        _cluster(shape, cluster)
    return what


def _cluster(shape: Shape, name: str) -> str:
    if name not in {cluster.name for cluster in shape.clusters}:
        raise ValueError(f"{shape.name} has no {name}")
    return name


def _keys(entry: Mapping[str, Any], needed: Iterable[str], allowed: Iterable[str]) -> None:
    missing, unknown = set(needed) - entry.keys(), entry.keys() - set(allowed)
    if missing:
        raise ValueError(f"without {', '.join(sorted(missing))}")
    if unknown:
        raise ValueError(f"unknown: {', '.join(sorted(unknown))}; known: {', '.join(sorted(allowed))}")


def _either(effect: Mapping[str, Any], wanted: str) -> None:
    if bool(effect.get(wanted)) == bool(effect.get("lacks")):
        raise ValueError(f"an effect says either `{wanted}` or `lacks`")


def _some(listed: Any, what: str) -> list[Any]:
    if not isinstance(listed, list) or not listed:
        raise ValueError(f"`{what}` is a list that is not empty")
    return listed
