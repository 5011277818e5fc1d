"""Which policies decide where calls to a service go, in the configuration that the client's istiod reads."""

from kubectl_mcdiag.evidence.commands import ISTIO_CONFIG
from kubectl_mcdiag.evidence.parsers.kubernetes.destination_rules import HASH, PASSTHROUGH, DestinationRule
from kubectl_mcdiag.evidence.parsers.kubernetes.resources import Service
from kubectl_mcdiag.mesh.access.identity import control_planes, mesh, services
from kubectl_mcdiag.mesh.access.membership import host_of
from kubectl_mcdiag.mesh.view import View, fact


def names_host(host: str, namespace: str, full: str) -> bool:
    """Return whether a `host` in an object of `namespace` means the service with this full host name.

    A name without a dot is one of that namespace; one with a dot is taken as it stands, so that `helloworld.sample`
    means nothing (Istio 1.31 `pilot/pkg/model/config.go`, `ResolveShortnameToFQDN`).
    """
    return full.endswith(host[1:]) if host.startswith("*") else resolved(host, namespace, full) == full


def resolved(host: str, namespace: str, full: str) -> str:
    """Return a `host` of an object with its namespace and with the domain of another host."""
    _, _, domain = full.partition(".svc.")
    return host if "." in host or host.startswith("*") else f"{host}.{namespace}.svc.{domain}"


@fact
def destination_rules(view: View, context: str, service: str) -> tuple[tuple[str, DestinationRule], ...]:
    """Return the DestinationRules about a service, each with the context it stands in."""
    return tuple(
        (plane, rule)
        for plane in control_planes(view, context)
        for rule in view.read(ISTIO_CONFIG, plane, kind="destinationrules").destination_rules
        if names_host(rule.host, rule.namespace, host_of(view, context, service))
    )


@fact
def rule_for(view: View, plane: str, service: str, namespace: str) -> DestinationRule | None:
    """Return the DestinationRule that decides for callers in a namespace: theirs, else the service's, else the mesh's.

    One that is not exported to that namespace does not count. For callers in the mesh's own namespace its rules come
    last, but for private ones (Istio 1.31 `pilot/pkg/model/push_context.go`, `destinationRule`). Of several for one
    host the oldest with a traffic policy decides (`pilot/pkg/model/destination_rule.go`, `mergeDestinationRule`).
    """
    _, _, own = service.partition(".")
    root, full = root_namespace(view, plane), host_of(view, plane, service)
    everybody = mesh(view, plane).default_destination_rule_export_to or ("*",)
    found = [
        rule
        for rule in view.read(ISTIO_CONFIG, plane, kind="destinationrules").destination_rules
        if names_host(rule.host, rule.namespace, full)
        and not rule.selector
        and reaches(rule.export_to or everybody, rule.namespace, namespace)
    ]
    theirs = [rule for rule in found if rule.namespace == namespace and (namespace != root or rule.export_to == (".",))]
    for group in (theirs, *([rule for rule in found if rule.namespace == space] for space in (own, root))):
        if group:
            narrowest = max((resolved(rule.host, rule.namespace, full) for rule in group), key=_narrowness)
            same = [rule for rule in group if resolved(rule.host, rule.namespace, full) == narrowest]
            return next((rule for rule in same if rule.policy), same[0])
    return None


def _narrowness(host: str) -> tuple[bool, int]:
    return not host.startswith("*"), len(host)


@fact
def binding(view: View, context: str, service: str) -> tuple[str, DestinationRule] | None:
    """Return the rule that binds callers in the service's own namespace to single endpoints, and where it stands."""
    for plane in control_planes(view, context):
        rule = rule_for(view, plane, service, service.partition(".")[2])
        if rule and rule.balancer in (HASH, PASSTHROUGH):
            return plane, rule
    return None


@fact
def is_passed_through(view: View, context: str, service: str) -> bool:
    """Return whether calls to a service go to the address that they were made for, which is its cluster's own."""
    found = binding(view, context, service)
    return found is not None and found[1].balancer == PASSTHROUGH


@fact
def governing(view: View, context: str, service: str) -> Service:
    """Return the Service whose settings istiod goes by: the one in its own cluster, else in the client's."""
    plane = control_planes(view, context)[0]
    return services(view, plane).get(service) or services(view, context)[service]


def reaches(export_to: tuple[str, ...], own: str, namespace: str) -> bool:
    """Return whether what is exported so by an object of namespace `own` can be seen in another namespace."""
    return "*" in export_to or namespace in export_to or ("." in export_to and own == namespace)


@fact
def root_namespace(view: View, plane: str) -> str:
    """Return the namespace whose policies are those of the whole mesh."""
    return mesh(view, plane).root_namespace or view.settings.istio_namespace
