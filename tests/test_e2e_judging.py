"""A diagnosis is judged by the truth alone, and what came of it is kept and told."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from lab.e2e.diagnosis import Diagnosis, read
from lab.e2e.istioctl import COMMANDS, Usual, shown
from lab.e2e.judgement import Judgement, judge
from lab.e2e.ledger import Ledger, load, store
from lab.e2e.mending import not_to_be_left
from lab.e2e.outcome import Health, Mending, Outcome
from lab.e2e.page import page, totals
from lab.faults.entry import Fault, Truth

ONE_WAY, OTHER_WAY = "cluster1 → cluster2", "cluster2 → cluster1"
SECRET = Truth("MC301", "fail", frozenset({ONE_WAY}))
LABEL = Truth("MC403", "fail", frozenset({OTHER_WAY}))
PINNED = Truth("MC611", "note")


def fault(*truths: Truth) -> Fault:
    return Fault("x", "remote-secrets", ("B1",), "It is broken.", "true", (), truths)


def cause(code: str, *pairs: str, status: str = "fail", under: tuple[str, ...] = ()) -> dict[str, Any]:
    named = [dict(zip(("from", "to"), pair.split(" → "), strict=True)) for pair in pairs]
    consequences = [{"code": consequence} for consequence in under]
    return {"code": code, "status": status, "pairs": named, "consequences": consequences, "fix": [{"command": code}]}


def said(*causes: dict[str, Any], notes: tuple[str, ...] = (), exit_code: int = 1, verdict: str = "fail") -> Diagnosis:
    document = {
        "rootCauses": causes,
        "notes": [{"code": code} for code in notes],
        "pairs": [{"from": "cluster1", "to": "cluster2", "verdict": verdict}],
    }
    return read(document, exit_code, 2.0)


RIGHT = Judgement(first=True, named=True, pairs=True, false=())
OUTCOME = Outcome(
    "x", "remote-secrets", ("B1",), "multi-primary-multi-network", "MC301", "2026-11-24",
    said="MC301", judgement=RIGHT, mending=Mending.GREEN, seconds=2.0, istioctl={"analyze": "", "proxy-status": "a|b"},
)  # fmt: skip


@pytest.mark.parametrize(
    ("truths", "diagnosis", "judgement"),
    [
        ((SECRET,), said(cause("MC301", ONE_WAY)), RIGHT),
        ((SECRET,), said(cause("MC301", ONE_WAY), exit_code=3), replace(RIGHT, first=False)),
        ((SECRET,), said(cause("MC301", OTHER_WAY)), replace(RIGHT, pairs=False)),
        ((SECRET,), said(cause("MC301", ONE_WAY, status="warn")), replace(RIGHT, pairs=False)),
        ((SECRET,), said(cause("MC301", ONE_WAY), cause("MC501")), replace(RIGHT, false=("MC501",))),
        ((SECRET,), said(cause("MC501", under=("MC301",))), Judgement(False, True, False, ("MC501",))),
        ((SECRET,), said(exit_code=0), Judgement(False, False, False, ())),
        ((SECRET, LABEL), said(cause("MC403", OTHER_WAY), cause("MC301", ONE_WAY)), RIGHT),
        ((SECRET, LABEL), said(cause("MC301", ONE_WAY)), replace(RIGHT, named=False, pairs=False)),
        ((PINNED,), said(notes=("MC611",), exit_code=0, verdict="pass"), RIGHT),
        ((PINNED,), said(exit_code=0, verdict="pass"), replace(RIGHT, first=False, named=False)),
        ((), said(exit_code=0, verdict="pass"), RIGHT),
        ((), said(cause("MC301", ONE_WAY)), Judgement(False, True, False, ("MC301",))),
    ],
)
def test_diagnosis_is_judged_by_the_truth(
    truths: tuple[Truth, ...], diagnosis: Diagnosis, judgement: Judgement
) -> None:
    assert judge(fault(*truths), diagnosis) == judgement


def test_pairs_of_several_findings_count_together() -> None:
    both = Truth("MC201", "fail", frozenset({ONE_WAY, OTHER_WAY}))

    assert judge(fault(both), said(cause("MC201", ONE_WAY), cause("MC201", OTHER_WAY))).pairs


def test_steps_are_executed_once_each() -> None:
    assert said(cause("MC301"), cause("MC403"), cause("MC301")).steps == ("MC301", "MC403")


def test_only_what_the_entry_names_may_be_left() -> None:
    left = ["cluster2: Secret istio-system/cacerts changed", "cluster1: Service sample/helloworld deleted"]

    assert not_to_be_left(left, ["cluster2: Secret */cacerts changed"]) == left[1:]


def test_istioctl_shows_what_is_new_or_gone() -> None:
    nothing = dict.fromkeys(COMMANDS, frozenset[str]())
    usual = Usual({**nothing, "analyze": frozenset("a")}, {**nothing, "analyze": frozenset("ab")})

    assert shown(usual, {**nothing, "analyze": frozenset("ab")})["analyze"] == ""
    assert shown(usual, {**nothing, "analyze": frozenset("ac")})["analyze"] == "c"
    assert shown(usual, {**nothing, "analyze": frozenset("b")})["analyze"] == "gone: a"


def test_ledger_is_read_as_it_was_stored(tmp_path: Path) -> None:
    health = Health("three-clusters", "2026-11-24", is_clean=True, said="nothing", seconds=2.5)
    ledger = Ledger({"Istio": "1.31"}).noting(OUTCOME).noting(health)
    store(tmp_path / "docs" / "accuracy.json", ledger)

    assert load(tmp_path / "docs" / "accuracy.json") == ledger
    assert load(tmp_path / "none.json") == Ledger()


def test_partial_run_keeps_the_other_rows_in_the_order_of_the_faults() -> None:
    ledger = Ledger().noting(OUTCOME).noting(replace(OUTCOME, fault="y")).noting(replace(OUTCOME, fault="gone"))
    ledger = ledger.noting(replace(OUTCOME, said="MC302")).keeping(["y", "x", "new"])

    assert [(one.fault, one.said) for one in ledger.outcomes.values()] == [("y", "MC301"), ("x", "MC302")]


def test_fault_that_did_not_bite_does_not_count() -> None:
    outcomes = [OUTCOME, replace(OUTCOME, fault="y", why_not_bitten="nothing failed")]

    assert totals(outcomes)[0] == ("named first", 1, 1)
    assert "1 faults bit; 1 did not" in page(Ledger().noting(outcomes[0]).noting(outcomes[1]))


def test_page_tells_what_was_missed_and_why() -> None:
    missed = replace(OUTCOME, judgement=replace(RIGHT, first=False), mending=Mending.NOT_GREEN, why_not_green="a  step")
    text = page(Ledger({"Istio": "1.31"}).noting(missed))

    assert "**x** (MC301; multi-primary-multi-network): mcdiag said MC301; not green: a step" in text
    assert "| x | proxy-status | `a\\|b` |" in text
    assert "Istio 1.31; run 2026-11-24." in text
