"""Which roots are in force and where they come from."""

from collections import Counter

from kubectl_mcdiag.errors import Unavailable
from kubectl_mcdiag.evidence.commands import SECRETS
from kubectl_mcdiag.evidence.parsers import certificates
from kubectl_mcdiag.evidence.parsers.certificates import Certificate
from kubectl_mcdiag.evidence.parsers.kubernetes.pods import Pod
from kubectl_mcdiag.evidence.parsers.kubernetes.secrets import Secret
from kubectl_mcdiag.mesh.access.identity import config_map, control_planes, istiods, mesh, proxies
from kubectl_mcdiag.mesh.view import View, ask, fact, known

ROOTS = "istio-ca-root-cert"
CACERTS = "cacerts"
SELF_SIGNED = "istio-ca-secret"
GENERATED = "istio-generated"
DIRECTORIES = ("", "./etc/cacerts", "/etc/cacerts")


@fact
def roots(view: View, context: str) -> tuple[Certificate, ...]:
    """Return the root certificates in force: what istiod wrote into the ConfigMap `istio-ca-root-cert`."""
    found = certificates.parse(config_map(view, context, ROOTS).data.get("root-cert.pem", ""))
    if not found:
        raise Unavailable(f"{context}: the ConfigMap {ROOTS} holds no certificate")
    return found


@fact
def share_a_root(view: View, one: str, other: str) -> bool:
    """Return whether each cluster trusts a root of the other; bundles need only overlap."""
    return _trusts(view, one, other) and _trusts(view, other, one)


def _trusts(view: View, context: str, other: str) -> bool:
    trusted = roots(view, context) + anchors(view, context)
    return bool(fingerprints(trusted) & fingerprints(roots(view, other)))


@fact
def anchors(view: View, context: str) -> tuple[Certificate, ...]:
    """Return the roots that proxies trust beside their own: `caCertificates` of a mesh with several roots."""
    plane = control_planes(view, context)[0]
    if not any(pod.environment.get("ISTIO_MULTIROOT_MESH") == "true" for pod in istiods(view, plane)):
        return ()
    return certificates.parse("".join(anchor.pem for anchor in mesh(view, plane).ca_certificates))


@fact
def trust_domains(view: View, context: str) -> tuple[str, ...]:
    """Return the trust domains that the workloads of a cluster accept."""
    found = mesh(view, control_planes(view, context)[0])
    more = (domain for anchor in found.ca_certificates for domain in anchor.trust_domains)
    return tuple(dict.fromkeys((found.trust_domain, *found.trust_domain_aliases, *more)))


def fingerprints(found: tuple[Certificate, ...]) -> frozenset[str]:
    """Return the SHA-256 fingerprints of certificates."""
    return frozenset(certificate.fingerprint for certificate in found)


@fact
def odd_one(view: View, one: str, other: str) -> tuple[str, str]:
    """Return two clusters that share no root as (the one that is wrong, the one it is held against).

    It is the one that disagrees with more of the other clusters; between equals the one without a plugged-in CA;
    then the later on the command line.
    """
    others = known(view, lambda context: roots(view, context))
    disagreements = Counter({c: sum(not share_a_root(view, c, o) for o in others) for c in (one, other)})
    unplugged = {c: ask(lambda c=c: plugged(view, c)) is None for c in (one, other)}  # type: ignore[misc]
    order = view.contexts.index
    wrong = max((one, other), key=lambda c: (disagreements[c], unplugged[c], order(c)))
    return (wrong, other if wrong == one else one)


def sharing(view: View, context: str, *, root: bool) -> tuple[str, ...]:
    """Return the other clusters that can be read and have a root in common with this one, or have none."""
    shares = known(view, lambda other: share_a_root(view, context, other))
    return tuple(other for other, shared in shares.items() if other != context and shared is root)


def foreign_roots(view: View, context: str) -> tuple[str, ...]:
    """Return the clusters that have no root in common with this one, each with its own, for a sentence."""
    return tuple(f"{other} ({roots(view, other)[0].short})" for other in sharing(view, context, root=False))


@fact
def alike(view: View, one: str, wrong: str) -> tuple[str, ...]:
    """Return the clusters with the same roots as this one, beside which `wrong` is the odd one as well."""
    of = known(view, lambda context: fingerprints(roots(view, context)))
    return tuple(c for c, found in of.items() if found == of[one] and odd_one(view, c, wrong)[0] == wrong)


@fact
def authority(view: View, context: str) -> Secret | None:
    """Return the Secret `cacerts` of the cluster's control plane, None where there is none."""
    plane = control_planes(view, context)[0]
    return next((secret for secret in view.read(SECRETS, plane) if secret.name == CACERTS), None)


@fact
def plugged(view: View, context: str) -> tuple[Certificate, ...] | None:
    """Return the roots in `cacerts`, None where there is no such Secret."""
    secret = authority(view, context)
    if secret is None:
        return None
    return certificates.parse(secret.certificates.get("root-cert.pem", "") or secret.certificates.get("ca.crt", ""))


@fact
def is_self_signed(view: View, context: str) -> bool:
    """Return whether the root in force is one that istiod made for itself and keeps in `istio-ca-secret`."""
    plane = control_planes(view, context)[0]
    own = next((secret for secret in view.read(SECRETS, plane) if secret.name == SELF_SIGNED), None)
    made = certificates.parse(own.certificates.get("ca-cert.pem", "")) if own else ()
    return bool(fingerprints(made) & fingerprints(roots(view, context)))


@fact
def ignored(view: View, context: str) -> tuple[Certificate, ...]:
    """Return the roots in `cacerts` where none of them is in force; nothing where istiod is set not to use it."""
    plane = control_planes(view, context)[0]
    found = plugged(view, context) or ()
    if elsewhere(view, plane) or external(view, context) or fingerprints(found) & fingerprints(roots(view, context)):
        return ()
    return found


@fact
def elsewhere(view: View, plane: str) -> str:
    """Return the directory in which istiod looks for its CA, where that is not the one `cacerts` is mounted at."""
    named = (pod.environment.get("ROOT_CA_DIR", "").rstrip("/") for pod in istiods(view, plane))
    return next((directory for directory in named if directory not in DIRECTORIES), "")


@fact
def external(view: View, context: str) -> str:
    """Return what signs in istiod's place for the proxies of a cluster, empty where istiod does so itself."""
    planes = (pod.environment.get("EXTERNAL_CA", "") for pod in istiods(view, control_planes(view, context)[0]))
    named = (pod.environment["CA_ADDR"] for pod in proxies(view, context) if has_other_authority(pod))
    return next(filter(None, (*planes, *named)), "")


def has_other_authority(pod: Pod) -> bool:
    """Return whether a proxy gets its certificates from something else than istiod."""
    return bool(pod.environment.get("CA_ADDR")) and "istiod" not in pod.environment["CA_ADDR"]
