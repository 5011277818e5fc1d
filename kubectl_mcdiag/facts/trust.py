"""Which roots are in force and where they come from."""

from collections import Counter

from kubectl_mcdiag.commands import SECRETS
from kubectl_mcdiag.errors import Unavailable
from kubectl_mcdiag.facts.identity import config_map, control_planes
from kubectl_mcdiag.facts.view import View, ask, fact
from kubectl_mcdiag.parsers import certificates
from kubectl_mcdiag.parsers.certificates import Certificate
from kubectl_mcdiag.parsers.secrets import Secret

ROOTS = "istio-ca-root-cert"


@fact
def roots(view: View, context: str) -> tuple[Certificate, ...]:
    """Return the root certificates in force: what istiod wrote into the ConfigMap `istio-ca-root-cert`."""
    found = certificates.parse(config_map(view, context, ROOTS).data.get("root-cert.pem", ""))
    if not found:
        raise Unavailable(f"{context}: the ConfigMap {ROOTS} holds no certificate")
    return found


@fact
def share_a_root(view: View, one: str, other: str) -> bool:
    """Tell whether some root is in force in both clusters; bundles need only overlap."""
    return bool(fingerprints(roots(view, one)) & fingerprints(roots(view, other)))


def fingerprints(found: tuple[Certificate, ...]) -> frozenset[str]:
    """Return the SHA-256 fingerprints of certificates."""
    return frozenset(certificate.fingerprint for certificate in found)


@fact
def odd_one(view: View, one: str, other: str) -> tuple[str, str]:
    """Return two clusters that share no root as (the one that is wrong, the one it is held against).

    It is the one that disagrees with more of the other clusters; between equals the one without a plugged-in CA;
    then the later on the command line.
    """
    others = [context for context in view.contexts if ask(lambda c=context: roots(view, c)) is not None]  # type: ignore[misc]
    disagreements = Counter({c: sum(not share_a_root(view, c, o) for o in others) for c in (one, other)})
    unplugged = {c: ask(lambda c=c: plugged(view, c)) is None for c in (one, other)}  # type: ignore[misc]
    order = view.contexts.index
    wrong = max((one, other), key=lambda c: (disagreements[c], unplugged[c], order(c)))
    return (wrong, other if wrong == one else one)


@fact
def authority(view: View, context: str) -> Secret | None:
    """Return the Secret `cacerts` of the cluster's control plane, None where there is none."""
    plane = control_planes(view, context)[0]
    return next((secret for secret in view.read(SECRETS, plane) if secret.name == "cacerts"), None)


@fact
def plugged(view: View, context: str) -> tuple[Certificate, ...] | None:
    """Return the roots in `cacerts`, None where there is no such Secret."""
    secret = authority(view, context)
    if secret is None:
        return None
    return certificates.parse(secret.certificates.get("root-cert.pem", "") or secret.certificates.get("ca.crt", ""))
