"""The catalogue is whole: every check is listed, documented, declared as it reads, and seen to fail and to pass."""

import ast
import re
from collections import defaultdict
from functools import cache
from pathlib import Path

import pytest

import kubectl_mcdiag.checks as package
from kubectl_mcdiag.checks.catalogue import CHECKS, MODULES
from kubectl_mcdiag.checks.contract import Check
from kubectl_mcdiag.evidence.commands import COMMANDS
from kubectl_mcdiag.mesh.model import Status
from tests.scenarios import judged, scenarios, snapshot

NEVER_FOUND = frozenset({"MC801"})
"""A check that only says what was not judged: it does not apply, or it is unknown."""


"""What rules of a family share."""

each_check = pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.code)


@cache
def outcomes() -> dict[str, tuple[set[Status], set[str]]]:
    """Return, for each code, how it came out over all scenarios and which commands it read."""
    found: dict[str, tuple[set[Status], set[str]]] = defaultdict(lambda: (set(), set()))
    for scenario in scenarios():
        for one in judged(scenario)[1]:
            found[one.check.code][0].add(one.status)
            found[one.check.code][1].update(one.read)
    return found


def test_every_module_is_listed() -> None:
    paths = Path(package.__path__[0]).glob("*/*.py")
    files = {path.stem for path in paths if "\nCHECK = Check(" in path.read_text("utf-8")}

    assert files == {module.__name__.rsplit(".", 1)[-1] for module in MODULES}


SEEN_IN_CODE = {"MC901", "MC904", "MC906"}
"""Rules that the tests in tests/path make speak."""


def test_codes_are_unique() -> None:
    codes = [check.code for check in CHECKS]

    assert sorted(set(codes)) == sorted(codes)


def test_every_check_has_a_page() -> None:
    for module in MODULES:
        text = module.__doc__ or ""

        assert re.search(r"^(?:Fix|To mend it|Nothing to (?:fix|mend)): ", text, re.M), f"{module}: the fix is missing"
        assert re.search(r"^Source: ", text, re.MULTILINE), f"{module}: the source of the rule is missing"
        assert text.splitlines()[0].endswith("."), module


def test_titles_are_plain_sentences() -> None:
    assert [check.title for check in CHECKS if check.title.endswith(".")] == []
    assert [check.code for check in CHECKS if not re.match(r"MC[1-9]\d\d$", check.code)] == []


def test_causes_precede_what_they_explain() -> None:
    for place, check in enumerate(CHECKS):
        earlier = {one.code for one in CHECKS[:place]}

        assert set(check.caused_by) <= earlier, check.code
        assert {one.code for one in CHECKS if check.symptom in one.leads_to} <= earlier, check.code


def test_symptoms_are_not_named_by_code() -> None:
    symptoms = {one.code for one in CHECKS if one.symptom}

    assert [check.code for check in CHECKS if check.symptom and check.caused_by] == [], "causes say so by leads_to"
    assert [check.code for check in CHECKS if symptoms & set(check.caused_by)] == [], "symptoms say so by leads_to"


@each_check
def test_what_a_check_reads_is_known_from_its_code(check: Check) -> None:
    assert outcomes()[check.code][1] <= {command.key for command in check.reads}


@each_check
def test_check_is_seen_to_fail_and_to_pass(check: Check) -> None:
    seen = outcomes()[check.code][0]
    if check.code in NEVER_FOUND:
        assert {Status.UNKNOWN, Status.SKIP} <= seen
        return
    if check.code in SEEN_IN_CODE:
        assert Status.PASS in seen
        return
    assert seen & {Status.FAIL, Status.WARN, Status.NOTE}, "no scenario makes it speak"
    assert Status.PASS in seen


def test_every_command_has_a_recording() -> None:
    recorded = {key for scenario in scenarios() for key, _, _ in snapshot(scenario).observations}

    assert {command.key for command in COMMANDS} - recorded == set()


def test_every_command_is_read_by_a_check() -> None:
    assert {c.key for c in COMMANDS} == {command.key for check in CHECKS for command in check.reads}


def test_no_check_catches_what_it_could_not_read() -> None:
    for module in MODULES:
        tree = ast.parse(Path(str(module.__file__)).read_text("utf-8"))
        assert not [node for node in ast.walk(tree) if isinstance(node, ast.Try)], module.__name__
