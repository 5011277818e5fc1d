"""A step that removes or replaces something fails where the object has changed meanwhile: it tests what was read."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from kubectl_mcdiag.checks import patches
from kubectl_mcdiag.checks.patches import Operation, put, remove, removed, replaced
from kubectl_mcdiag.checks.steps import Action, Step
from kubectl_mcdiag.evidence.shell import Joined, Word
from tests.pasting import fixes
from tests.scenarios import replay, scenarios

UNTESTED = {
    "POD_TEMPLATE": "of a pod template only what its pods show is read; null is no change where it says nothing",
    "SHARE_SERVICES": "`kubectl set env NAME-` takes a variable out, whatever it holds",
    "DELETE": "a key of a remote secret: its value is a secret, which no command may hold",
    "REPLACE_REMOTE_SECRET": "likewise",
}
"""Actions whose steps change a place without testing it, each with the reason."""
EMPTY = re.compile(r"/spec/externalIPs|.*/notPrincipals|.*/clientConfig/service|/endpoints")
"""Places that are only set where nothing was read in them: that cannot be tested."""
APPEND = "/-"


def steps() -> Iterator[Step]:
    for scenario in scenarios():
        for fix in fixes(replay(scenario)):
            yield from fix


def words(step: Step) -> list[str]:
    """Return its words; what the operator gives stands as a constant."""
    return [_said(word) for argv in step.shell.pipeline for word in argv]


def _said(word: Word) -> str:
    parts = word.parts if isinstance(word, Joined) else (word,)
    return "".join(part if isinstance(part, str) else "GIVEN" for part in parts)


def body(step: Step) -> Any:
    said = words(step)
    return json.loads(said[said.index("-p") + 1])


def untested(operations: list[Operation]) -> list[str]:
    """Return the places that a JSON patch takes out, or that it sets to something else, without a test before.

    A test counts that looks at the place, at something in it, or at what holds it. What a patch has taken out before,
    or has put there itself, needs none; nor does a place that is only added to, or was empty.
    """
    seen: list[str] = []
    found = []
    for one in operations:
        place = one["path"]
        known = any(place == each or each.startswith(f"{place}/") or place.startswith(f"{each}/") for each in seen)
        free = place.endswith(APPEND) or (one["op"] == "add" and EMPTY.fullmatch(place))
        if one["op"] != "test" and not known and not free:
            found.append(f"{one['op']} {place}")
        seen.append(place)
    return found


def test_patch_tests_what_it_removes_or_replaces() -> None:
    patches = [step for step in steps() if "--type=json" in words(step)]

    assert len(patches) > 50
    assert {(str(step.shell), place) for step in patches for place in untested(body(step))} == set()


def test_what_cannot_be_tested_is_of_an_action_with_a_reason() -> None:
    merged = {step.action.name for step in steps() if "--type=merge" in words(step)}
    taken_out = {step.action.name for step in steps() if "env" in words(step) and "set" in words(step)}

    assert merged | taken_out <= UNTESTED.keys()


def test_no_label_or_annotation_is_overwritten_unseen() -> None:
    assert not [str(step.shell) for step in steps() if "--overwrite" in words(step)]


def test_object_that_is_replaced_as_a_whole_is_kept_first() -> None:
    for scenario in scenarios():
        for fix in fixes(replay(scenario)):
            actions = [step.action for step in fix]
            for place, step in enumerate(fix):
                if "replace" in words(step):
                    assert Action.COPY in actions[:place]


@pytest.mark.parametrize(
    ("operations", "found"),
    [
        ((remove("/a"),), ["remove /a"]),
        ((put("/a/b", 1),), ["add /a/b"]),
        ((put("/a/-", 1),), []),
        (replaced("/a", 1, None), []),
        ((patches.test("/b", 1), remove("/a")), ["remove /a"]),
        (removed("/a", {"b": {"c": 1}, "d": []}), []),
        ((patches.test("/ab", 1), remove("/a")), ["remove /a"]),
    ],
)
def test_place_that_is_not_tested_is_found(operations: tuple[Operation, ...], found: list[str]) -> None:
    assert untested(list(operations)) == found


def test_what_is_removed_is_tested_leaf_by_leaf() -> None:
    assert removed("/a", {"b~": {"c": 1}, "d": [], "e": [{"f": 2}]}) == (
        patches.test("/a/b~0/c", 1),
        patches.test("/a/d", []),
        patches.test("/a/e/0/f", 2),
        remove("/a"),
    )
