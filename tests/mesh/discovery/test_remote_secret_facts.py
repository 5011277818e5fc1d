"""Whom remote secrets are made for, and what istiods say of the clusters that they lead to."""

from dataclasses import replace
from typing import Any

import pytest

from kubectl_mcdiag.errors import Unavailable
from kubectl_mcdiag.evidence.commands import CLUSTERZ, ISTIOD_LOG, KUBECONFIG, SECRETS
from kubectl_mcdiag.evidence.parsers.istiod.clusterz import RemoteCluster
from kubectl_mcdiag.evidence.parsers.istiod.istiod_log import LogLine
from kubectl_mcdiag.evidence.parsers.kubernetes.configmaps import ConfigMap
from kubectl_mcdiag.evidence.parsers.kubernetes.kubeconfig import Kubeconfig, KubeContext
from kubectl_mcdiag.evidence.parsers.kubernetes.remote_kubeconfig import RemoteKubeconfig
from kubectl_mcdiag.evidence.parsers.kubernetes.secrets import ANNOTATION, LABEL, PREFIX, Secret
from kubectl_mcdiag.mesh.discovery import remote_secrets as facts
from kubectl_mcdiag.mesh.view import View
from tests import made

ISTIOD = "istiod-1.istio-system"
SERVERS = {name: f"https://{name}.example:6443" for name in "abc"}
ROOTS = ConfigMap("kube-root-ca.crt", {}, {})


def secret(name: str, *keys: str, server: str = "", label: bool = True, annotation: str = "") -> Secret:
    """Return a remote secret whose kubeconfigs lead to one API server."""
    labels = {LABEL: "true"} if label else {}
    annotations = {ANNOTATION: annotation} if annotation else {}
    kubeconfigs = {key: RemoteKubeconfig(server=server) for key in keys}
    return Secret(name, "Opaque", "", labels, annotations, keys, {}, kubeconfigs)


def mesh(
    *secrets: Secret, rows: tuple[RemoteCluster, ...] = (), log: tuple[LogLine, ...] = (), contexts: str = "abc"
) -> View:
    """Return a mesh whose cluster `a` holds these secrets."""
    kubeconfig = Kubeconfig("a", tuple(KubeContext(name, name, url, name) for name, url in SERVERS.items()))
    own = {SECRETS: secrets, (CLUSTERZ, ISTIOD): rows, (ISTIOD_LOG, ISTIOD): log}
    clusters = {
        name: made.cluster(made.istiod(cluster_id=f"id-{name}"), ROOTS, more=own if name == "a" else None)  # type: ignore[arg-type]
        for name in contexts
    }
    return made.view({**clusters, "": {(KUBECONFIG, ""): kubeconfig}})


@pytest.mark.parametrize(
    ("one", "taken"),
    [
        (secret("x", "id-b"), True),
        (secret(f"{PREFIX}b", "id-b", label=False), True),
        (secret("x", "id-b", label=False, annotation="id-b"), True),
        (secret("x", "id-b", label=False), False),
        (secret("x"), False),
    ],
)
def test_remote_secrets_are_known_by_label_name_or_annotation(one: Secret, taken: bool) -> None:
    assert bool(facts.remote_secrets(mesh(one), "a")) is taken


@pytest.mark.parametrize(
    ("one", "wanted"),
    [
        (secret("x", "id-b", server=SERVERS["b"]), "b"),
        (secret("x", "id-b"), "b"),
        (secret("x", "wrong", server=SERVERS["b"]), "b"),
        (secret("x", "wrong"), ""),
        (secret("x", "wrong", annotation="id-b"), "b"),
        (secret("x", "id-b", server=SERVERS["c"]), "c"),
        (secret("x", "id-b", server=SERVERS["a"]), "ab"),
        (secret("x", "id-b", server="https://elsewhere"), "b"),
    ],
)
def test_remote_secret_is_made_for_where_it_leads_or_what_it_is_called(one: Secret, wanted: str) -> None:
    view = mesh(one)
    (entry,) = facts.remote_secrets(view, "a")

    assert "".join(name for name in "abc" if facts.secrets_for(view, "a", name)) == wanted
    assert "".join(name for name in "abc" if facts.meant_for(view, entry, name)) == wanted
    assert facts.destination(view, entry) == (wanted[-1:] or entry.key)


def test_api_server_that_two_contexts_share_is_both_of_them() -> None:
    view = mesh(secret("x", "k", server=SERVERS["b"]))
    same = Kubeconfig("a", tuple(KubeContext(name, name, SERVERS["b"], name) for name in "bc"))
    told = view.snapshot.observations
    key = (KUBECONFIG.key, "", "")
    both = View(replace(view.snapshot, observations={**told, key: replace(told[key], value=same)}))
    (entry,) = facts.remote_secrets(both, "a")

    assert facts.led_to(both, entry) == {"b", "c"}
    assert facts.leads_to(both, entry, "b")
    assert not facts.leads_to(both, entry, "a")


def row(key: str, status: str = "synced", name: str = "istio-system/s") -> RemoteCluster:
    return RemoteCluster(key, name, status)


@pytest.mark.parametrize(
    ("rows", "is_read", "late"),
    [
        ((row("id-b"),), True, []),
        ((row("id-b", "syncing"),), False, ["syncing"]),
        ((), False, [None]),
        ((row("id-c"),), False, [None]),
    ],
)
def test_cluster_is_read_once_istiod_has_synced_it(rows: Any, is_read: bool, late: list[str | None]) -> None:
    view = mesh(secret("x", "id-b"), secret("y", "id-z", label=False), rows=rows)
    (pod,) = (one for one in view.read(made.PODS, "a") if one.full_name == ISTIOD)

    assert facts.is_read(view, "a", pod, "b") is is_read
    assert facts.is_read(view, "a", pod, "a")
    assert [found and found.status for _, _, found in facts.unsynced(view, "a")] == late
    assert [entry.key for entry, _, _ in facts.unsynced_for(view, "a", "b")] == ["id-b"] * len(late)
    assert list(facts.unsynced_for(view, "a", "c")) == []


def test_endpoints_are_filed_under_the_keys_of_labelled_secrets_and_the_id() -> None:
    one, other = secret("x", "k1", server=SERVERS["b"]), secret("y", "k2", server=SERVERS["b"], label=False)
    view = mesh(one, other)

    assert facts.shard_ids(view, "a", "b") == {"k1", "id-b"}
    assert facts.shard_ids(view, "a", "a") == {"id-a"}


def test_key_of_two_labelled_secrets_is_doubled() -> None:
    view = mesh(secret("x", "k"), secret("y", "k"), secret(f"{PREFIX}z", "k", label=False), secret("w", "other"))
    first, second, third, fourth = facts.remote_secrets(view, "a")

    assert facts.doubled(view, "a") == ((first, second),)
    assert [facts.twins(view, one) for one in (first, second, fourth)] == [("y",), ("x",), ()]
    assert facts.twins(view, third) == ("x", "y")


def test_secrets_that_cannot_be_read_are_those_that_istiod_names() -> None:
    view = mesh(rows=(row("id-b"), row("id-a", name=""), row("id-c", "timeout")))
    kept = {key: one for key, one in view.snapshot.observations.items() if key != (SECRETS.key, "a", "")}
    blind = View(replace(view.snapshot, observations=kept))

    assert [(one.key, one.secret.name) for one in facts.named_secrets(blind, "a")] == [("id-b", "s"), ("id-c", "s")]
    entry = facts.named_secrets(blind, "a")[0]
    with pytest.raises(Unavailable):
        _ = entry.kubeconfig
    assert not facts.leads_to(blind, entry, "b")
    assert facts.led_to(blind, entry) == frozenset()
    deaf = View(replace(blind.snapshot, observations={k: v for k, v in kept.items() if k[0] != CLUSTERZ.key}))
    with pytest.raises(Unavailable, match="secrets"):
        facts.named_secrets(deaf, "a")


def line(kind: str, time: str, cluster: str = "id-b") -> LogLine:
    return LogLine(kind, time, cluster, "", f"{kind} {time}")


def test_log_is_of_one_cluster_and_newest_first() -> None:
    lines = tuple(
        line(kind, time) for kind, time in (("timeout", "1"), ("own", "3"), ("timeout", "2"), ("failed", "4"))
    )
    view = mesh(log=(*lines, line("timeout", "9", "id-c")))

    assert [one.time for one in facts.log(view, "a", "id-b")] == ["4", "3", "2", "1"]
    assert facts.log_tail(view, "a", "id-b") == ("failed 4", "timeout 2")
    assert facts.log_of(view, "a", "timeout") == ("timeout 9",)
    assert facts.log_of(view, "a", "none") == ()
    assert facts.log_tail(view, "b", "id-b") == ()


@pytest.mark.parametrize(
    ("url", "loops"),
    [
        ("https://127.0.0.1:6443", True),
        ("https://localhost:6443", True),
        ("https://[::1]:6443", True),
        ("https://0.0.0.0", True),
        ("https://128.0.0.1", False),
        ("https://b.example", False),
    ],
)
def test_loopback_leads_back(url: str, loops: bool) -> None:
    assert facts.is_loopback(url) is loops


@pytest.mark.parametrize(
    ("secrets", "needed"),
    [
        ((secret("x", "id-b"), secret("y", "id-c")), False),
        ((secret("x", "id-b"),), True),
        ((), True),
    ],
)
def test_other_namespaces_are_searched_where_a_secret_is_missing(secrets: Any, needed: bool) -> None:
    assert facts.needs_search(mesh(*secrets), "a") is needed


@pytest.mark.parametrize(
    ("one", "stranger", "found"),
    [
        (secret("x", "id-c", server=SERVERS["c"]), "id-c", ("c",)),
        (secret("x", "id-c"), "id-c", ()),
        (secret("x", "c"), "c", ("c",)),
        (secret("x", "b"), "b", ()),
        (secret("x", "id-c", server=SERVERS["b"]), "id-c", ()),
    ],
)
def test_contexts_that_seem_to_be_a_members(one: Secret, stranger: str, found: tuple[str, ...]) -> None:
    assert facts.contexts_like(mesh(one, contexts="ab"), stranger) == found


def test_context_is_served_by_its_control_planes() -> None:
    view = made.view({"p": made.cluster(made.istiod(cluster_id="p")), "r": made.cluster()})

    assert facts.served_by(view, "p") == ("p", "r")
    assert facts.served_by(mesh(), "a") == ("a",)
