"""istiod's log lines of every generation, written as Istio's source of that version writes them."""

import json

import pytest

from kubectl_mcdiag.evidence.parsers.istiod import istiod_log

TIME = "2026-11-24T12:00:00.000000Z"
REFUSED = "create remote cluster failed: kubeconfig is not allowed: exec is not allowed"
SECRET = "istio-system/istio-remote-secret-west"
DIALLED = 'failed to list *v1.Namespace: Get "https://10.0.0.9:6443/api": dial tcp 10.0.0.9:6443: i/o timeout'
CLAIM = 'client claims to be in cluster "west", but we only know about local cluster "east" and remote clusters []'
FILES = "Failed to initialize file-backed remote kubeconfigs from /etc/kube: no such file or directory"


def line(message: str, level: str = "error") -> str:
    return f"{TIME}\t{level}\t{message}\n"


@pytest.mark.parametrize(
    ("message", "kind", "cluster", "error"),
    [
        pytest.param(f"Add cluster_id=west from secret={SECRET}: {REFUSED}", "rejected", "west", REFUSED, id="1.10"),
        pytest.param(
            f"Add cluster: {REFUSED}\tcluster=west secret={SECRET}",
            "rejected",
            "west",
            "kubeconfig is not allowed: exec is not allowed",
            id="1.16",
        ),
        pytest.param(
            f"Update cluster: {REFUSED}\tcluster=west config={SECRET}",
            "rejected",
            "west",
            "kubeconfig is not allowed: exec is not allowed",
            id="1.30",
        ),
        pytest.param(
            f"ignoring cluster as it would overwrite the config cluster\tcluster=west secret={SECRET}",
            "ignored",
            "west",
            "",
            id="1.16 own key",
        ),
        pytest.param("ignoring west as it would overwrite the local cluster", "ignored", "west", "", id="1.14 own key"),
        pytest.param(
            f"cluster has already been registered\tcluster=west secret={SECRET}",
            "duplicate",
            "west",
            "",
            id="1.16 twice",
        ),
        pytest.param("remote cluster west failed to sync after 30s", "timeout", "west", "", id="1.16 timeout"),
        pytest.param("remote clusters failed to sync after 30s", "timeout", "", "", id="1.10 timeout"),
        pytest.param(
            f"watch error in cluster west: {DIALLED}", "watch", "west", DIALLED.replace("/api", ""), id="watch"
        ),
        pytest.param("cluster west synced, replacing registry", "replaced", "west", "", id="1.30 rotation"),
        pytest.param(FILES, "files", "", FILES, id="1.30 files"),
        pytest.param("Starting Istiod Server with primary cluster west", "own", "west", "", id="own"),
        pytest.param(
            "kube\tshould join leader-election for cluster west: false", "leadership", "west", "false", id="leadership"
        ),
        pytest.param(
            f"security\tFailed to authenticate client from 10.0.0.1: {CLAIM}", "identity", "west", "", id="1.23"
        ),
        pytest.param("security\tcould not get cluster west's kube client", "identity", "west", "", id="1.22"),
        pytest.param(
            'serverca\tfailed to validate the JWT from cluster "west": forbidden',
            "review",
            "west",
            "forbidden",
            id="review",
        ),
    ],
)
def test_line_is_known(message: str, kind: str, cluster: str, error: str) -> None:
    (found,) = istiod_log.parse(line(message))

    assert (found.kind, found.cluster, found.error) == (kind, cluster, error)
    assert found.time == TIME


@pytest.mark.parametrize("message", ["ads\tPush debounce stable[12] 1", "Add cluster\tcluster=west config=a/b"])
def test_any_other_line_is_passed_over(message: str) -> None:
    assert istiod_log.parse(line(message, "info")) == ()


def test_json_line_says_the_same() -> None:
    fields = {"level": "error", "time": TIME, "scope": "default", "msg": f"Add cluster: {REFUSED}", "cluster": "west"}
    fields["secret"] = {"Namespace": "istio-system", "Name": "istio-remote-secret-west"}  # type: ignore[assignment]

    (found,) = istiod_log.parse(json.dumps(fields) + "\n")

    assert (found.kind, found.cluster) == ("rejected", "west")


@pytest.mark.parametrize(
    "broken", ['{"level": "error", "msg": ', '{"msg": "remote cluster west failed to sync after 5s"}']
)
def test_json_that_is_no_line_is_passed_over(broken: str) -> None:
    assert istiod_log.parse(f"{broken}}}\n") == ()


def test_error_over_several_lines_is_one() -> None:
    wrapped = f"Add cluster: create remote cluster failed: 1 error occurred:\n\t* kubeconfig is empty\n\n{line('x')}"

    (found,) = istiod_log.parse(f"no time\n{line('y')}{TIME}\terror\t{wrapped}")

    assert found.error == "kubeconfig is empty"


def test_labels_after_an_error_with_tabs_are_no_part_of_it() -> None:
    (found,) = istiod_log.parse(line(f"kube\tAdd cluster: {REFUSED}\tcluster=west secret={SECRET}"))

    assert found.error == "kubeconfig is not allowed: exec is not allowed"


def test_redaction_keeps_known_lines_and_no_token() -> None:
    token = "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJrdWJlIn0.c2lnbmF0dXJl"
    log = line("unknown") + line(f"watch error in cluster west: token {token} refused")

    kept = istiod_log.redact(log)

    assert kept == line("watch error in cluster west: … refused")
    assert istiod_log.redact(kept) == kept


def test_known_line_is_kept_without_the_secrets_it_quotes() -> None:
    said = 'failed to list *v1.Secret: Get "https://me:hunter2hunter2@10.0.0.1/api": Bearer abcdefghijkl'
    kept = istiod_log.redact(line(f"watch error in cluster west: {said}"))

    assert [found.cluster for found in istiod_log.parse(kept)] == ["west"]
    assert "hunter2" not in kept
    assert "abcdefgh" not in kept


def test_lines_that_continue_one_are_kept_as_far_as_they_are_known() -> None:
    """Finding H2: 40 lines that follow a known one were kept, whatever they said."""
    told = line(
        "Add cluster: create remote cluster failed: 1 error occurred:\n\t* kubeconfig is empty\npassword: hunter2"
    )

    assert istiod_log.redact(told) == line("Add cluster: create remote cluster failed: kubeconfig is empty …")


def test_other_fields_of_a_json_line_are_not_kept() -> None:
    fields = {"level": "error", "time": TIME, "scope": "default", "msg": f"Add cluster: {REFUSED}", "cluster": "west"}

    kept = istiod_log.redact(json.dumps(fields | {"password": "hunter2", "secret": "a b", "error": "hunter2"}) + "\n")

    assert json.loads(kept) == fields | {"secret": "[unreadable]"}


@pytest.mark.parametrize("level", ["hunter 2", ""])
def test_level_that_is_none_is_not_kept(level: str) -> None:
    fields = {"level": level, "time": TIME, "msg": "cluster west synced, replacing registry"}

    assert "hunter" not in istiod_log.redact(json.dumps(fields) + "\n")
