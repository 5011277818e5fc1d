"""The faults as data: every entry is well-formed, and a mistake in one is told."""

import subprocess  # noqa: TID251 - bash reads the scripts of the entries
from collections.abc import Iterator
from itertools import chain, permutations
from typing import Any

import pytest

from kubectl_mcdiag.checks.catalogue import CHECKS
from lab.faults.entry import MISSING, Calls, Fault, Shows, Truth
from lab.faults.reading import fault_named, faults, read
from lab.processes import LabError

ENTRY: dict[str, Any] = {
    "name": "secret-missing",
    "rows": ["B1"],
    "about": "There is no remote secret.",
    "apply": "kubectl delete secret x",
    "bites": [{"calls": "cluster1", "answers": ["v1"]}],
    "truth": [{"code": "MC301", "status": "fail", "pairs": ["cluster1 → cluster2"]}],
}


def test_codes_exist() -> None:
    known = {check.code for check in CHECKS} | {MISSING}

    assert [fault.name for fault in faults() if not {truth.code for truth in fault.truths} <= known] == []


def scripts(fault: Fault) -> Iterator[str]:
    yield from (fault.apply, fault.undo, fault.by_hand, *(fault.inputs or {}).values())
    yield from (effect.command for effect in fault.bites if isinstance(effect, Shows))


def test_scripts_are_bash() -> None:
    functions = [f"one{number}() {{ :\n{script}\n}}" for number, script in enumerate(chain(*map(scripts, faults())))]
    subprocess.run(["bash", "-n", "-c", "\n".join(functions)], check=True)


def test_entry_becomes_a_record() -> None:
    fault = read("remote-secrets", ENTRY)

    assert fault.bites == (Calls("cluster1", answers=frozenset({"v1"})),)
    assert fault.truths == (Truth("MC301", "fail", frozenset({"cluster1 → cluster2"})),)
    assert fault.shape.name == "multi-primary-multi-network"


def test_all_pairs_are_those_of_the_shape() -> None:
    fault = read("x", ENTRY | {"shape": "three-clusters", "truth": [{**ENTRY["truth"][0], "pairs": "all"}]})

    named = permutations(("cluster1", "cluster2", "cluster3"), 2)
    assert fault.truths[0].pairs == {f"{one} → {other}" for one, other in named}


def test_fault_that_not_every_version_can_have_says_so() -> None:
    fault = read("x", ENTRY | {"since": "1.22", "until": "1.30"})

    assert fault.impossible_on(("1.22", "1.30")) == ""
    assert fault.impossible_on(("1.20", "1.22")) == "needs Istio 1.22"
    assert fault.impossible_on(("1.31",)) == "is not possible after Istio 1.30"


def test_what_only_looks_like_a_fault_is_healthy() -> None:
    fault = read("x", ENTRY | {"truth": {"healthy": True, "note": "MC610"}})

    assert fault.is_healthy
    assert fault.notes == (Truth("MC610", "note"),)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"name": "Secret_missing"}, "lower-case words"),
        ({"rows": ["B26"]}, "no row B26"),
        ({"shape": "triangle"}, "no shape triangle"),
        ({"about": "No full stop"}, "full stop"),
        ({"bites": []}, "`bites` is a list that is not empty"),
        ({"bites": [{"calls": "cluster3", "answers": ["v1"]}]}, "has no cluster3"),
        ({"bites": [{"calls": "cluster1"}]}, "either `answers` or `lacks`"),
        ({"bites": [{"command": "x", "matches": "a", "lacks": "b"}]}, "either `matches` or `lacks`"),
        ({"bites": [{"command": "x", "matches": "["}]}, "unterminated character set"),
        ({"truth": []}, "`truth` is a list that is not empty"),
        ({"truth": [{**ENTRY["truth"][0], "status": "bad"}]}, "neither fail nor warn"),
        ({"truth": [{**ENTRY["truth"][0], "pairs": ["cluster1 → cluster9"]}]}, "no such pair"),
        ({"truth": [{**ENTRY["truth"][0], "code": "MC9"}]}, "MC9 is no code"),
        ({"undone": "x"}, "unknown: undone"),
        ({"restart": ["cluster1"]}, "not enough values"),
    ],
)
def test_mistake_is_told_with_the_entrys_name(change: dict[str, Any], words: str) -> None:
    with pytest.raises(LabError, match=words) as told:
        read("remote-secrets", ENTRY | change)

    assert "faults/remote-secrets.yaml: " in str(told.value)


def test_what_an_entry_lacks_is_told() -> None:
    with pytest.raises(LabError, match="secret-missing: without apply, bites"):
        read("x", {key: ENTRY[key] for key in ("name", "rows", "about", "truth")})


def test_unknown_fault_is_told_which_there_are() -> None:
    with pytest.raises(LabError, match=r"no fault nothing; there are .*remote-secret-missing"):
        fault_named("nothing")
