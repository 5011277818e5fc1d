"""What is read off the stderr of failed commands, as kubectl 1.32 and 1.34 and istioctl 1.31 word it."""

import shlex
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kubectl_mcdiag.evidence.commands import CONFIG_MAPS
from kubectl_mcdiag.evidence.model import Command, Failure, Invocation, Output, Settings
from kubectl_mcdiag.evidence.parsers.failures import classify, denied, last_line, reason, said
from kubectl_mcdiag.run.collect import Wish, invoke, observe

USER = 'User "system:serviceaccount:ops:jo"'
LIST = f'nodes is forbidden: {USER} cannot list resource "nodes" in API group "" at the cluster scope'
GROUP = (
    f'gateways.networking.istio.io is forbidden: {USER} cannot list resource "gateways" '
    'in API group "networking.istio.io" at the cluster scope'
)
EXEC = (
    f'pods "istiod-0" is forbidden: {USER} cannot create resource "pods/exec" in API group "" '
    'in the namespace "istio-system"'
)
CONNECT = "Unable to connect to the server: "
MEMCACHE = (
    'E1123 23:38:39.142764   29706 memcache.go:265] "Unhandled Error" err="couldn\'t get current server API '
    'group list: Get \\"https://127.0.0.1:1/api?timeout=2s\\": dial tcp 127.0.0.1:1: connect: refused"\n'
)

WORDINGS = {
    Failure.FORBIDDEN: (
        f"Error from server (Forbidden): {LIST}\n",
        f"Error from server (Forbidden): {EXEC}\n",
        f"Error: failed to list pods: {LIST}\n",
        f'users "jo" is forbidden: {USER} cannot impersonate resource "users" in API group ""',
    ),
    Failure.UNAUTHORIZED: (
        "error: You must be logged in to the server (Unauthorized)\n",
        "error: the server has asked for the client to provide credentials\n",
        "Please enter Username: error: EOF",
        "error: EOF\n",
        f"{CONNECT}getting credentials: exec: executable x not found",
        f"{CONNECT}getting credentials: exec: executable x failed with exit code 1",
    ),
    Failure.UNREACHABLE: (
        f"{MEMCACHE}The connection to the server 127.0.0.1:1 was refused - did you specify …\n",
        f"{CONNECT}dial tcp: lookup a.invalid on 10.0.0.1:53: no such host",
        f"{CONNECT}dial tcp 10.0.0.1:443: i/o timeout",
        f"{CONNECT}dial tcp 10.0.0.1:443: connect: no route to host",
        f"{CONNECT}context deadline exceeded",
        f"{CONNECT}net/http: TLS handshake timeout",
        f"{CONNECT}tls: failed to verify certificate: x509: certificate signed by unknown authority",
        'Get "https://a": net/http: request canceled (Client.Timeout exceeded while awaiting headers)',
        "error: http2: client connection lost",
        'Error: Get "https://10.0.0.1/api": dial tcp 10.0.0.1:443: connect: connection refused',
    ),
    Failure.NONE: (
        'Error from server (NotFound): pods "istiod-x" not found\n',
        'error: the server doesn\'t have a resource type "nosuchkind"\n',
        "Error in configuration: context was not found for specified context: nope\n",
        "dial tcp 127.0.0.1:15000: connect: connection refused\ncommand terminated with exit code 1\n",
        "x509: certificate has expired\ncommand terminated with exit code 255",
        "",
    ),
}


def invocation(tool: str = "kubectl", context: str = "cluster2") -> Invocation:
    return Invocation(Command("resources", tool, (), str), context, "", (tool,), (tool,))


@pytest.mark.parametrize(
    ("failure", "stderr"), [(failure, text) for failure, texts in WORDINGS.items() for text in texts]
)
def test_wording_is_told_apart(failure: Failure, stderr: str) -> None:
    assert classify(1, stderr) is failure


def test_exit_code_zero_is_no_failure_whatever_was_logged() -> None:
    assert classify(0, "warning: connection refused, retried") is Failure.NONE


def test_denied_names_each_resource_once_as_kubectl_does() -> None:
    stderr = f"Error from server (Forbidden): {LIST}\nError from server (Forbidden): {GROUP}\n{LIST}\n"
    assert denied(stderr) == ("nodes", "gateways.networking.istio.io")


@pytest.mark.parametrize(
    "other",
    [
        "Error from server (ServiceUnavailable): the server is currently unable to handle the request",
        "Unable to connect to the server: net/http: TLS handshake timeout",
        "The connection to the server 172.30.0.12:6443 was refused - did you specify the right host or port?",
    ],
)
def test_second_kind_of_error_leaves_open_what_is_whole(other: str) -> None:
    stderr = (
        'Error from server (Forbidden): nodes is forbidden: User "jo" cannot list resource "nodes" in API group ""\n'
    )
    assert denied(stderr) == ("nodes",)
    assert denied(f"{stderr}{other}\n") == ()


def test_denied_is_empty_for_other_verbs() -> None:
    assert denied(EXEC) == ()


@pytest.mark.parametrize(
    ("stderr", "line"),
    [
        ("", ""),
        (MEMCACHE + "Unable to connect to the server: no such host\n", "no such host"),
        (
            "2026/11/23 23:52:16 INFO memory\nError: unknown shorthand flag: 'd' in -d\n",
            "unknown shorthand flag: 'd' in -d",
        ),
        ("boom\ncommand terminated with exit code 255\n", "boom"),
        ("command terminated with exit code 255\n", "command terminated with exit code 255"),
        ("error: error: nested.\n", "nested"),
        ("x" * 1000, "x" * 300),
    ],
)
def test_last_line_is_the_one_that_says_most(stderr: str, line: str) -> None:
    assert last_line(stderr) == line


def test_answered_invocation_has_no_reason() -> None:
    assert reason(invocation(), Output()) == ""


@pytest.mark.parametrize(
    ("output", "sentence"),
    [
        (
            Output(failure=Failure.TOOL_MISSING, stderr="kubectl is not on the PATH"),
            "cluster2: kubectl is not on the PATH",
        ),
        (
            Output(-9, failure=Failure.TIMED_OUT, seconds=10.02),
            "cluster2: no answer to resources within 10 s; try a longer --timeout",
        ),
        (
            Output(failure=Failure.TIMED_OUT),
            "cluster2: no answer to resources within the time left; try a longer --timeout",
        ),
        (
            Output(
                -9,
                "2026-11-24T00:04:52.415702Z\terror\twatch error in cluster c: Unauthorized\n",
                "",
                9.6,
                Failure.TIMED_OUT,
            ),
            "cluster2: no answer to resources within 10 s: watch error in cluster c: Unauthorized; "
            "try a longer --timeout",
        ),
        (
            Output(1, stderr=f"Error from server (Forbidden): {GROUP}", failure=Failure.FORBIDDEN),
            "cluster2: system:serviceaccount:ops:jo may not list gateways.networking.istio.io in all "
            "namespaces; `kubectl --context cluster2 auth can-i list gateways.networking.istio.io -A` "
            "asks the same",
        ),
        (
            Output(1, stderr=f"Error from server (Forbidden): {EXEC}", failure=Failure.FORBIDDEN),
            "cluster2: system:serviceaccount:ops:jo may not create pods/exec in namespace istio-system; "
            "`kubectl --context cluster2 auth can-i create pods/exec -n istio-system` asks the same",
        ),
        (
            Output(1, stderr="Error from server (Forbidden): by a policy", failure=Failure.FORBIDDEN),
            "cluster2: not allowed: Error from server (Forbidden): by a policy; "
            "`kubectl --context cluster2 auth can-i --list` asks the same",
        ),
        (
            Output(1, stderr="error: EOF", failure=Failure.UNAUTHORIZED),
            "cluster2: no valid credentials: the kubeconfig has none for this context; "
            "log in again, then try `kubectl --context cluster2 auth whoami`",
        ),
        (
            Output(1, stderr="Unable to connect to the server: EOF", failure=Failure.UNREACHABLE),
            "cluster2: the API server cannot be reached: EOF; try `kubectl --context cluster2 get --raw /readyz`",
        ),
        (Output(failure=Failure.INTERRUPTED), "cluster2: resources was interrupted"),
        (
            Output(-9, stderr="more than 5 bytes", failure=Failure.TOO_LARGE),
            "cluster2: resources printed too much: more than 5 bytes",
        ),
        (
            Output(failure=Failure.NOT_RECORDED),
            "cluster2: resources is not in the recording; record again with `kubectl mcdiag collect PATH`",
        ),
        (
            Output(1, stderr='Error from server (NotFound): pods "a" not found'),
            'cluster2: resources failed with exit code 1: Error from server (NotFound): pods "a" not found',
        ),
    ],
)
def test_reason_says_what_and_what_to_do(output: Output, sentence: str) -> None:
    assert reason(invocation(), output) == sentence


def test_command_of_no_cluster_names_the_kubeconfig() -> None:
    output = Output(1, stderr="error: yaml: line 1", failure=Failure.UNREACHABLE)
    assert reason(invocation(context=""), output).startswith("kubeconfig: ")
    assert "--context" not in reason(invocation(context=""), output)


def test_context_is_quoted_for_the_shell() -> None:
    context = "a; rm -rf /"
    said = reason(invocation(context=context), Output(1, failure=Failure.UNREACHABLE))
    assert f"--context {shlex.quote(context)} " in said


HELPERS = {
    "aws": "An error occurred (ExpiredToken) {}: AWS_SECRET_ACCESS_KEY={}",
    "aws-iam-authenticator": "could not get token: k8s-aws-v1.{}",
    "gke-gcloud-auth-plugin": "print credential failed with error: Failed to retrieve access token ya29.{}",
    "kubelogin": "error: get-token: authentication error: oauth2: cannot fetch token: 400 refresh_token={}",
    "azure": "E0101 main.go:1] failed to get token: AADSTS70002 client_secret: '{}'",
    "tsh": "ERROR: access denied to {} Set-Cookie: session={}",
    "vault": "Error making API request. Code: 403. X-Vault-Token: hvs.{}",
    "okta": '{{"error":"invalid_grant","password":"{}"}}',
    "doctl": "Error: GET https://api.example.com/v2/{}/kubeconfig?token={}: 401",
    "oci": "config file invalid: pass_phrase={}",
    "ibmcloud": "FAILED IAM token: Bearer {}",
    "kubectl -v=8": "I0101 round_trippers.go] Authorization: Basic {} Response Body: {{client-key-data: {}}}",
}
SECRET = "canary7Vb2Qn"


@pytest.mark.parametrize("helper", HELPERS)
def test_nothing_of_what_a_credential_helper_says_is_kept_but_known_phrases(helper: str) -> None:
    """Finding H2: 10 of 10 shapes of secrets passed the four patterns there were."""
    end = "Unable to connect to the server: getting credentials: exec: executable helper failed with exit code 1"
    stderr = f"{HELPERS[helper].replace('{}', SECRET)}\n{SECRET}\n{end}: {SECRET}\n"

    kept = said(stderr)

    assert SECRET not in kept
    assert kept.splitlines()[-1] == f"{end}: …"
    assert classify(1, stderr) is Failure.UNAUTHORIZED


@pytest.mark.parametrize("failure", WORDINGS)
def test_what_is_kept_is_told_apart_as_the_whole_is(failure: Failure) -> None:
    for text in WORDINGS[failure]:
        assert classify(1, said(text)) is failure, text
        assert denied(said(text)) == denied(text)
        assert said(said(text)) == said(text)


@settings(max_examples=40)
@given(st.text(), st.integers(-9, 255), st.sampled_from(Failure))
def test_any_failed_output_has_a_reason(stderr: str, exit_code: int, failure: Failure) -> None:
    output = Output(exit_code, stderr, said(stderr), 1.0, failure)
    assert isinstance(classify(exit_code, stderr), Failure)
    assert bool(reason(invocation(), output)) is (failure is not Failure.NONE or exit_code != 0)


@pytest.mark.parametrize(
    "piece", ["eyJ", "eyJaaaaaaaa.", "Bearer ", "://", "://a", "User ", "error: ", 'User "a', "-----BEGIN "]
)
def test_reading_takes_linear_time(piece: str) -> None:
    text = piece * (1_000_000 // len(piece))
    said(text)
    reason(invocation(), Output(1, text, text, 1.0, Failure.FORBIDDEN))


def test_empty_list_beside_a_refusal_is_no_answer() -> None:
    stderr = (
        'Error from server (Forbidden): configmaps is forbidden: User "jo" cannot list resource "configmaps" in API'
    )
    refused = Output(1, '{"items": [], "kind": "List"}', f'{stderr} group "" in the namespace "istio-system"\n')
    asked = invoke(Wish(CONFIG_MAPS, "cluster1"), Settings(), 1e9)

    found = observe(asked, replace(refused, failure=Failure.FORBIDDEN))

    assert found.value is None
    assert "jo may not list configmaps in namespace istio-system" in found.reason
