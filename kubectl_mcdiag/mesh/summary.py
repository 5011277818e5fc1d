"""The mesh as seen, for the head of the report: what is not known is left empty, the unknowns say why."""

from typing import Any

from kubectl_mcdiag.evidence.parsers.kubernetes.pods import Pod
from kubectl_mcdiag.evidence.parsers.kubernetes.resources import Service
from kubectl_mcdiag.mesh.access import identity
from kubectl_mcdiag.mesh.discovery import remote_secrets
from kubectl_mcdiag.mesh.model import ClusterSummary, GatewayAddress, Istiod
from kubectl_mcdiag.mesh.networks import gateways
from kubectl_mcdiag.mesh.services import endpoints
from kubectl_mcdiag.mesh.trust import roots as trust
from kubectl_mcdiag.mesh.view import View, ask, known


def clusters(view: View) -> tuple[ClusterSummary, ...]:
    """Return one summary for each context."""
    return tuple(_cluster(view, context) for context in view.contexts)


def _cluster(view: View, context: str) -> ClusterSummary:
    known: dict[str, Any] = {
        "cluster_id": ask(lambda: identity.cluster_id(view, context)),
        "network": ask(lambda: identity.network(view, context)),
        "role": ask(lambda: identity.role(view, context)),
        "istiods": ask(lambda: identity.istiods(view, context)),
        "trust_domain": ask(lambda: endpoints.mesh_of(view, context).trust_domain),
        "roots": ask(lambda: trust.roots(view, context)),
        "gateways": ask(lambda: gateways.gateways(view, context)),
        "clients": ask(lambda: identity.clients(view, context)),
    }
    return ClusterSummary(
        context=context,
        cluster_id=known["cluster_id"] or "",
        network=known["network"] or "",
        role=known["role"] or "",
        istiods=tuple(_istiod(pod) for pod in known["istiods"] or ()),
        trust_domain=known["trust_domain"] or "",
        roots=tuple(certificate.fingerprint for certificate in known["roots"] or ()),
        gateways=tuple(_gateway(service) for service in known["gateways"] or ()),
        clients=tuple(pod.full_name for pod in known["clients"] or ()),
        unknown=tuple(name for name, value in known.items() if value is None),
    )


def _istiod(pod: Pod) -> Istiod:
    return Istiod(pod.name, pod.version, pod.labels.get("istio.io/rev", ""))


def _gateway(service: Service) -> GatewayAddress:
    return GatewayAddress(service.full_name, gateways.addresses(service), gateways.gateway_port(service))


def members(view: View) -> tuple[str, ...]:
    """Return the IDs of clusters that remote secrets name and no context was given for."""
    return tuple(dict.fromkeys(name for context in view.contexts for name in _strangers(view, context)))


def _strangers(view: View, context: str) -> list[str]:
    entries = ask(lambda: remote_secrets.named_secrets(view, context)) or ()
    ids = set(known(view, lambda other: identity.cluster_id(view, other)).values())
    found = []
    for entry in entries:
        where = ask(lambda e=entry: remote_secrets.destination(view, e))  # type: ignore[misc]
        if where is not None and where not in view.contexts and where not in ids:
            found.append(where)
    return found


def services_judged(view: View) -> tuple[str, ...]:
    """Return the services that the run looked at, as `name.namespace`."""
    pairs = [(a, b) for a in view.contexts for b in view.contexts if a != b]
    found = {name for a, b in pairs for name in ask(lambda a=a, b=b: endpoints.subjects(view, a, b)) or ()}  # type: ignore[misc]
    return tuple(sorted(found))
