"""What the tool said of a mutated mesh, against what the requests say."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from lab.mutate.change import Subject
from lab.mutate.truth import Fate, PairTruth

OK, WARNED, UNKNOWN = "pass", "warn", "unknown"
POD = r"(-[0-9a-f]{6,10}(-[a-z0-9]{5})?)?"


@dataclass(frozen=True, slots=True)
class Verdict:
    """One ordered pair: what is true, what was said, and how the two go together."""

    pair: str
    fate: Fate
    said: str
    services: Mapping[str, str]
    counts: Mapping[str, str]
    false_green: bool = False
    only_warned: bool = False
    false_alarm: bool = False
    not_judged: bool = False


def judge(truth: PairTruth, report: Mapping[str, Any]) -> Verdict:
    """Compare the truth about a pair with a report of `check -o json`."""
    said = next((one["verdict"] for one in report["pairs"] if _pair(one) == truth.name), UNKNOWN)
    failing = truth.fate is Fate.FAILING
    return Verdict(
        truth.name, truth.fate, said, {name: fate.value for name, fate in truth.services.items()}, truth.counts,
        false_green=failing and said == OK,
        only_warned=failing and said == WARNED,
        false_alarm=truth.fate is Fate.ANSWERED and _stands(truth, report),
        not_judged=said == UNKNOWN,
    )  # fmt: skip


def named_first(subjects: Iterable[Subject], report: Mapping[str, Any]) -> bool:
    """Return whether the first root cause names one of the objects that were changed."""
    causes = report["rootCauses"]
    return bool(causes) and any(names(causes[0], subject) for subject in subjects)


def names(cause: Mapping[str, Any], subject: Subject) -> bool:
    """Return whether a root cause names an object: its kind and name, or one of its aliases, in its own cluster."""
    text = _text(cause)
    if subject.cluster not in text:
        return False
    groups = ((subject.kind, subject.name), *subject.aliases)
    return any(all(_holds(text, word) for word in group) for group in groups)


def _holds(text: str, word: str) -> bool:
    """Return whether a text holds a word; one that ends in a dot is the beginning of an address."""
    end = r"\d" if word.endswith(".") else rf"s?{POD}(?![\w-])"
    return bool(re.search(rf"(?<![\w-]){re.escape(word)}{end}", text, re.IGNORECASE))


def _text(cause: Mapping[str, Any]) -> str:
    """Return what a root cause says is wrong and how to fix it; excerpts of evidence name much that is not it."""
    said = [cause["problem"], " ".join(cause["clusters"]), cause.get("service") or "", cause.get("workload") or ""]
    said += [f"{one['context']} {one['command']}" for one in cause["evidence"]]
    said += [f"{step['command']} {step['why']}" for step in cause["fix"]]
    said += [" ".join(map(str, one.values())) for one in cause.get("subjects", ()) if isinstance(one, dict)]
    return "\n".join(said)


def _stands(truth: PairTruth, report: Mapping[str, Any]) -> bool:
    """Return whether a FAIL stands on the pair that is not about another service."""
    return any(
        cause["status"] == "fail"
        and truth.name in map(_pair, cause["pairs"])
        and (not cause.get("service") or any(name in cause["service"] for name in truth.services))
        for cause in report["rootCauses"]
    )


def _pair(one: Mapping[str, str]) -> str:
    return f"{one['from']} → {one['to']}"
