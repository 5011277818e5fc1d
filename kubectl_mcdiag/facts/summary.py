"""The mesh as seen, for the head of the report: what is not known is left empty, the unknowns say why."""

from kubectl_mcdiag.facts import endpoints, gateways, identity, remote_secrets, trust
from kubectl_mcdiag.facts.view import View, ask
from kubectl_mcdiag.findings import ClusterSummary, GatewayAddress, Istiod
from kubectl_mcdiag.parsers.pods import Pod
from kubectl_mcdiag.parsers.resources import Service


def clusters(view: View) -> tuple[ClusterSummary, ...]:
    """Return one summary for each context."""
    return tuple(_cluster(view, context) for context in view.contexts)


def _cluster(view: View, context: str) -> ClusterSummary:
    roots = ask(lambda: trust.roots(view, context)) or ()
    mesh = ask(lambda: endpoints.mesh_of(view, context))
    return ClusterSummary(
        context=context,
        cluster_id=ask(lambda: identity.cluster_id(view, context)) or "",
        network=ask(lambda: identity.network(view, context)) or "",
        role=ask(lambda: identity.role(view, context)) or "",
        istiods=tuple(_istiod(pod) for pod in ask(lambda: identity.istiods(view, context)) or ()),
        trust_domain=mesh.trust_domain if mesh else "",
        roots=tuple(certificate.fingerprint for certificate in roots),
        gateways=tuple(_gateway(service) for service in ask(lambda: gateways.gateways(view, context)) or ()),
        clients=tuple(pod.full_name for pod in ask(lambda: identity.clients(view, context)) or ()),
    )


def _istiod(pod: Pod) -> Istiod:
    return Istiod(pod.name, pod.version, pod.labels.get("istio.io/rev", ""))


def _gateway(service: Service) -> GatewayAddress:
    return GatewayAddress(service.full_name, gateways.addresses(service), gateways.gateway_port(service))


def members(view: View) -> tuple[str, ...]:
    """Return the IDs of clusters that remote secrets name and no context was given for."""
    return tuple(dict.fromkeys(name for context in view.contexts for name in _strangers(view, context)))


def _strangers(view: View, context: str) -> list[str]:
    entries = ask(lambda: remote_secrets.remote_secrets(view, context)) or ()
    ids = {ask(lambda c=other: identity.cluster_id(view, c)) for other in view.contexts}  # type: ignore[misc]
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
