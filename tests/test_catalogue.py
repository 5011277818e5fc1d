"""The catalogue is whole: every check is listed, documented, declared as it reads, and seen to fail and to pass."""

import ast
import re
from collections import defaultdict
from functools import cache
from pathlib import Path

import pytest

import kubectl_mcdiag.checks as package
from kubectl_mcdiag.checks import CHECKS, MODULES
from kubectl_mcdiag.commands import COMMANDS
from kubectl_mcdiag.facts.view import View
from kubectl_mcdiag.findings import Check, Status
from kubectl_mcdiag.verdict import judge, ordered_pairs
from tests.scenarios import askable, scenarios, snapshot

UNSEEN = (
    {code: {"resources"} for code in ("MC112", "MC201", "MC202", "MC203")}
    | {code: {"configmaps"} for code in ("MC314", "MC708")}
    | {code: {"gateway-api"} for code in ("MC407", "MC412")}
    | {code: {"envoy-clusters"} for code in ("MC205", "MC401", "MC417", "MC421", "MC601", "MC625", "MC630")}
)
"""What a check reads only in a mesh that no recording holds yet: roots that differ in a remote cluster, remote secrets
with another server than the operator's kubeconfig, a gateway of the Kubernetes Gateway API, requests sent, proxies
asked for their certificates and calls that fail where there is no istioctl."""

NEVER_FOUND = frozenset({"MC801"})
"""A check that only says what was not judged: it does not apply, or it is unknown."""


@cache
def outcomes() -> dict[str, tuple[set[Status], set[str]]]:
    """Return, for each code, how it came out over all scenarios and which commands it read."""
    found: dict[str, tuple[set[Status], set[str]]] = defaultdict(lambda: (set(), set()))
    for scenario in scenarios():
        view = View(snapshot(scenario))
        for judged in judge(view, askable(scenario), ordered_pairs(view.contexts, ())):
            found[judged.check.code][0].add(judged.status)
            found[judged.check.code][1].update(judged.read)
    return found


def test_every_module_is_listed() -> None:
    files = {path.stem for path in Path(package.__path__[0]).glob("*.py")} - {"__init__"}

    assert files == {module.__name__.rsplit(".", 1)[-1] for module in MODULES}


def test_codes_are_unique() -> None:
    codes = [check.code for check in CHECKS]

    assert sorted(set(codes)) == sorted(codes)


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.code)
class TestCheck:
    def test_has_a_page(self, check: Check) -> None:
        text = next(module.__doc__ or "" for module in MODULES if module.CHECK is check)

        assert re.search(r"^To mend it: |^Nothing to mend: ", text, re.MULTILINE), "how to mend is missing"
        assert re.search(r"^Source: ", text, re.MULTILINE), "the source of the rule is missing"
        assert text.splitlines()[0].endswith(".")

    def test_title_is_a_plain_sentence(self, check: Check) -> None:
        assert not check.title.endswith(".")
        assert re.match(r"MC[1-8]\d\d$", check.code)

    def test_causes_precede_it(self, check: Check) -> None:
        codes = [one.code for one in CHECKS]
        earlier = set(codes[: codes.index(check.code)])

        assert set(check.caused_by) <= earlier
        assert {one.code for one in CHECKS if check.symptom in one.leads_to} <= earlier

    def test_symptom_is_not_named_by_code(self, check: Check) -> None:
        symptoms = {one.code for one in CHECKS if one.symptom}

        assert not (check.symptom and check.caused_by), "its causes say so by leads_to"
        assert not symptoms & set(check.caused_by), "a symptom says by leads_to what it explains"

    def test_declares_what_it_reads(self, check: Check) -> None:
        declared = {command.key for command in check.reads}

        unseen = UNSEEN.get(check.code, set())
        assert declared - unseen == outcomes()[check.code][1] - unseen

    def test_is_seen_to_fail(self, check: Check) -> None:
        if check.code in NEVER_FOUND:
            assert Status.UNKNOWN in outcomes()[check.code][0]
            return
        assert outcomes()[check.code][0] & {Status.FAIL, Status.WARN, Status.NOTE}, "no scenario makes it speak"

    def test_is_seen_to_pass(self, check: Check) -> None:
        wanted = Status.SKIP if check.code in NEVER_FOUND else Status.PASS

        assert wanted in outcomes()[check.code][0]


def test_every_command_has_a_recording() -> None:
    recorded = {key for scenario in scenarios() for key, _, _ in snapshot(scenario).observations}

    assert {command.key for command in COMMANDS} - recorded == set()


def test_every_command_is_read_by_a_check() -> None:
    assert {c.key for c in COMMANDS} == {command.key for check in CHECKS for command in check.reads}


def test_no_check_catches_what_it_could_not_read() -> None:
    for module in MODULES:
        tree = ast.parse(Path(str(module.__file__)).read_text("utf-8"))
        assert not [node for node in ast.walk(tree) if isinstance(node, ast.Try)], module.__name__
