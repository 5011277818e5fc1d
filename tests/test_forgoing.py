"""`--no-exec` and `--no-secrets`: nothing of the kind is asked, its checks do not apply, and exit 0 stays possible."""

import json
import re
import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from kubectl_mcdiag.cli.main import main
from kubectl_mcdiag.evidence.commands import COMMANDS, PROXY_CERTIFICATES
from kubectl_mcdiag.evidence.commands.common import forgone, permitted
from kubectl_mcdiag.evidence.model import Failure, Invocation, Output, Settings, Snapshot
from kubectl_mcdiag.evidence.parsers.envoy import proxy_certificates
from kubectl_mcdiag.mesh.model import Status
from kubectl_mcdiag.run.collect import AtOnce, collect
from kubectl_mcdiag.verdict.judge import report
from kubectl_mcdiag.verdict.model import Report
from tests.impostor import impostor
from tests.scenarios import FIXTURES, Scenario, askable, bundle, replay, sample, snapshot

CHOICES = [{"no_exec": True}, {"no_secrets": True}, {"no_exec": True, "no_secrets": True}]
HEALTHY = Scenario(FIXTURES / "1.31" / "healthy-multi-network")
GOLDEN = Path(__file__).parent / "golden"
CLUSTERS = ("--context", "cluster1,cluster2")


def judged(scenario: Scenario, **given: bool) -> tuple[Snapshot, Report]:
    """Return what is asked of a recording, and said of it, where the operator forgoes some."""
    found = bundle(scenario)
    settings = replace(found.settings, **given)
    asked = collect(found, Snapshot(found.contexts, found.taken_at, settings), time.monotonic() + 60, executor=AtOnce())
    return asked, report(asked, askable(scenario))


@pytest.mark.parametrize("given", CHOICES, ids=lambda given: "+".join(given))
def test_healthy_mesh_is_green_without(given: dict[str, bool]) -> None:
    asked, said = judged(HEALTHY, **given)

    assert [each.reason for each in said.unknowns] == []
    assert {each.status for each in said.pairs} == {Status.PASS}
    needed = {p.resource for each in asked.observations.values() for p in each.invocation.command.permissions}
    assert not needed & ({"pods/exec"} if given.get("no_exec") else set())
    assert not needed & ({"secrets"} if given.get("no_secrets") else set())
    skipped = [each.reason for each in said.results if each.status is Status.SKIP and "--no-" in each.reason]
    assert len(skipped) > 3


@pytest.mark.parametrize("given", CHOICES, ids=lambda given: "+".join(given))
def test_nothing_is_unknown_or_found_that_would_not_be_otherwise(given: dict[str, bool], thorough: bool) -> None:
    for scenario in sample(thorough):
        before, (_, after) = replay(scenario), judged(scenario, **given)

        reasons = {each.reason for each in before.unknowns}
        assert [each.reason for each in after.unknowns if each.reason not in reasons] == [], scenario.name
        found = {each.check.code for each in before.results if each.status in (Status.FAIL, Status.WARN)}
        more = {each.check.code for each in after.results if each.status in (Status.FAIL, Status.WARN)} - found
        # Without Secrets a key that is no cluster ID is one of a cluster that istiod does not know.
        assert more <= {"MC301", "MC503"}, scenario.name


def test_roots_that_differ_are_found_in_config_maps() -> None:
    _, said = judged(Scenario(FIXTURES / "1.31" / "roots-differ"), no_secrets=True)

    assert "MC201" in {cause.check.code for cause in said.root_causes}


def test_remote_secret_that_is_missing_is_found_by_what_istiod_says() -> None:
    _, said = judged(Scenario(FIXTURES / "1.31" / "remote-secret-missing"), no_secrets=True)

    (cause,) = said.root_causes
    assert cause.check.code == "MC301"
    assert "has no remote secret for cluster2 that it reads" in str(cause.finding.problem)
    assert "secrets" not in str(cause.finding.evidence[0].command)
    assert "(its own)" in cause.finding.evidence[0].excerpt


def test_members_are_named_without_secrets() -> None:
    whole = snapshot(HEALTHY)
    one = replace(whole, contexts=("cluster1",), settings=replace(whole.settings, no_secrets=True))
    kept = {key: found for key, found in one.observations.items() if "secrets" not in key[0]}

    assert report(replace(one, observations=kept), askable(HEALTHY)).members == ("cluster2",)


def test_proxies_are_read_through_istioctl_instead() -> None:
    settings = Settings(no_exec=True)
    by_exec = [each for each in COMMANDS if each.needs("pods/exec")]
    instead = [permitted(each, settings) for each in by_exec if not forgone(each, settings)]

    assert {each.tool for each in instead} == {"istioctl"}
    assert sorted(each.key for each in instead) == [
        "envoy-clusters-later",
        "gateway-clusters",
        "gateway-clusters-later",
        "proxy-certificates",
    ]
    assert all(permitted(each, Settings()) is each for each in COMMANDS)


def cameled(value: Any) -> Any:
    """Return what Envoy prints with the keys that istioctl gives it."""
    if isinstance(value, dict):
        return {re.sub("_([a-z])", lambda found: found[1].upper(), key): cameled(each) for key, each in value.items()}
    return [cameled(each) for each in value] if isinstance(value, list) else value


def test_certificates_are_read_as_istioctl_prints_them() -> None:
    """As `istioctl proxy-config secret -o json` of 1.31 prints them: seen in the lab."""
    plain = (GOLDEN / "parsers" / "proxy-certificates.json").read_text("utf-8")
    entries = cameled(json.loads(plain)["configs"])
    entries[0]["secret"].setdefault("tlsCertificate", {})["privateKey"] = {"inlineBytes": "S0VZ"}
    camel = json.dumps({"dynamicActiveSecrets": entries})

    kept = proxy_certificates.redact(camel)
    assert "tlsCertificate" in camel
    assert "S0VZ" not in kept
    assert proxy_certificates.parse(kept) == proxy_certificates.parse(proxy_certificates.redact(plain))
    assert proxy_certificates.parse(kept).roots.startswith("-----BEGIN CERTIFICATE-----")
    assert PROXY_CERTIFICATES.forwarded[:2] == ("proxy-config", "secret")


def test_nothing_of_the_kind_is_asked_of_live_clusters(tmp_path: Path) -> None:
    mesh = impostor(tmp_path / "tools")
    run = mesh.run(
        "check", *CLUSTERS, "--no-exec", "--no-secrets", "-v", "6", "-o", "json", "--save", str(tmp_path / "x")
    )

    assert (run.code, [pair["verdict"] for pair in run.report["pairs"]]) == (0, ["pass", "pass"])
    assert " exec " not in run.err
    assert " secrets" not in run.err
    again = mesh.run("check", "--bundle", str(tmp_path / "x"), "-o", "json")
    assert (again.code, again.report["unknown"]) == (0, [])


def test_probes_need_exec(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["kubectl-mcdiag", "check", *CLUSTERS, "--no-exec", "--probe"]) == 2
    assert "--probe sends requests by exec, which --no-exec rules out" in capsys.readouterr().err


def test_tool_that_is_missing_is_still_unknown() -> None:
    class Source:
        def run(self, invocation: Invocation, timeout: float) -> Output:
            if invocation.command.tool == "istioctl":
                return Output(stderr="istioctl is not on the PATH", failure=Failure.TOOL_MISSING)
            return bundle(HEALTHY).run(invocation, timeout)

    settings = Settings(no_exec=True)
    blank = Snapshot(bundle(HEALTHY).contexts, datetime.now(UTC), settings)
    said = report(collect(Source(), blank, time.monotonic() + 60, executor=AtOnce()), askable(HEALTHY))

    assert all("istioctl" in each.reason for each in said.unknowns)
    assert said.unknowns
