"""What is kept of a remote secret's kubeconfig: why istiod cannot use it, how it authenticates, and no credential."""

import base64
import json
from typing import Any

import pytest
import yaml

from kubectl_mcdiag.evidence.parsers.kubernetes import remote_kubeconfig

TOKEN = ".".join(("eyJhbGciOiJSUzI1NiJ9", "eyJzdWIiOiJzeXN0ZW06c2VydmljZWFjY291bnQ6YTpiIn0", "c2lnbmF0dXJl"))


def encoded(user: dict[str, Any], **changes: Any) -> str:
    """Return a kubeconfig as it stands in a secret."""
    document = {
        "current-context": "west",
        "contexts": [{"name": "west", "context": {"cluster": "west", "user": "west"}}],
        "clusters": [{"name": "west", "cluster": {"server": "https://10.0.0.9:6443"}}],
        "users": [{"name": "west", "user": user}],
    }
    return base64.b64encode(yaml.safe_dump({**document, **changes}).encode()).decode()


@pytest.mark.parametrize(
    ("user", "kind"),
    [
        ({"token": TOKEN}, "token"),
        ({"exec": {"command": "aws"}}, "exec"),
        ({"tokenFile": "/var/run/token"}, "tokenFile"),
        ({"auth-provider": {"name": "gcp"}}, "auth-provider gcp"),
        ({"client-certificate-data": "YQ=="}, "client-certificate-data"),
        ({"username": "jo", "password": "hunter2"}, "username"),
        ({}, "none"),
    ],
)
def test_kind_of_authentication_is_kept(user: dict[str, Any], kind: str) -> None:
    assert remote_kubeconfig.redact(encoded(user))["authentication"] == kind


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        ("", "the kubeconfig is empty"),
        (encoded({}, **{"current-context": "east"}), "current-context is not one of its contexts"),
        (encoded({}, clusters=[]), "the kubeconfig has no server for the cluster of its context"),
        (base64.b64encode(b"{").decode(), "the kubeconfig is not YAML"),
    ],
)
def test_what_istiod_cannot_use_is_said(value: str, problem: str) -> None:
    assert problem in remote_kubeconfig.redact(value)["problem"]


def test_no_credential_is_kept() -> None:
    proxied = {"server": "https://10.0.0.9:6443", "proxy-url": "http://jo:hunter2@proxy:3128"}
    user = {"token": TOKEN, "password": "hunter2"}
    kept = json.dumps(remote_kubeconfig.redact(encoded(user, clusters=[{"name": "west", "cluster": proxied}])))

    assert "hunter2" not in kept
    assert TOKEN.rsplit(".", 1)[-1] not in kept
    assert remote_kubeconfig.parse(json.loads(kept)).proxy_url == "http://proxy:3128"


def test_token_tells_whose_it_is() -> None:
    kept = remote_kubeconfig.parse(remote_kubeconfig.redact(encoded({"token": TOKEN})))

    assert kept.token is not None
    assert kept.token.subject == "system:serviceaccount:a:b"


def test_token_that_is_none_is_told() -> None:
    kept = remote_kubeconfig.parse(remote_kubeconfig.redact(encoded({"token": "secret"})))

    assert kept.token is not None
    assert not kept.token.is_jwt
