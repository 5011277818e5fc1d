"""`trace` prints the path of every pair hop by hop, and leaves with what it found."""

import json

import pytest

from kubectl_mcdiag.cli.main import main
from tests.scenarios import FIXTURES

BROKEN = FIXTURES / "1.31" / "subset-unknown-to-gateway"


def trace(*words: str) -> int:
    return main(["kubectl-mcdiag", "trace", "helloworld.sample", "--bundle", str(BROKEN), *words])


def test_hop_where_a_call_breaks_is_shown_with_its_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert trace() == 1

    said = capsys.readouterr().out
    assert "cluster1 → cluster2: curl-" in said
    assert "entrance    FAIL  Gateway istio-eastwestgateway" in said
    assert "$ istioctl --context cluster2 proxy-config listeners" in said


def test_paths_are_data_as_well(capsys: pytest.CaptureFixture[str]) -> None:
    assert trace("-o", "json", "--port", "5000") == 1

    found = json.loads(capsys.readouterr().out)
    (path,) = found[0]["paths"]
    assert (found[0]["from"], found[0]["to"], path["port"]) == ("cluster1", "cluster2", 5000)
    assert {hop["hop"]: hop["state"] for hop in path["hops"]}["entrance"] == "broken"


def test_port_that_nothing_has_is_not_seen(capsys: pytest.CaptureFixture[str]) -> None:
    assert trace("--port", "1") == 3
    assert "no call to follow" in capsys.readouterr().out


def test_service_that_is_nowhere_is_no_verdict(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["kubectl-mcdiag", "trace", "nosuch.sample", "--bundle", str(BROKEN)]) == 2
    assert "nosuch.sample" in capsys.readouterr().err
