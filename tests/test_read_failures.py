"""Why istiod cannot read a cluster: a recorded mesh in which nothing answers istiod, with more to be seen in it."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from kubectl_mcdiag.evidence.commands import CONFIG_MAPS, ISTIOD_LOG, READER, SECRETS
from kubectl_mcdiag.evidence.model import Snapshot
from kubectl_mcdiag.evidence.parsers.istiod.istiod_log import LogLine
from kubectl_mcdiag.evidence.parsers.kubernetes.remote_kubeconfig import Token
from kubectl_mcdiag.evidence.parsers.kubernetes.secrets import Secret
from kubectl_mcdiag.mesh.discovery.read_failures import FailingSecret, ReadFailure, failures
from kubectl_mcdiag.mesh.discovery.remote_secrets import authorities
from kubectl_mcdiag.mesh.view import View
from tests.edits import Change, changed, each, mesh

SILENT = mesh("api-server-blocked")
AFTERWARDS = SILENT.taken_at.isoformat()
BAD = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"
NOT_A_TOKEN = Token("", "", "", "", 0, is_jwt=False)
EXPIRED = int((SILENT.taken_at - timedelta(days=1)).timestamp())


def failing(snap: Snapshot) -> FailingSecret:
    """Return why cluster1's istiod does not read cluster2."""
    (found,) = failures(View(snap), "cluster1", "cluster2")
    return found


def with_kubeconfig(change: Change) -> Snapshot:
    """Return the mesh with another kubeconfig in cluster1's remote secret."""

    def edited(secret: Secret) -> Secret:
        return replace(secret, kubeconfigs={key: change(config) for key, config in secret.kubeconfigs.items()})

    return changed(SILENT, SECRETS, "cluster1", each(edited))


def with_token(**fields: Any) -> Snapshot:
    return with_kubeconfig(lambda config: replace(config, token=replace(config.token, **fields)))


def with_log(*lines: tuple[str, str]) -> Snapshot:
    """Return the mesh in which cluster1's istiod logged these last, each a kind and an error."""
    logged = tuple(LogLine(kind, AFTERWARDS, "cluster2", error, error) for kind, error in lines)
    return changed(SILENT, ISTIOD_LOG, "cluster1", lambda found: found + logged)


@pytest.mark.parametrize(
    ("snap", "kind", "why"),
    [
        (SILENT, ReadFailure.ADDRESS, "nothing answers istiod at that address"),
        (
            with_kubeconfig(lambda found: replace(found, token=None)),
            ReadFailure.ADDRESS,
            "nothing answers istiod at that address",
        ),
        (
            with_kubeconfig(lambda found: replace(found, token=NOT_A_TOKEN)),
            ReadFailure.TOKEN,
            "it is no service account token at all",
        ),
        (with_token(expires=EXPIRED), ReadFailure.TOKEN, "it expired at 2026-"),
        (with_token(expires=EXPIRED + 10**7), ReadFailure.ADDRESS, "nothing answers istiod at that address"),
        (
            with_token(account_uid="of-before"),
            ReadFailure.TOKEN,
            "it was issued to an earlier ServiceAccount istio-reader",
        ),
        (
            changed(SILENT, READER, "cluster2", lambda found: replace(found, accounts={})),
            ReadFailure.TOKEN,
            "its ServiceAccount istio-reader-service-account is gone",
        ),
        (with_log(("rejected", "kubeconfig is empty")), ReadFailure.KUBECONFIG, "kubeconfig is empty"),
        (
            with_log(("watch", 'Get "https://172.31.0.99:6443/api": dial tcp: i/o timeout')),
            ReadFailure.STUCK,
            "istiod still calls 172.31.0.99:6443, which the secret no longer names",
        ),
        (with_log(("watch", "unknown words")), ReadFailure.ADDRESS, "nothing answers istiod at that address"),
        (with_log(("watch", "services is forbidden: no")), ReadFailure.RIGHTS, "services is forbidden: no"),
    ],
)
def test_reason_is_what_istiod_or_the_secret_shows(snap: Snapshot, kind: ReadFailure, why: str) -> None:
    found = failing(snap)

    assert found.kind is kind
    assert found.why.startswith(why)


def test_authority_that_is_another_one_is_told_where_the_log_is_silent() -> None:
    pem = next(
        found.data["root-cert.pem"]
        for found in SILENT.observations[(CONFIG_MAPS.key, "cluster1", "")].value
        if found.name == "istio-ca-root-cert"
    )
    found = failing(with_kubeconfig(lambda config: replace(config, authority=pem)))

    assert found.kind is ReadFailure.AUTHORITY
    assert found.proof == f"SHA-256 {min(authorities(pem))}"


def test_authority_that_cannot_be_read_is_none() -> None:
    assert authorities(BAD) == frozenset()
