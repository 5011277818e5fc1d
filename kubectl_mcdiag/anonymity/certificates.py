"""Certificates: reissued with the same facts and other names, so that equal ones stay equal and others differ."""

import base64
import binascii
import hmac
import re
from collections.abc import Callable
from datetime import datetime
from typing import Any

PEM = re.compile(r"-----BEGIN CERTIFICATE-----(?P<end>\\+n|\r?\n)(?P<body>[^-]{1,65536})-----END CERTIFICATE-----")
_BROKEN = "not a certificate"


Moved = Callable[[datetime], datetime]


def disguised(match: re.Match[str], names: Callable[[str], str], moved: Moved, key: bytes) -> str:
    """Return the stand-in of a PEM block in a text, with that text's own line ends."""
    end = match["end"]
    body = "".join(match["body"].split(end)).replace("\n", "")
    lines = _lines(_issued(body, names, moved, key))
    return end.join(("-----BEGIN CERTIFICATE-----", *lines, "-----END CERTIFICATE-----"))


def _lines(body: str) -> list[str]:
    return [body[start : start + 64] for start in range(0, len(body), 64)]


def _issued(body: str, names: Callable[[str], str], moved: Moved, key: bytes) -> str:
    try:
        return base64.b64encode(_reissued(base64.b64decode(body, validate=True), names, moved, key)).decode()
    except (binascii.Error, ValueError):
        # What is no certificate is none afterwards, and carries nothing.
        return base64.b64encode(_BROKEN.encode()).decode()


def _reissued(der: bytes, names: Callable[[str], str], moved: Moved, key: bytes) -> bytes:
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import Encoding

    try:
        old = x509.load_der_x509_certificate(der)
        signer = Ed25519PrivateKey.from_private_bytes(hmac.digest(key, b"signer", "sha256"))
        new = (
            x509.CertificateBuilder()
            .subject_name(_named(old.subject, names))
            .issuer_name(_named(old.issuer, names))
            .not_valid_before(moved(old.not_valid_before_utc))
            .not_valid_after(moved(old.not_valid_after_utc))
            .serial_number(int.from_bytes(hmac.digest(key, der, "sha256")[:16], "big") | 1)
            .public_key(signer.public_key())
        )
        for extension in old.extensions:
            value = _extension(extension.value, names)
            new = new.add_extension(value, extension.critical) if value is not None else new
        return new.sign(signer, None).public_bytes(Encoding.DER)
    except Exception as error:  # noqa: BLE001 - the library raises many kinds on hostile bytes
        raise ValueError(type(error).__name__) from None


def _named(name: Any, names: Callable[[str], str]) -> Any:
    from cryptography import x509

    return x509.Name(
        [
            x509.RelativeDistinguishedName(
                [x509.NameAttribute(part.oid, names(str(part.value)), _validate=False) for part in group]
            )
            for group in name.rdns
        ]
    )


def _extension(value: Any, names: Callable[[str], str]) -> Any:
    """Return what an extension becomes: its flags as they are, its names replaced, None for all that is neither."""
    from cryptography import x509

    if isinstance(value, x509.BasicConstraints | x509.KeyUsage | x509.ExtendedKeyUsage):
        return value
    if isinstance(value, x509.SubjectAlternativeName):
        return x509.SubjectAlternativeName([found for name in value if (found := _alternative(name, names))])
    return None


def _alternative(name: Any, names: Callable[[str], str]) -> Any:
    from ipaddress import ip_address

    from cryptography import x509

    if isinstance(name, x509.DNSName | x509.UniformResourceIdentifier | x509.RFC822Name):
        return type(name)(names(name.value))
    if isinstance(name, x509.IPAddress):
        return x509.IPAddress(ip_address(names(str(name.value))))
    return None
