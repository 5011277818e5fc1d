"""Several commands asked as one: each keeps exactly what it would have kept by itself."""

from collections.abc import Mapping
from dataclasses import replace

import pytest

from kubectl_mcdiag.evidence.commands import CLUSTERZ, ISTIO_CONFIG, NETWORKZ, PODS, RESOURCES
from kubectl_mcdiag.evidence.commands.together import GROUPS, LISTS, PAGES, together
from kubectl_mcdiag.evidence.model import Failure, Invocation, Observation, Output, Settings
from kubectl_mcdiag.run.collect import Wish, invoke, observe
from kubectl_mcdiag.run.turns import Turns
from kubectl_mcdiag.sources.together import Together
from tests.merged import answer
from tests.scenarios import Scenario, scenarios, snapshot

FORBIDDEN = (
    'Error from server (Forbidden): nodes is forbidden: User "jo" cannot list resource "nodes" in API group "" at the'
    " cluster scope\n"
)


class Told:
    """A source that says what it was told to, by the key of the command; it lists what it was asked."""

    def __init__(self, said: Mapping[str, Output]) -> None:
        self.said = said
        self.asked: list[str] = []

    def run(self, invocation: Invocation, timeout: float) -> Output:
        del timeout
        self.asked.append(invocation.command.key)
        return self.said[invocation.command.key]


def asked(commands: tuple = LISTS) -> tuple[Invocation, ...]:
    first, *others = (invoke(Wish(command, "c1", "istiod.istio-system"), Settings(), 60.0) for command in commands)
    whole = invoke(Wish(together(commands), "c1", "istiod.istio-system"), Settings(), 60.0)
    return (replace(first, merged=(whole, *others)), *others)


def run(said: Mapping[str, Output], commands: tuple = LISTS) -> tuple[list[Output], list[str]]:
    told = Told(said)
    source = Together(told)
    return [source.run(each, 1.0) for each in asked(commands)], told.asked


def groups(scenario: Scenario) -> list[list[Observation]]:
    found: dict[tuple[str, str, str], list[Observation]] = {}
    for command in (*LISTS, *PAGES):
        for each in snapshot(scenario).observations.values():
            key, context, target = each.invocation.identity
            if key == command.key and not each.reason and not each.denied:
                found.setdefault((GROUPS[key], context, target), []).append(each)
    return [group for group in found.values() if len(group) > 1]


@pytest.mark.parametrize("scenario", scenarios()[::7], ids=str)
def test_each_command_reads_of_its_part_what_it_reads_of_its_own_answer(scenario: Scenario) -> None:
    for group in groups(scenario):
        commands = tuple(each.invocation.command for each in group)
        whole = Output(stdout=together(commands).redact(answer(group)))
        source = Together(Told({GROUPS[commands[0].key]: whole}))
        for one, invocation in zip(group, asked(commands), strict=True):
            assert observe(invocation, source.run(invocation, 1.0)).value == one.value


def test_only_what_is_read_of_an_object_is_asked_for() -> None:
    template = together(LISTS).args[-1]

    assert "{.status}" not in template
    assert "{.spec.containers}" not in template
    assert "metadata.managedFields" not in template


def part(text: str) -> str:
    return f'[["pods", "p", ""], ["resources", "{text}", ""], ["istio-config", "i", ""]]'


def test_one_command_is_run_for_all_of_a_group() -> None:
    outputs, asked_for = run({"lists": Output(stdout=part("r"), size=7)})

    assert asked_for == ["lists"]
    assert [each.stdout for each in outputs] == ["p", "r", "i"]
    assert [(each.commands, each.size) for each in outputs] == [(1, 7), (0, 0), (0, 0)]


def test_what_may_not_be_listed_is_missing_from_its_own_part_alone() -> None:
    outputs, _ = run({"lists": Output(1, part("r"), FORBIDDEN, failure=Failure.FORBIDDEN)})

    assert [each.failure for each in outputs] == [Failure.NONE, Failure.FORBIDDEN, Failure.NONE]
    assert [each.stderr for each in outputs] == ["", FORBIDDEN, ""]
    assert [each.stdout for each in outputs] == ["p", "r", "i"]


@pytest.mark.parametrize("failure", [Failure.TIMED_OUT, Failure.UNREACHABLE, Failure.UNAUTHORIZED, Failure.INTERRUPTED])
def test_what_keeps_one_from_being_answered_keeps_all(failure: Failure) -> None:
    outputs, asked_for = run({"lists": Output(1, failure=failure)})

    assert asked_for == ["lists"]
    assert {each.failure for each in outputs} == {failure}


def test_exec_that_is_forbidden_is_not_tried_for_each_page() -> None:
    outputs, asked_for = run({"pages": Output(1, "", "may not", failure=Failure.FORBIDDEN)}, (CLUSTERZ, NETWORKZ))

    assert asked_for == ["pages"]
    assert {each.failure for each in outputs} == {Failure.FORBIDDEN}


@pytest.mark.parametrize(
    "whole",
    [
        Output(1, "", "error: the server doesn't have a resource type"),
        Output(126, "", "sh: not found"),
        Output(0, failure=Failure.TOO_LARGE),
        Output(0, failure=Failure.UNREADABLE),
        Output(1, part("r"), f"{FORBIDDEN}Error from server (InternalError): odd\n", failure=Failure.FORBIDDEN),
    ],
)
def test_each_asks_by_itself_where_one_question_does_not_do(whole: Output) -> None:
    alone = {command.key: Output(stdout=command.key) for command in LISTS}

    outputs, asked_for = run({"lists": whole, **alone})

    assert asked_for == ["lists", "pods", "resources", "istio-config"]
    assert [each.stdout for each in outputs] == ["pods", "resources", "istio-config"]
    assert sum(each.commands for each in outputs) == 4


def test_part_that_cannot_be_read_spoils_no_other() -> None:
    text = together((PODS, RESOURCES)).redact("one column\n--\n")

    outputs, _ = run({"lists": Output(stdout=text)}, (PODS, RESOURCES))

    assert [each.failure for each in outputs] == [Failure.UNREADABLE, Failure.NONE]
    assert "columns" in outputs[0].stderr


def test_what_can_be_asked_as_one_has_one_turn() -> None:
    turns = Turns(32, set())

    turns.add(Wish(command, "c1") for command in (PODS, RESOURCES, ISTIO_CONFIG))
    turns.add(Wish(command, "c1", target) for target in ("a", "b") for command in PAGES)

    assert [len(each) for each in turns.due()] == [3, 4, 4]
