"""Envoy's `config_dump?resource=dynamic_active_secrets`: the certificate a proxy shows and the roots it trusts.

`istioctl proxy-config secret -o json` prints the same with camelCase keys, under `dynamicActiveSecrets`.

Envoy itself prints private keys as `[redacted]`; they are dropped all the same, and what is kept is public:

    {"configs": [{"name": "default", "secret": {"tls_certificate": {"certificate_chain": {"inline_bytes": "LS0t…"}}}},
                 {"name": "ROOTCA", "secret": {"validation_context": {"trusted_ca": {"inline_bytes": "LS0t…"}}}}]}
"""

import base64
import binascii
import json
import re
from dataclasses import dataclass
from typing import Any

from kubectl_mcdiag.errors import ParseError
from kubectl_mcdiag.evidence.parsers import certificates
from kubectl_mcdiag.evidence.parsers.shapes import decoded, load_json, mapping, sequence, text
from kubectl_mcdiag.evidence.redaction import WORD, Text, kept


@dataclass(frozen=True, slots=True)
class ProxyCertificates:
    """PEM texts: the proxy's own certificate with its chain, and the roots it trusts; empty where it has none."""

    chain: str
    roots: str


def _public(value: str) -> str:
    return base64.b64encode(certificates.redact(decoded(value)).encode()).decode()


_SOURCE = {"inline_bytes": Text(_public)}
_SHAPE = {
    "configs": [
        {
            "name": WORD,
            "secret": {
                "tls_certificate": {"certificate_chain": _SOURCE},
                "validation_context": {"trusted_ca": _SOURCE},
            },
        }
    ]
}


def redact(output: str) -> str:
    """Keep certificates and drop keys."""
    entries = [{"name": name, "secret": secret} for name, secret in _secrets(output)]
    return json.dumps(kept(_SHAPE, {"configs": entries}), indent=1)


def parse(output: str) -> ProxyCertificates:
    """Return what the secrets `default` and `ROOTCA` hold; raise `ParseError` where the bytes are no text."""
    secrets = dict(_secrets(output))
    chain = mapping(secrets.get("default", {}).get("tls_certificate")).get("certificate_chain")
    roots = mapping(secrets.get("ROOTCA", {}).get("validation_context")).get("trusted_ca")
    return ProxyCertificates(_pem(chain), _pem(roots))


def _secrets(output: str) -> list[tuple[str, dict[str, Any]]]:
    document = mapping(load_json(output))
    entries = [mapping(entry) for entry in sequence(document.get("configs") or document.get("dynamicActiveSecrets"))]
    return [(text(entry.get("name")), _snaked(mapping(entry.get("secret")))) for entry in entries]


def _snaked(value: dict[str, Any]) -> dict[str, Any]:
    """Return the keys as Envoy itself writes them; istioctl writes `tlsCertificate`."""
    return {
        re.sub("(?<=[a-z])[A-Z]", lambda found: f"_{found[0].lower()}", key): _snaked(each)
        if isinstance(each, dict)
        else each
        for key, each in value.items()
    }


def _pem(source: Any) -> str:
    encoded = text(mapping(source).get("inline_bytes"))
    try:
        return base64.b64decode(encoded, validate=True).decode()
    except (binascii.Error, ValueError):
        raise ParseError("not base64 of a text") from None
