"""Who signed what: certificates and revocation lists, by their signatures and not by their names alone."""

import re

from kubectl_mcdiag.errors import ParseError
from kubectl_mcdiag.evidence.parsers.certificates import Certificate

_LIST = re.compile(r"-----BEGIN X509 CRL-----[^-]+-----END X509 CRL-----")


def is_signed_by(certificate: Certificate, issuer: Certificate) -> bool:
    """Return whether the key of `issuer` made the signature of `certificate`, and their names fit."""
    from cryptography import x509
    from cryptography.exceptions import InvalidSignature

    try:
        signer = x509.load_der_x509_certificate(issuer.der)
        x509.load_der_x509_certificate(certificate.der).verify_directly_issued_by(signer)
    except (InvalidSignature, ValueError, TypeError):
        return False
    return True


def redact(text: str) -> str:
    """Return the revocation lists of a PEM text, rewritten from what was read; broken ones stay broken."""
    return "".join(map(_rewritten, _LIST.findall(text)))


def _rewritten(block: str) -> str:
    from cryptography import x509
    from cryptography.hazmat.primitives.serialization import Encoding

    try:
        return x509.load_pem_x509_crl(block.encode()).public_bytes(Encoding.PEM).decode()
    except ValueError:
        return "-----BEGIN X509 CRL-----\nbm9uZQ==\n-----END X509 CRL-----\n"


def without_list(certificates: tuple[Certificate, ...], lists: str) -> tuple[Certificate, ...]:
    """Return the certificates that no revocation list of a PEM text was signed by; raise `ParseError` on a bad one."""
    from cryptography import x509

    try:
        parsed = [x509.load_pem_x509_crl(block.encode()) for block in _LIST.findall(lists)]
        return tuple(found for found in certificates if not any(_signed(one, found) for one in parsed))
    except (ValueError, TypeError):
        raise ParseError("not a revocation list") from None


def _signed(revocations: object, issuer: Certificate) -> bool:
    from cryptography import x509

    assert isinstance(revocations, x509.CertificateRevocationList)  # noqa: S101 - for the type checker
    signer = x509.load_der_x509_certificate(issuer.der)
    key = signer.public_key()
    return revocations.issuer == signer.subject and revocations.is_signature_valid(key)  # type: ignore[arg-type]
