"""Every recorded mesh gives what its `expected.yaml` says: codes, statuses, subjects, pairs, hops."""

from typing import Any

import pytest
import yaml

from kubectl_mcdiag.evidence.parsers.shapes import load_yaml
from tests.scenarios import Scenario, followed, misjudged, replay, scenarios, told


def each(some: list[Scenario]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("scenario", [_marked(one) for one in some])


def _marked(scenario: Scenario) -> Any:
    misjudged = [pytest.mark.xfail(reason=scenario.misjudged, strict=True)] if scenario.misjudged else []
    return pytest.param(scenario, id=scenario.name, marks=misjudged)


@each([scenario for scenario in scenarios() if not scenario.misjudged])
def test_scenario_gives_what_it_expects(scenario: Scenario, request: pytest.FixtureRequest) -> None:
    path = scenario.path / "expected.yaml"
    found = {**told(replay(scenario)), "calls": followed(scenario)}
    if request.config.getoption("--update"):
        text = yaml.safe_dump(found, allow_unicode=True, sort_keys=False, width=110)
        path.write_text(text, "utf-8")

    assert load_yaml(path.read_text("utf-8")) == found


@each([scenario for scenario in scenarios() if scenario.truths])
def test_scenario_names_its_fault_first(scenario: Scenario) -> None:
    report = replay(scenario)

    for truth in scenario.truths:
        if truth["status"] == "note":
            assert truth["code"] in {note.check.code for note in report.notes}
            assert not report.root_causes
            continue
        named = [cause for cause in report.root_causes if cause.check.code == truth["code"]]
        assert named, f"{truth['code']} is not among {[c.check.code for c in report.root_causes]}"
        assert {cause.finding.status.value for cause in named} == {truth["status"]}
        assert {str(pair) for cause in named for pair in cause.finding.scope.pairs} == set(truth["pairs"])
    wanted = [truth["code"] for truth in scenario.truths]
    assert [cause.check.code for cause in report.root_causes if cause.check.code not in wanted] == []


@each([scenario for scenario in scenarios() if scenario.path.name.startswith("healthy")])
def test_healthy_scenario_has_no_root_cause(scenario: Scenario) -> None:
    report = replay(scenario)

    assert report.root_causes == ()
    assert {verdict.status.value for verdict in report.pairs} == {"pass"}
    assert report.unknowns == ()


def test_misjudged_scenarios_exist() -> None:
    assert set(misjudged()) <= {scenario.name for scenario in scenarios()}
