"""Requests of our own: only where they are allowed, said beforehand, without what answers hold, and never in favour."""

from dataclasses import replace

import pytest

from kubectl_mcdiag.checks.catalogue import CHECKS
from kubectl_mcdiag.cli.main import exit_code, main
from kubectl_mcdiag.errors import ParseError
from kubectl_mcdiag.evidence.commands import COMMANDS, PODS, PROBE_CONNECT, RESOURCES
from kubectl_mcdiag.evidence.model import Invocation, Output
from kubectl_mcdiag.evidence.parsers.probes import connect, requests
from kubectl_mcdiag.mesh.model import Status
from kubectl_mcdiag.mesh.view import View
from kubectl_mcdiag.run.collect import wishes
from kubectl_mcdiag.sources.announced import Announced
from kubectl_mcdiag.verdict.judge import report
from tests.edits import changed, each, mesh
from tests.scenarios import FIXTURES, Scenario, askable, replay, scenarios, snapshot

WORSE = (0, 3, 1)
GREETING = "Hello version: v1, instance: helloworld-v1-75d47bd5b9-kp7gd"
REFUSED = "curl: (7) Failed to connect to 127.0.0.1 port 1 after 0 ms: Couldn't connect to server"


def scenario_named(name: str) -> Scenario:
    return Scenario(FIXTURES / "1.31" / name)


def test_probing_never_makes_the_exit_code_better() -> None:
    probed = [scenario for scenario in scenarios() if snapshot(scenario).settings.probe]
    assert len(probed) > 5
    for scenario in probed:
        whole = snapshot(scenario)
        silent = report(replace(whole, settings=replace(whole.settings, probe=False)), askable(scenario))

        assert WORSE.index(exit_code(replay(scenario), "fail")) >= WORSE.index(exit_code(silent, "fail")), scenario.name


def test_nothing_is_sent_unless_it_is_allowed() -> None:
    whole = snapshot(scenario_named("healthy-probe"))
    silent = replace(whole, settings=replace(whole.settings, probe=False))

    assert {wish.command.key for wish in wishes(View(whole)) if wish.command.sends_requests} == {
        command.key for command in COMMANDS if command.sends_requests
    }
    assert not [wish for wish in wishes(View(silent)) if wish.command.sends_requests]


def test_cluster_without_an_address_is_not_connected_to() -> None:
    hidden = changed(
        mesh("healthy-probe"), RESOURCES, "cluster2", each(lambda one: replace(one, ingress=()), "services")
    )
    found = next(result for result in report(hidden, CHECKS).results if result.check.code == "MC632")

    assert {unit.reason for unit in found.units if "address" in unit.reason} == {
        "cluster2 has no address to connect to"
    }


def test_pod_that_is_not_there_is_said_with_the_commands_that_make_it() -> None:
    found = next(r for r in replay(scenario_named("probe-no-outsider")).results if r.check.code == "MC632")
    skipped = next(unit for unit in found.units if unit.status is Status.SKIP)

    assert "cluster1 has no pod without a sidecar that has curl or wget" in skipped.reason
    assert "kubectl --context cluster1 create namespace uninjected-sample" in skipped.reason


def test_recording_takes_no_requests(capsys: pytest.CaptureFixture[str]) -> None:
    path = str(FIXTURES / "1.31" / "healthy-probe")

    assert main(["kubectl-mcdiag", "check", "--probe", "--bundle", path]) == 2
    assert "--bundle has none" in capsys.readouterr().err


def test_requests_are_announced_and_nothing_else_is() -> None:
    class Silent:
        def run(self, _invocation: Invocation, _timeout: float) -> Output:
            return Output()

    said: list[str] = []
    source = Announced(Silent(), said.append)
    for command in (PODS, PROBE_CONNECT):
        source.run(Invocation(command, "cluster1", "", (), ("kubectl", command.key)), 1)

    assert said == ["probe: kubectl probe-connect"]


@pytest.mark.parametrize(
    ("output", "answers"),
    [
        (f"{GREETING}\n\nstatus 200\n", [(200, GREETING)]),
        (f"{REFUSED}\n\nstatus 000\n", [(0, REFUSED)]),
        # GNU wget
        (f"  HTTP/1.0 200 OK\n  Server: x\n{GREETING}\nstatus 200\n", [(200, f"OK {GREETING}")]),
        ("  HTTP/1.0 404 Not Found\n  Date: x\nstatus 000\n", [(404, "Not Found")]),
        ("status 000\nstatus 000\n", [(0, ""), (0, "")]),
    ],
)
def test_answers_are_read(output: str, answers: list[tuple[int, str]]) -> None:
    found = requests.parse(requests.redact(output))

    assert found.has_client
    assert [(answer.status, answer.text) for answer in found.answers] == answers


def test_answer_keeps_names_of_pods_and_nothing_else() -> None:
    body = '{"password": "hunter2-secret", "host": "web-6d4cf56db6-x2k7p", "set": "db-0"}\nstatus 200\n'

    assert requests.redact(body) == "web-6d4cf56db6-x2k7p db-0\nstatus 200\n"


def test_pod_without_a_client_is_told() -> None:
    assert not requests.parse("neither curl nor wget\n").has_client
    assert not connect.parse("neither curl nor wget\ndone\n").has_client


@pytest.mark.parametrize(
    ("output", "made", "error"),
    [
        ("curl: (56) Recv failure: Connection reset by peer\n000 0.006629\ndone\n", True, "Recv failure: Connection"),
        (f"{REFUSED}\n000 0.000000\ndone\n", False, "Failed to connect to 127.0.0.1 port 1"),
        ("wget 8\ndone\n", True, ""),
        ("wget 4\ndone\n", False, "no answer"),
        (
            "wget: can't connect to remote host (127.0.0.1): Connection refused\nwget 1\ndone\n",
            False,
            "can't connect to remote host (127.0.0.1): Connection refused",
        ),
    ],
)
def test_connection_is_read(output: str, made: bool, error: str) -> None:
    found = connect.parse(output)

    assert found.is_made is made
    assert found.error.startswith(error)


@pytest.mark.parametrize("output", ["", "Segmentation fault\nwget 139\ndone\n", "000 0.0"])
def test_attempt_that_did_not_end_proves_nothing(output: str) -> None:
    with pytest.raises(ParseError):
        connect.parse(output)
    with pytest.raises(ParseError):
        requests.parse(output)
