"""The last net: it catches what looks like a secret in any text, and leaves alone what diagnosis needs."""

import base64
import json
import time
from dataclasses import replace
from pathlib import Path

import pytest

from kubectl_mcdiag.cli.main import main
from kubectl_mcdiag.errors import ParseError
from kubectl_mcdiag.evidence.masking import Net, masked, rules
from kubectl_mcdiag.evidence.model import Command, Invocation, Output, Settings
from kubectl_mcdiag.report.clean import cleaned
from kubectl_mcdiag.run import terminal
from kubectl_mcdiag.sources.bundle import Bundle, Recorder
from kubectl_mcdiag.sources.masked import Masked
from tests.scenarios import FIXTURES, replay, scenarios
from tests.test_bundle import TAKEN_AT, Told, invocation

SECRET = "Canary7Vb2Qn/9xK4mPz8LwT3rYu6"
JWT = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJjYW5hcnkifQ.c2lnbmF0dXJl"


def in_base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


CAUGHT = {
    "a key": f"-----BEGIN RSA PRIVATE KEY-----\n{SECRET}\n-----END RSA PRIVATE KEY-----\n",
    "a key on one line": json.dumps(f"-----BEGIN PRIVATE KEY-----\n{SECRET}\n-----END PRIVATE KEY-----\n"),
    "a key cut off": f"-----BEGIN EC PRIVATE KEY-----\n{SECRET}",
    "a key in base64": in_base64(f"-----BEGIN EC PRIVATE KEY-----\n{SECRET}\n-----END EC PRIVATE KEY-----\n"),
    "a JWT": f"token {JWT} refused",
    "a JWT in base64": in_base64(JWT),
    "a JWT in base64, further in": in_base64(f'{{"kind":"ExecCredential","status":{{"token":"{JWT}"}}}}'),
    "an environment": f"AWS_SECRET_ACCESS_KEY={SECRET}",
    "a field": f"password: {SECRET}",
    "a field of JSON": json.dumps({"clientSecret": SECRET}),
    "a field of JSON in JSON": json.dumps(json.dumps({"api_key": SECRET})),
    "an option": f"--token={SECRET}",
    "client-key-data": f"client-key-data: {in_base64(SECRET)}",
    "a header": f"Authorization: Bearer {SECRET}",
    "a cookie": f"Set-Cookie: session={SECRET}; Path=/",
    "a user of a URL": f"https://me:{SECRET}@proxy:3128",
    "EKS": f"k8s-aws-v1.{SECRET.replace('/', '')}",
    "Google": f"ya29.{SECRET.replace('/', '')}",
    "Vault": f"hvs.{SECRET.replace('/', '')}",
    "GitHub": f"ghp_{SECRET.replace('/', '')}",
    "a random word": f"it said {SECRET} and ended",
}


@pytest.mark.parametrize("kind", CAUGHT)
def test_secret_is_caught(kind: str) -> None:
    caught = masked(CAUGHT[kind])

    for secret in (SECRET, SECRET.replace("/", ""), in_base64(SECRET)[4:-4], JWT, in_base64(JWT)):
        assert secret not in caught
    assert masked(caught) == caught


LEFT = (
    "SHA-256 4f1c9a0781d2b9c7e6f5a4b3c2d1e0f94f1c9a0781d2b9c7e6f5a4b3c2d1e0f9",
    "SHA256:4F1C9A0781D2B9C7E6F5A4B3C2D1E0F9",
    "istio-eastwestgateway-5b8886f9f5-wbrwj.istio-system",
    "outbound_.5000_._.helloworld.sample.svc.cluster.local",
    "2026-11-28T03:58:34Z/676c2efd0-1040-49b3-b6e0-8e54d50af9fd",
    "watch error in cluster cluster2: failed to list *v1.Secret: secrets is forbidden\tcluster=c secret=istio-system/a",
    '{"authentication": "token", "token": null, "secret": "istio-reader-service-account-istio-remote-secret-token"}',
    "token: not a JSON Web Token",
    "spiffe://cluster.local/ns/istio-system/sa/istio-ingressgateway-service-account",
    "PILOT_INSECURE_MULTICLUSTER_KUBECONFIG_OPTIONS=exec",
)


@pytest.mark.parametrize("text", LEFT)
def test_what_diagnosis_needs_is_left(text: str) -> None:
    assert masked(text) == text


def test_recorded_answers_are_left_as_they_are(thorough: bool) -> None:
    """No text of any recorded mesh looks like a secret: certificates, digests and names are none."""
    names = ("bundle.yaml", "expected.yaml", "meta.yaml", "truth.yaml")
    files = [path for path in sorted(FIXTURES.rglob("*")) if path.is_file() and path.name not in names]
    for path in files if thorough else files[::7]:
        text = path.read_text("utf-8")
        assert masked(text) == text, path


@pytest.mark.parametrize("piece", ["password", "a", "aA1", "eyJ", "://", "Bearer ", "-----BEGIN PRIVATE KEY-----"])
def test_net_takes_linear_time(piece: str) -> None:
    began = time.process_time()
    masked(piece * (1_000_000 // len(piece)))

    assert time.process_time() - began < 5


def test_letters_that_grow_when_made_small_lose_nothing() -> None:
    assert masked(f"İ password: {SECRET}") == "İ password: [value of a secret key]"


def test_patterns_of_the_operator_are_a_line_each() -> None:
    own = rules("# names of customers\n\nACME-\\d+\n  (?i)blue harvest  \n")
    net = Net(own)

    assert net.masked("ACME-17 Blue Harvest ACME") == "[own pattern, line 3] [own pattern, line 4] ACME"
    assert net.found == {"own pattern, line 3": 1, "own pattern, line 4": 1}


@pytest.mark.parametrize(("text", "why"), [("ok\n[", "line 2 is not"), ("a*", "line 1 matches everything")])
def test_pattern_that_is_none_is_refused_by_its_line(text: str, why: str) -> None:
    with pytest.raises(ParseError, match=why):
        rules(text)


def test_file_of_patterns_that_cannot_be_used_is_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "own").write_text("[")
    (tmp_path / "bytes").write_bytes(b"\xff")
    for name, why in (("own", "line 1 is not"), ("bytes", "not UTF-8"), ("none", "cannot be read: No such file")):
        assert main(["kubectl-mcdiag", "collect", str(tmp_path / "b"), "--redact", str(tmp_path / name)]) == 2
        assert why in capsys.readouterr().err
    assert {path.name for path in tmp_path.iterdir()} == {"own", "bytes"}


def test_recording_lists_what_was_masked_and_by_which_rule(tmp_path: Path) -> None:
    asked = invocation()
    answer = Output(1, f"password: {SECRET} and ACME-1", f"Bearer {SECRET}")
    source = Masked(Told({asked.identity: answer}), rules("ACME-\\d"))
    with Recorder(source, tmp_path / "b", ("cluster1",), Settings(), TAKEN_AT) as recorder:
        output = recorder.run(asked, 1)
        recorder.note_masked(source.found)

    assert (output.stdout, output.stderr) == (
        "password: [value of a secret key] and [own pattern, line 1]",
        "Bearer [credentials]",
    )
    header = (tmp_path / "b/bundle.yaml").read_text()
    assert "rule: own pattern, line 1\n  command: pods\n  times: 1" in header
    assert header.count("- rule: ") == 3
    assert SECRET not in header + (tmp_path / "b/cluster1/pods.txt").read_text()
    assert Bundle.open(tmp_path / "b").run(asked, 1).stdout == output.stdout


def test_what_is_told_and_what_is_printed_goes_through_the_net(capsys: pytest.CaptureFixture[str]) -> None:
    terminal.tell(f"password: {SECRET}")
    assert capsys.readouterr().err == "password: [value of a secret key]\n"
    told = replace(replay(scenarios()[0]), members=(f"password={SECRET}",))
    assert cleaned(told).members == ("password=[value of a secret key]",)


def test_command_without_secrets_is_not_slowed_by_its_net() -> None:
    command: Command[str] = Command("pods", "kubectl", (), str)
    source = Masked(Told({("pods", "a", ""): Output(stdout="plain")}))

    assert source.run(Invocation(command, "a", "", (), ()), 1) == Output(stdout="plain")
    assert source.found == {}
