"""Evidence of the trust family: certificates of Secrets and ConfigMaps, by commands that print no key."""

from datetime import datetime

from kubectl_mcdiag.checks.contract import Evidence
from kubectl_mcdiag.checks.proof import asked, shown
from kubectl_mcdiag.checks.steps import Object, kubectl, show
from kubectl_mcdiag.evidence.commands import ISTIOD_CRASH
from kubectl_mcdiag.evidence.parsers.certificates import Certificate
from kubectl_mcdiag.evidence.shell import Shell
from kubectl_mcdiag.mesh.access.control_plane import crash, crashing
from kubectl_mcdiag.mesh.trust.plugged_ca import PLUGGED, TLS
from kubectl_mcdiag.mesh.trust.roots import CACERTS, ROOTS, authority, roots
from kubectl_mcdiag.mesh.view import View, ask

ALL = (
    ("openssl", "crl2pkcs7", "-nocrl", "-certfile", "/dev/stdin"),
    ("openssl", "pkcs7", "-print_certs", "-text", "-noout"),
)
FIRST = ("openssl", "x509", "-noout", "-subject", "-issuer", "-fingerprint", "-sha256", "-nameopt", "RFC2253")


def certificates_shown(view: View, plane: str, key: str, *lines: str) -> Evidence:
    """Return as evidence what openssl says of all certificates in one file of `cacerts`."""
    one, other = ALL
    return shown(plane, _file(view, plane, key).piped(*one).piped(*other), *lines)


def names_shown(view: View, plane: str, key: str, *lines: str) -> Evidence:
    """Return as evidence the names and the fingerprint of the first certificate in one file of `cacerts`."""
    return shown(plane, _file(view, plane, key).piped(*FIRST), *lines)


def plugged_shown(view: View, plane: str, root: Certificate) -> Evidence:
    """Return as evidence the root in `cacerts`."""
    secret = authority(view, plane)
    layout = TLS if secret and TLS.signing in secret.keys else PLUGGED
    return names_shown(view, plane, layout.roots, *named(root))


def roots_shown(view: View, context: str) -> Evidence:
    """Return as evidence the root in force, which istiod published."""
    target = Object(context, "configmap", ROOTS, view.settings.istio_namespace)
    command = show(view, target, "-o", 'go-template={{index .data "root-cert.pem"}}').piped(*FIRST)
    return shown(context, command, *named(roots(view, context)[0]))


def keys_shown(view: View, plane: str, *names: str) -> Evidence:
    """Return as evidence the files in `cacerts`, by a command that prints their lengths alone."""
    where = ("-n", view.settings.istio_namespace)
    command = kubectl(view, plane, *where, "describe", "secret", CACERTS)
    return shown(plane, command, *(f"{name}:  … bytes" for name in names))


def crash_shown(view: View, plane: str) -> tuple[Evidence, ...]:
    """Return what an istiod that cannot start said last, if there is one."""
    said = ask(lambda: crash(view, plane))
    return (asked(view, ISTIOD_CRASH, plane, crashing(view, plane)[0].full_name, said),) if said else ()


def named(certificate: Certificate) -> tuple[str, str]:
    """Return name and fingerprint as openssl writes them."""
    return f"subject={certificate.subject}", f"sha256 Fingerprint={certificate.short}:…"


def dated(certificate: Certificate) -> tuple[str, str]:
    """Return the dates of a certificate as openssl writes them."""
    return f"Not Before: {_date(certificate.not_before)}", f"Not After : {_date(certificate.not_after)}"


def _date(moment: datetime) -> str:
    return f"{moment:%b} {moment.day:2d} {moment:%H:%M:%S %Y} GMT"


def _file(view: View, plane: str, key: str) -> Shell:
    target = Object(plane, "secret", CACERTS, view.settings.istio_namespace)
    return show(view, target, "-o", "go-template={{index .data " + f'"{key}"' + " | base64decode}}")
