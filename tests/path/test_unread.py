"""What a call's routes and counters do not show is unknown, and no answer that is missing speaks well of a hop."""

import pytest

from kubectl_mcdiag.mesh.model import Status
from kubectl_mcdiag.verdict.judge import report
from tests.scenarios import askable, scenarios, snapshot, without


@pytest.mark.parametrize(
    ("name", "command", "code"),
    [
        ("1.31/subset-nowhere-followed", "client-config", "MC903"),
        ("1.31/token-demanded", "server-decisions", "MC907"),
        ("1.31/remote-secret-label", "secrets", "MC302"),
        ("1.31/remote-secret-key", "secrets", "MC304"),
        ("1.20/remote-secret-exec", "secrets", "MC311"),
    ],
)
def test_rule_does_not_pass_without_what_it_needs(name: str, command: str, code: str) -> None:
    scenario = next(one for one in scenarios() if one.name == name)
    whole = snapshot(scenario)
    lost = {key for key in whole.observations if key[0] == command}
    less = report(without(whole, lost, "lost"), askable(scenario))

    units = next(one.units for one in less.results if one.check.code == code)
    failing = {verdict.pair for verdict in less.pairs if verdict.status is Status.FAIL}
    assert lost
    assert Status.UNKNOWN in {unit.status for unit in units} or {unit.unit for unit in units} <= failing
