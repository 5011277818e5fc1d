"""Certificates, for Kubernetes and for the mesh: a record says what is wanted, a function signs it."""

import ipaddress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

PrivateKey = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a certificate shall say. Dates are days from now; a negative one lies in the past."""

    name: str
    organization: str = ""
    hosts: tuple[str, ...] = ()
    authority: bool = False
    path_length: int | None = None
    from_days: float = -0.05
    until_days: float = 365.0


@dataclass(frozen=True, slots=True)
class Identity:
    """A certificate with its private key."""

    certificate: x509.Certificate
    key: PrivateKey

    @property
    def certificate_pem(self) -> str:
        """The certificate as text."""
        return self.certificate.public_bytes(serialization.Encoding.PEM).decode()

    @property
    def key_pem(self) -> str:
        """The private key as text, in the form that openssl writes and istiod reads."""
        form = serialization.PrivateFormat.TraditionalOpenSSL
        return self.key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption()).decode()

    @property
    def public_key_pem(self) -> str:
        """The public key as text."""
        form = serialization.PublicFormat.SubjectPublicKeyInfo
        return self.key.public_key().public_bytes(serialization.Encoding.PEM, form).decode()


def elliptic_key() -> PrivateKey:
    """Make the kind of key that costs nothing, for Kubernetes' own certificates."""
    return ec.generate_private_key(ec.SECP256R1())


def rsa_key() -> PrivateKey:
    """Make the kind of key that Istio's own documentation makes for its certificate authorities."""
    return rsa.generate_private_key(65537, 2048)


def issue(wanted: Wanted, key: PrivateKey, issuer: Identity | None = None) -> Identity:
    """Return a certificate for `key`, signed by `issuer` or else by itself."""
    subject = _name(wanted)
    signer = issuer.key if issuer else key
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.certificate.subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(_in_days(wanted.from_days))
        .not_valid_after(_in_days(wanted.until_days))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False)
    )
    return Identity(_with_purpose(builder, wanted).sign(signer, hashes.SHA256()), key)


def read_identity(text: str) -> Identity:
    """Return a certificate and its key from their texts, one after the other."""
    key = serialization.load_pem_private_key(text.encode(), None)
    if not isinstance(key, PrivateKey):
        raise TypeError(f"{type(key).__name__} is no key of the lab's")
    return Identity(x509.load_pem_x509_certificate(text.encode()), key)


def _with_purpose(builder: x509.CertificateBuilder, wanted: Wanted) -> x509.CertificateBuilder:
    builder = builder.add_extension(_key_usage(wanted.authority), critical=True)
    constraints = x509.BasicConstraints(wanted.authority, wanted.path_length)
    builder = builder.add_extension(constraints, critical=True)
    if not wanted.authority:
        both = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH])
        builder = builder.add_extension(both, critical=False)
    if wanted.hosts:
        names = x509.SubjectAlternativeName([_host(host) for host in wanted.hosts])
        builder = builder.add_extension(names, critical=False)
    return builder


def _key_usage(authority: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True, key_encipherment=not authority, key_cert_sign=authority, crl_sign=authority,
        content_commitment=False, data_encipherment=False, key_agreement=False, encipher_only=False,
        decipher_only=False,
    )  # fmt: skip


def _name(wanted: Wanted) -> x509.Name:
    parts = [x509.NameAttribute(NameOID.COMMON_NAME, wanted.name)]
    if wanted.organization:
        parts.insert(0, x509.NameAttribute(NameOID.ORGANIZATION_NAME, wanted.organization))
    return x509.Name(parts)


def _host(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def _in_days(days: float) -> datetime:
    return datetime.now(UTC) + timedelta(days=days)
