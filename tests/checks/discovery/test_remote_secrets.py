"""Remote secrets: what is printed to replace them, and what is no failure because calls go on."""

from collections.abc import Iterator
from dataclasses import replace
from types import ModuleType
from typing import Any

import pytest

from kubectl_mcdiag.checks.contract import Finding
from kubectl_mcdiag.checks.discovery import (
    endpoints_kept,
    remote_secret_key,
    remote_secret_label,
    remote_secret_present,
    remote_secret_self,
    remote_secret_stale,
    remote_secret_unique,
    replicas_agree,
)
from kubectl_mcdiag.checks.discovery.fixes import create_remote_secret
from kubectl_mcdiag.checks.steps import Action, Mark, Step
from kubectl_mcdiag.evidence.commands import (
    CLUSTERZ,
    CONFIG_MAPS,
    KUBECONFIG,
    MISPLACED_SECRETS,
    SECRETS,
)
from kubectl_mcdiag.evidence.model import Snapshot
from kubectl_mcdiag.evidence.parsers.istiod.clusterz import RemoteCluster
from kubectl_mcdiag.evidence.parsers.kubernetes.kubeconfig import Kubeconfig
from kubectl_mcdiag.evidence.parsers.kubernetes.secrets import Secret
from kubectl_mcdiag.mesh.model import Pair, Status
from kubectl_mcdiag.mesh.view import View
from tests.edits import Change, answered, changed, each, mesh

HEALTHY = mesh("healthy-multi-network")
PAIR = Pair("cluster1", "cluster2")
NAME = "istio-remote-secret-cluster2"


def found(snap: Snapshot, rule: ModuleType, unit: Pair | str = PAIR) -> list[Finding]:
    return list(rule.run(View(snap), unit))


def steps(finding: Finding) -> Iterator[Step]:
    return (step for step in finding.fix if isinstance(step, Step))


def actions(finding: Finding) -> list[tuple[Action, str]]:
    return [(step.action, step.target.name if step.target else "") for step in steps(finding)]


def with_secrets(snap: Snapshot, change: Change, context: str = "cluster1") -> Snapshot:
    return changed(snap, SECRETS, context, change)


def reading(snap: Snapshot, status: str) -> Snapshot:
    """Return the mesh in which cluster1's istiod says this of cluster2."""

    def said(rows: tuple[RemoteCluster, ...]) -> tuple[RemoteCluster, ...]:
        return tuple(replace(row, status=status) if row.id == "cluster2" else row for row in rows)

    return changed(snap, CLUSTERZ, "cluster1", said)


def with_server(url: str) -> View:
    def elsewhere(found: Kubeconfig) -> Kubeconfig:
        return replace(found, contexts=tuple(replace(context, server=url) for context in found.contexts))

    return View(changed(HEALTHY, KUBECONFIG, "", elsewhere))


@pytest.mark.parametrize(
    ("url", "refused", "option"),
    [
        ("https://192.0.2.1:6443", "", "--server=https://192.0.2.1:6443 |"),
        ("https://192.0.2.1:6443", "https://192.0.2.9:6443", "--server=https://192.0.2.1:6443 |"),
        ("https://192.0.2.1:6443", "https://192.0.2.1:6443", "--server="),
        ("https://127.0.0.1:6443", "", "--server="),
        ("https://[::1]:6443", "", "--server="),
        ("", "", "--name=cluster2 |"),
    ],
)
def test_api_server_that_pods_cannot_reach_is_asked_for(url: str, refused: str, option: str) -> None:
    step = create_remote_secret(with_server(url), "cluster1", "cluster2", refused=refused)

    assert option in str(step.shell)
    assert (Mark.INPUT in step.marks) == option.endswith("=")
    assert ("once they can connect to" in str(step.why)) == bool(refused and refused == url)


def test_secret_that_is_there_is_replaced_and_one_that_is_not_is_created() -> None:
    none = with_secrets(HEALTHY, lambda _: ())

    assert create_remote_secret(View(HEALTHY), "cluster1", "cluster2").marks == {Mark.DISRUPTIVE}
    assert create_remote_secret(View(none), "cluster1", "cluster2").marks == frozenset()


def test_api_servers_that_share_a_ca_are_told_apart_by_their_addresses() -> None:
    theirs = next(
        m for m in HEALTHY.observations[(CONFIG_MAPS.key, "cluster1", "")].value if m.name == "kube-root-ca.crt"
    )
    shared = changed(HEALTHY, CONFIG_MAPS, "cluster2", each(lambda m: theirs if m.name == theirs.name else m))
    third = answered(with_secrets(shared, each(_elsewhere)), MISPLACED_SECRETS, "cluster1", ())

    (missing,) = found(third, remote_secret_present)

    assert found(third, remote_secret_self) == []
    assert missing.headline == "cluster1 has no remote secret for cluster2"


def _elsewhere(secret: Secret) -> Secret:
    """Return the remote secret as that of a third cluster."""
    configs = dict.fromkeys(
        ["cluster3"], *(replace(one, server="https://192.0.2.3:6443") for one in secret.kubeconfigs.values())
    )
    return replace(secret, annotations={}, kubeconfigs=configs) if configs else secret


def renamed(key: str, name: str, **more: Any) -> Change:
    """Return the change that files cluster2 under another key, in a secret of this name."""

    def change(secret: Secret) -> Secret:
        if not secret.kubeconfigs:
            return secret
        configs = dict.fromkeys([key], *secret.kubeconfigs.values())
        return replace(secret, name=name, kubeconfigs=configs, keys=(key, *more.get("others", ())), annotations={})

    return each(change)


@pytest.mark.parametrize(
    ("name", "others", "last"),
    [
        ("old", (), (Action.DELETE, "old")),
        ("old", ("cluster9",), (Action.DELETE, "old")),
        (NAME, (), (Action.REPLACE_REMOTE_SECRET, NAME)),
    ],
)
def test_wrong_key_is_removed_once_the_right_one_is_there(
    name: str, others: tuple[str, ...], last: tuple[Action, str]
) -> None:
    (wrong,) = found(with_secrets(HEALTHY, renamed("other", name, others=others)), remote_secret_key)

    assert actions(wrong)[0][0] in (Action.CREATE_REMOTE_SECRET, Action.REPLACE_REMOTE_SECRET)
    assert actions(wrong)[-1] == last
    assert ("patch" in wrong.fix[-1].command) == bool(others or name == NAME)


def test_key_that_istiod_ignores_is_named() -> None:
    (own,) = found(with_secrets(HEALTHY, renamed("cluster1", "old")), remote_secret_key)

    assert own.status is Status.FAIL
    assert "istiod ignores the secret" in str(own.detail)


def twice(name: str, used: str, status: str) -> Snapshot:
    """Return the mesh with a second secret for cluster2, of which istiod uses one."""

    def doubled(secrets: tuple[Secret, ...]) -> tuple[Secret, ...]:
        return (*secrets, *(replace(secret, name=name) for secret in secrets if secret.kubeconfigs))

    def rows(said: tuple[RemoteCluster, ...]) -> tuple[RemoteCluster, ...]:
        kept = tuple(row for row in said if row.id != "cluster2")
        return (*kept, RemoteCluster("cluster2", f"istio-system/{used}", status)) if used else kept

    return changed(with_secrets(HEALTHY, doubled), CLUSTERZ, "cluster1", rows)


@pytest.mark.parametrize(
    ("used", "status", "expected"),
    [
        ("old", "synced", [(Action.DELETE_UNUSED, NAME)]),
        (NAME, "synced", [(Action.DELETE_UNUSED, "old")]),
        (NAME, "timeout", [(Action.DELETE_UNUSED, "old"), (Action.REPLACE_REMOTE_SECRET, "")]),
        ("old", "timeout", [(Action.DELETE, "old"), (Action.REPLACE_REMOTE_SECRET, "")]),
        ("", "", [(Action.DELETE_UNUSED, "old"), (Action.REPLACE_REMOTE_SECRET, "")]),
    ],
)
def test_of_two_secrets_the_one_that_works_stays(used: str, status: str, expected: list[tuple[Action, str]]) -> None:
    (both,) = found(twice("old", used, status), remote_secret_unique)

    assert actions(both) == expected
    assert both.status is (Status.WARN if status == "synced" else Status.FAIL)


def test_label_with_another_value_is_changed_from_that_value() -> None:
    other = with_secrets(HEALTHY, each(lambda secret: replace(secret, labels={"istio/multiCluster": "yes"})))

    (wrong,) = found(other, remote_secret_label)

    assert "istio/multiCluster=yes instead of true" in str(wrong.detail)
    assert '"op": "test"' in str(wrong.fix[0].command.replace("'\\\n'", ""))


def test_own_cluster_of_istiod_needs_no_row() -> None:
    """Istio up to 1.21 has none for it."""
    remote = mesh("healthy-primary-remote-multi-network")
    before = changed(remote, CLUSTERZ, "cluster1", lambda rows: tuple(row for row in rows if row.secret))

    assert found(before, endpoints_kept, Pair("cluster2", "cluster1")) == []


def test_secret_of_a_cluster_that_may_be_a_context_names_it() -> None:
    def also(known: Kubeconfig) -> Kubeconfig:
        more = replace(known.contexts[0], name="nine", server="https://172.31.0.99:6443")
        return replace(known, contexts=(*known.contexts, more))

    (stale,) = found(changed(mesh("remote-secret-dead"), KUBECONFIG, "", also), remote_secret_stale, "cluster1")

    assert "It may be your context nine" in str(stale.detail)


def test_replicas_are_counted() -> None:
    (late,) = found(mesh("one-istiod-stuck"), replicas_agree)

    assert late.headline == "1 of 2 istiod pods in cluster1 has not synced cluster2"
    assert late.scope.istiod
