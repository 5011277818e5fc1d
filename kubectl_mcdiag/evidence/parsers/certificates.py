"""PEM text → certificates: what trust is judged by."""

import base64
import re
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING

from kubectl_mcdiag.errors import ParseError
from kubectl_mcdiag.evidence.names import shortened

if TYPE_CHECKING:
    from cryptography import x509

_BROKEN = base64.b64encode(b"not a certificate").decode()
_WIDTH = 64
_BLOCK = re.compile(r"-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----")


@dataclass(frozen=True, slots=True)
class Certificate:
    """One certificate; `fingerprint` is the SHA-256 of its DER form in lower-case hex, times are UTC.

    `is_authority`: its basic constraints say CA. `may_sign`: it has no key usage, or one with keyCertSign.
    """

    fingerprint: str
    subject: str
    issuer: str
    not_before: datetime
    not_after: datetime
    is_authority: bool
    may_sign: bool = True
    der: bytes = field(default=b"", repr=False)

    @property
    def short(self) -> str:
        """The first four bytes of the fingerprint, as openssl prints them: `4F:1C:9A:07`."""
        return shortened(self.fingerprint)


def parse(text: str) -> tuple[Certificate, ...]:
    """Return every certificate of a PEM bundle, in order; raise `ParseError` where one is broken."""
    return tuple(_certificate(block) for block in _BLOCK.findall(text))


def redact(text: str) -> str:
    """Return the certificates of a PEM text, encoded again from what was decoded: a key among them is gone.

    What only looks like a certificate stays one that cannot be read, without its content.
    """
    return "".join(map(_rewritten, _BLOCK.findall(text)))


@lru_cache(256)
def _rewritten(block: str) -> str:
    try:
        body = base64.b64encode(_certificate(block).der).decode()
    except ParseError:
        body = _BROKEN
    lines = (body[start : start + _WIDTH] for start in range(0, len(body), _WIDTH))
    return "\n".join(("-----BEGIN CERTIFICATE-----", *lines, "-----END CERTIFICATE-----", ""))


@lru_cache(1024)
def _certificate(block: str) -> Certificate:
    # Imported here: it costs 90 ms, and `kubectl mcdiag version` has no use for it.
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.serialization import Encoding

    try:
        found = x509.load_pem_x509_certificate(block.encode())
        return Certificate(
            fingerprint=found.fingerprint(hashes.SHA256()).hex(),
            subject=found.subject.rfc4514_string(),
            issuer=found.issuer.rfc4514_string(),
            not_before=found.not_valid_before_utc,
            not_after=found.not_valid_after_utc,
            is_authority=_is_authority(found),
            may_sign=_may_sign(found),
            der=found.public_bytes(Encoding.DER),
        )
    except Exception:  # noqa: BLE001 - the library raises many kinds on hostile bytes
        raise ParseError("not a certificate") from None


def _is_authority(certificate: "x509.Certificate") -> bool:
    from cryptography import x509

    try:
        return certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except x509.ExtensionNotFound:
        return False


def _may_sign(certificate: "x509.Certificate") -> bool:
    from cryptography import x509

    try:
        return certificate.extensions.get_extension_for_class(x509.KeyUsage).value.key_cert_sign
    except x509.ExtensionNotFound:
        return True


def identities(certificate: Certificate) -> tuple[str, ...]:
    """Return the URIs among the names of a certificate: `spiffe://cluster.local/ns/sample/sa/default`."""
    from cryptography import x509

    try:
        extensions = x509.load_der_x509_certificate(certificate.der).extensions
        names = extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (x509.ExtensionNotFound, ValueError):
        return ()
    return tuple(names.get_values_for_type(x509.UniformResourceIdentifier))
