"""Certificates and revocation lists that are not what they should be."""

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes

from kubectl_mcdiag.checks.trust import authority_dates, trust_domains
from kubectl_mcdiag.errors import ParseError
from kubectl_mcdiag.evidence.commands import CONFIG_MAPS
from kubectl_mcdiag.evidence.parsers import certificates, signatures
from kubectl_mcdiag.mesh.model import Pair
from kubectl_mcdiag.mesh.view import View
from lab.clusters.certificates import Identity, elliptic_key
from tests.edits import changed, each, only
from tests.mesh.trust.test_trust import HEALTHY, LONG_OVER, authority, files, with_cacerts

BROKEN = "-----BEGIN {0}-----\nAAAA\n-----END {0}-----\n"


def plain() -> str:
    """Issue a certificate that says nothing of what it is for."""
    key, model = elliptic_key(), authority("model").certificate
    builder = x509.CertificateBuilder(
        model.issuer, model.subject, key.public_key(), 7, model.not_valid_before_utc, model.not_valid_after_utc
    )
    return Identity(builder.sign(key, hashes.SHA256()), key).certificate_pem


def test_certificate_without_extensions_is_no_authority_and_may_sign() -> None:
    (found,) = certificates.parse(plain())

    assert (found.is_authority, found.may_sign) == (False, True)


def test_block_that_is_no_certificate_is_an_error_with_words() -> None:
    with pytest.raises(ParseError, match=r"^not a certificate$"):
        certificates.parse(BROKEN.format("CERTIFICATE"))


def test_block_that_is_no_revocation_list_is_an_error_with_words() -> None:
    found = certificates.parse(authority("root").certificate_pem)

    with pytest.raises(ParseError, match=r"^not a revocation list$"):
        signatures.without_list(found, BROKEN.format("X509 CRL"))


@pytest.mark.parametrize(
    ("expired", "what", "file"),
    [("root", "root certificate", "root-cert.pem"), ("middle", "CA certificate", "cert-chain.pem")],
)
def test_certificate_whose_time_is_over_is_told_with_its_file(expired: str, what: str, file: str) -> None:
    over = {expired: LONG_OVER}
    root = authority("root", until_days=over.get("root", 4000.0))
    middle = authority("middle", root, until_days=over.get("middle", 4000.0))
    found = list(authority_dates.run(with_cacerts(files(authority("lower", middle), middle, root=root)), "cluster2"))

    assert [str(finding.problem).startswith(f"The {what} of cluster2 expired on ") for finding in found] == [True]
    assert str(found[0].detail).startswith(f"It is CN={expired} (SHA-256 ")
    assert f'"{file}"' in found[0].evidence[0].command


def test_trust_domain_that_one_side_alone_accepts_breaks_one_direction() -> None:
    snap = changed(HEALTHY, CONFIG_MAPS, "cluster1", each(only("istio", data={"mesh": "trustDomain: one"})))
    both = "trustDomain: two\ntrustDomainAliases: [one]"
    view = View(changed(snap, CONFIG_MAPS, "cluster2", each(only("istio", data={"mesh": both}))))

    assert list(trust_domains.run(view, Pair("cluster1", "cluster2"))) == []
    (found,) = trust_domains.run(view, Pair("cluster2", "cluster1"))
    assert str(found.problem) == "cluster1 does not accept trust domain two of cluster2"
    assert "Add two to `meshConfig.trustDomainAliases` in the installation of cluster1" in str(found.advice)
