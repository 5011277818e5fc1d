"""Trust judged by certificates that no recording holds: each is issued here and put into a recorded mesh."""

from collections.abc import Callable
from dataclasses import replace
from functools import cache

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes

from kubectl_mcdiag.checks.trust import authority_dates, authority_may_sign, roots_shared, trust_domains
from kubectl_mcdiag.errors import NotApplicable
from kubectl_mcdiag.evidence.commands import CONFIG_MAPS, PODS, SECRETS
from kubectl_mcdiag.evidence.parsers import certificates
from kubectl_mcdiag.evidence.parsers.kubernetes.configmaps import ConfigMap
from kubectl_mcdiag.evidence.parsers.kubernetes.pods import Pod
from kubectl_mcdiag.evidence.parsers.kubernetes.secrets import Secret
from kubectl_mcdiag.mesh.model import Pair, Status
from kubectl_mcdiag.mesh.trust.plugged_ca import path, plugged_ca
from kubectl_mcdiag.mesh.trust.roots import fingerprints
from kubectl_mcdiag.mesh.view import View
from lab.clusters.certificates import Identity, Wanted, elliptic_key, issue
from tests.edits import changed, each, mesh

CONTEXT = "cluster2"
PAIR = Pair("cluster1", CONTEXT)
HEALTHY = mesh("mesh-id-differs")
"""A recorded mesh in which trust is as it should be."""
LONG_AGO, LONG_OVER = -3000.0, -2000.0
"""In days from now; both lie before any recording."""


@cache
def authority(name: str, issuer: Identity | None = None, until_days: float = 4000.0) -> Identity:
    return issue(Wanted(name, authority=True, from_days=LONG_AGO, until_days=until_days), elliptic_key(), issuer)


def with_cacerts(files: dict[str, str], changed_at: str = "") -> View:
    """Return the healthy mesh with other files in cluster2's cacerts."""

    def change(secret: Secret) -> Secret:
        if secret.name != "cacerts":
            return secret
        return replace(secret, certificates=files, keys=(*files, "ca-key.pem", "tls.key"), changed=changed_at)

    return View(changed(HEALTHY, SECRETS, CONTEXT, each(change)))


def files(signing: Identity, *above: Identity, root: Identity) -> dict[str, str]:
    chain = "".join(one.certificate_pem for one in (signing, *above))
    return {
        "ca-cert.pem": signing.certificate_pem,
        "cert-chain.pem": chain,
        "root-cert.pem": root.certificate_pem,
    }


def test_chain_of_three_leads_to_the_root() -> None:
    root = authority("root")
    middle = authority("middle", root)
    view = with_cacerts(files(authority("lower", middle), middle, root, root=root))

    assert [found.subject for found in path(plugged_ca(view, CONTEXT))] == ["CN=lower", "CN=middle", "CN=root"]


def test_root_of_the_same_name_is_another_root() -> None:
    root, namesake = authority("root"), issue(Wanted("root", authority=True), elliptic_key())
    view = with_cacerts(files(authority("lower", root), root=namesake))

    assert path(plugged_ca(view, CONTEXT)) == ()


def test_secret_of_type_tls_is_read_by_its_names() -> None:
    root = authority("root")
    lower = authority("lower", root)
    view = with_cacerts({"tls.crt": lower.certificate_pem, "ca.crt": root.certificate_pem})
    ca = plugged_ca(view, CONTEXT)

    assert ca.missing == ()
    assert [found.subject for found in path(ca)] == ["CN=lower", "CN=root"]


def test_expired_ca_in_force_breaks_both_directions() -> None:
    root = authority("root")
    view = with_cacerts(files(authority("old", root, until_days=LONG_OVER), root=root))
    (found,) = authority_dates.run(view, CONTEXT)

    assert found.status is Status.FAIL
    assert set(found.scope.pairs) == {PAIR, Pair(CONTEXT, "cluster1")}
    assert "Peers refuse what it signs" in found.text


def test_expired_ca_not_taken_up_is_a_warning() -> None:
    root = authority("root")
    view = with_cacerts(
        files(authority("old", root, until_days=LONG_OVER), root=root), changed_at="2099-01-01T00:00:00Z"
    )
    (found,) = authority_dates.run(view, CONTEXT)

    assert found.status is Status.WARN
    assert "istiod will not start again with it" in found.text


def with_environment(view: View, **environment: str) -> View:
    """Return the mesh in which every pod of cluster2 that has a proxy or is istiod has more variables."""
    given = each(lambda pod: replace(pod, environment={**pod.environment, **environment}))
    return View(changed(view.snapshot, PODS, CONTEXT, given))


def expired() -> View:
    root = authority("root")
    return with_cacerts(files(authority("old", root, until_days=LONG_OVER), root=root))


def test_expired_ca_that_signs_for_no_proxy_is_a_warning() -> None:
    """istio-csr signs, and a Secret of an earlier time was left behind: only istiod's next start is at stake."""
    view = with_environment(expired(), CA_ADDR="cert-manager-istio-csr.cert-manager.svc:443")
    (found,) = authority_dates.run(view, CONTEXT)

    assert found.status is Status.WARN
    assert "will not start again" in found.text


def test_expired_ca_that_signs_for_some_proxies_breaks_their_calls() -> None:
    other = {"CA_ADDR": "cert-manager-istio-csr:443"}
    curl = each(lambda pod: replace(pod, environment={**pod.environment, **other}) if "curl" in pod.name else pod)
    (found,) = authority_dates.run(View(changed(expired().snapshot, PODS, CONTEXT, curl)), CONTEXT)

    assert found.status is Status.FAIL


def test_expired_ca_beside_an_external_one_is_a_warning() -> None:
    (found,) = authority_dates.run(with_environment(expired(), EXTERNAL_CA="ISTIOD_RA_KUBERNETES_API"), CONTEXT)

    assert found.status is Status.WARN


def test_ca_that_istiod_never_reads_is_not_judged() -> None:
    with pytest.raises(NotApplicable, match="runs no CA"):
        list(authority_dates.run(with_environment(expired(), ENABLE_CA_SERVER="false"), CONTEXT))


def test_ca_without_signing_right_that_signs_for_no_proxy_is_a_warning() -> None:
    root = authority("root")
    view = with_cacerts(files(without_signing(root), root=root))
    (found,) = authority_may_sign.run(with_environment(view, CA_ADDR="cert-manager-istio-csr:443"), CONTEXT)

    assert found.status is Status.WARN


def test_ca_whose_key_usage_forbids_signing_breaks_all_calls() -> None:
    root = authority("root")
    (found,) = authority_may_sign.run(with_cacerts(files(without_signing(root), root=root)), CONTEXT)

    assert found.status is Status.FAIL
    assert "without keyCertSign" in found.text


def without_signing(issuer: Identity) -> Identity:
    """Issue a CA certificate whose key usage lacks keyCertSign."""
    key, model = elliptic_key(), authority("model", issuer).certificate
    builder = x509.CertificateBuilder(
        model.issuer, model.subject, key.public_key(), 7, model.not_valid_before_utc, model.not_valid_after_utc
    )
    usage = x509.KeyUsage(True, False, False, False, False, False, True, False, False)
    builder = builder.add_extension(x509.BasicConstraints(True, None), critical=True).add_extension(
        usage, critical=True
    )
    return Identity(builder.sign(issuer.key, hashes.SHA256()), key)


def test_certificate_that_is_no_ca_is_a_warning_while_istiod_runs() -> None:
    root = authority("root")
    server = issue(Wanted("server"), elliptic_key(), root)
    (found,) = authority_may_sign.run(with_cacerts(files(server, root=root)), CONTEXT)

    assert found.status is Status.WARN
    assert "CA:FALSE" in found.text


def other_root(multiroot: str) -> View:
    """Return the healthy mesh with another root in cluster2, each root among the other mesh's `caCertificates`."""
    foreign = authority("foreign").certificate_pem
    own = next(
        found.data["root-cert.pem"]
        for found in HEALTHY.observations[(CONFIG_MAPS.key, "cluster1", "")].value
        if found.name == "istio-ca-root-cert"
    )

    def anchored(pem: str) -> Callable[[ConfigMap], ConfigMap]:
        indented = "".join(f"      {line}\n" for line in pem.splitlines())
        text = f"trustDomain: cluster.local\ncaCertificates:\n- trustDomains: [two.example]\n  pem: |\n{indented}"

        def change(found: ConfigMap) -> ConfigMap:
            if found.name == "istio-ca-root-cert" and pem is own:
                return replace(found, data={"root-cert.pem": foreign})
            return replace(found, data={"mesh": text}) if found.name == "istio" else found

        return change

    def switched(pod: Pod) -> Pod:
        return replace(pod, environment={**pod.environment, "ISTIO_MULTIROOT_MESH": multiroot})

    snap = HEALTHY
    for context, pem in (("cluster1", foreign), (CONTEXT, own)):
        snap = changed(snap, CONFIG_MAPS, context, each(anchored(pem)))
        snap = changed(snap, PODS, context, each(switched))
    return View(snap)


def test_roots_that_each_mesh_configuration_adds_are_trusted() -> None:
    assert list(roots_shared.run(other_root("true"), PAIR)) == []


def test_added_roots_count_only_where_istiod_has_several() -> None:
    assert len(list(roots_shared.run(other_root("false"), PAIR))) == 1


def test_trust_domain_of_added_roots_is_accepted() -> None:
    assert list(trust_domains.run(other_root("true"), PAIR)) == []


def test_fingerprints_are_those_of_the_certificates() -> None:
    (root,) = certificates.parse(authority("root").certificate_pem)

    assert fingerprints((root, root)) == {root.fingerprint}


def test_domain_of_another_cluster_makes_no_command() -> None:
    def named(found: ConfigMap) -> ConfigMap:
        mesh = """trustDomain: 'x]"; system("id"); print "'\n"""
        return replace(found, data={**found.data, "mesh": mesh}) if found.name == "istio" else found

    snap = changed(HEALTHY, CONFIG_MAPS, "cluster1", each(named))
    (found,) = trust_domains.run(View(snap), Pair("cluster1", "cluster2"))

    assert found.fix == ()
    assert "trustDomainAliases" in str(found.advice)
