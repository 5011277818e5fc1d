"""What proxies hold: the certificate they show and the roots they trust."""

from kubectl_mcdiag.errors import Unavailable
from kubectl_mcdiag.evidence.commands import PROXY_CERTIFICATES
from kubectl_mcdiag.evidence.parsers import certificates
from kubectl_mcdiag.evidence.parsers.certificates import Certificate
from kubectl_mcdiag.evidence.parsers.kubernetes.pods import Pod
from kubectl_mcdiag.mesh.access.identity import clients
from kubectl_mcdiag.mesh.networks.gateways import gateway_pods, gateways
from kubectl_mcdiag.mesh.services.endpoints import given
from kubectl_mcdiag.mesh.traffic.connections import needs_second_reading
from kubectl_mcdiag.mesh.trust.roots import authority, has_other_authority
from kubectl_mcdiag.mesh.view import View, ask, fact


@fact
def sampled(view: View, context: str) -> tuple[Pod, ...]:
    """Return the proxies that speak for their cluster: the sampled clients and a pod of each east-west gateway."""
    fronts = [gateway_pods(view, context, service.full_name)[:1] for service in gateways(view, context)]
    return clients(view, context) + tuple(pod for found in fronts for pod in found)


@fact
def doubtful(view: View, context: str) -> tuple[Pod, ...]:
    """Return the sampled proxies whose certificates are worth a question.

    Those older than the last change of their cluster's CA, those configured to get certificates from elsewhere, and all
    where connections between clusters fail.
    """
    failing = any(
        needs_second_reading(view, other, client.full_name)
        for other in view.contexts
        for client in ask(lambda c=other: clients(view, c)) or ()  # type: ignore[misc]
    )
    found = ask(lambda: authority(view, context))
    changed = found.changed if found else ""
    return tuple(pod for pod in sampled(view, context) if failing or pod.created < changed or has_other_authority(pod))


def know_whom_to_doubt(view: View, context: str) -> None:
    """Raise `Unavailable` where it is not known when the CA changed, or what came of the calls of a sampled client."""
    authority(view, context)
    for client in clients(view, context):
        try:
            given(view, context, client.full_name)
        except Unavailable as why:
            raise Unavailable(str(why), why.command, context) from None


@fact
def trusted_by(view: View, context: str, pod: str) -> tuple[Certificate, ...]:
    """Return the roots that a proxy (`name.namespace`) trusts."""
    return certificates.parse(view.read(PROXY_CERTIFICATES, context, pod).roots)
