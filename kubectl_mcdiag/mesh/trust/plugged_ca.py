"""The CA that an operator plugged in: what the Secret `cacerts` of a cluster holds, and whether istiod can use it."""

from dataclasses import dataclass

from kubectl_mcdiag.errors import NotApplicable
from kubectl_mcdiag.evidence.commands import SECRETS
from kubectl_mcdiag.evidence.parsers import certificates
from kubectl_mcdiag.evidence.parsers.certificates import Certificate
from kubectl_mcdiag.evidence.parsers.kubernetes.secrets import Secret
from kubectl_mcdiag.evidence.parsers.signatures import is_signed_by
from kubectl_mcdiag.mesh.access.control_plane import calls_from, calls_with, is_down
from kubectl_mcdiag.mesh.access.identity import control_planes, istiod_pods, istiods, proxies
from kubectl_mcdiag.mesh.discovery.remote_secrets import served_by
from kubectl_mcdiag.mesh.model import Pair, Status
from kubectl_mcdiag.mesh.trust.roots import CACERTS, GENERATED, has_other_authority
from kubectl_mcdiag.mesh.view import View, fact


@dataclass(frozen=True, slots=True)
class Layout:
    """The names under which istiod looks for the files of its CA."""

    signing: str
    key: str
    roots: str
    chain: str

    @property
    def names(self) -> tuple[str, ...]:
        """All of them, each once."""
        return tuple(dict.fromkeys((self.signing, self.key, self.roots, self.chain)))


PLUGGED = Layout("ca-cert.pem", "ca-key.pem", "root-cert.pem", "cert-chain.pem")
TLS = Layout("tls.crt", "tls.key", "ca.crt", "tls.crt")


@dataclass(frozen=True, slots=True)
class PluggedCa:
    """What `cacerts` holds: the certificate that signs (None where there is none), its chain and the roots."""

    secret: Secret
    layout: Layout
    signing: Certificate | None
    chain: tuple[Certificate, ...]
    roots: tuple[Certificate, ...]

    @property
    def missing(self) -> tuple[str, ...]:
        """The names that istiod looks for and does not find."""
        return tuple(name for name in self.layout.names if name not in self.secret.keys)


@fact
def plugged_ca(view: View, context: str) -> PluggedCa:
    """Return the CA plugged into a cluster; not applicable where another runs its istiod, or none was plugged in.

    An istiod without a CA server never reads it (Istio 1.31 `pilot/pkg/bootstrap/istio_ca.go`, `maybeCreateCA`).
    """
    if control_planes(view, context) != (context,):
        raise NotApplicable(f"the CA of {context} is that of another cluster")
    planes = istiod_pods(view, context)
    if planes and all(pod.environment.get("ENABLE_CA_SERVER") == "false" for pod in planes):
        raise NotApplicable(f"istiod of {context} runs no CA (ENABLE_CA_SERVER=false), so it does not read cacerts")
    secret = next((found for found in view.read(SECRETS, context) if found.name == CACERTS), None)
    if secret is None or GENERATED in secret.keys:
        raise NotApplicable(f"no CA was plugged into {context}")
    layout = TLS if TLS.signing in secret.keys else PLUGGED
    signing = certificates.parse(secret.certificates.get(layout.signing, ""))
    return PluggedCa(
        secret,
        layout,
        signing[0] if signing else None,
        certificates.parse(secret.certificates.get(layout.chain, "")),
        certificates.parse(secret.certificates.get(layout.roots, "")),
    )


def path(ca: PluggedCa) -> tuple[Certificate, ...]:
    """Return the certificates from the signing one to a root, empty where they do not lead to one."""
    return _climb(ca, (ca.signing,)) if ca.signing else ()


def _climb(ca: PluggedCa, climbed: tuple[Certificate, ...]) -> tuple[Certificate, ...]:
    top = climbed[-1]
    if top in ca.roots:
        return climbed
    for above in (*ca.roots, *ca.chain):
        if above not in climbed and is_signed_by(top, above) and (whole := _climb(ca, (*climbed, above))):
            return whole
    return ()


def harm(view: View, context: str) -> tuple[Status, tuple[Pair, ...]]:
    """Return what an unusable `cacerts` does: no istiod gets through its start; one that runs goes on until its next.

    Without istiod proxies keep what they have for up to 24 hours, and new ones get nothing.
    """
    if is_down(view, context):
        return Status.FAIL, calls_from(view, context)
    return Status.WARN, calls_with(view, context)


def signing_harm(view: View, context: str) -> tuple[Status, tuple[Pair, ...]]:
    """Return what a CA does whose certificates peers refuse: all calls fail, if it signs for any proxy."""
    return (Status.FAIL, calls_with(view, context)) if _signs(view, context) else harm(view, context)


def _signs(view: View, context: str) -> bool:
    """Return whether some proxy has its certificate from this istiod's own CA."""
    if any(pod.environment.get("EXTERNAL_CA") for pod in istiods(view, context)):
        return False
    return any(not has_other_authority(pod) for one in served_by(view, context) for pod in proxies(view, one))
