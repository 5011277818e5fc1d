"""What makes Envoy prefer near endpoints, or keep to them: settings of mesh, rules, Services and namespaces."""

from kubectl_mcdiag.evidence.commands import RESOURCES
from kubectl_mcdiag.evidence.parsers.kubernetes.destination_rules import DestinationRule, Locality
from kubectl_mcdiag.evidence.parsers.kubernetes.resources import Node
from kubectl_mcdiag.mesh.access.identity import control_planes, mesh, namespaces
from kubectl_mcdiag.mesh.services.policy import destination_rules, governing
from kubectl_mcdiag.mesh.view import View, fact

TRAFFIC_DISTRIBUTION = "networking.istio.io/traffic-distribution"
REGION, ZONE = "topology.kubernetes.io/region", "topology.kubernetes.io/zone"


@fact
def preference(view: View, context: str, service: str) -> str:
    """Return what makes Envoy prefer near endpoints of a service, in words; empty where nothing was found."""
    return _by_distribution(view, context, service) or _by_rule(view, context, service)


def _by_distribution(view: View, context: str, service: str) -> str:
    """Read the field, then the annotation of the Service, then that of its namespace, as istiod does."""
    plane = control_planes(view, context)[0]
    found = governing(view, context, service)
    if found.traffic_distribution:
        return f"trafficDistribution {found.traffic_distribution} on the Service in {plane}"
    if value := found.annotations.get(TRAFFIC_DISTRIBUTION):
        return f"the annotation {TRAFFIC_DISTRIBUTION}={value} on the Service in {plane}"
    for namespace in namespaces(view, plane):
        value = namespace.annotations.get(TRAFFIC_DISTRIBUTION, "")
        if namespace.name == found.namespace and value:
            return f"the annotation {TRAFFIC_DISTRIBUTION}={value} on the namespace {namespace.name} in {plane}"
    return ""


def _by_rule(view: View, context: str, service: str) -> str:
    for plane, rule in destination_rules(view, context, service):
        setting = rule.locality or mesh(view, plane).locality
        where = f"DestinationRule {rule.full_name} in {plane}"
        if rule.is_zone_aware or (mesh(view, plane).is_zone_aware and rule.locality is None):
            return f"zoneAwareLbSetting in {where if rule.is_zone_aware else f'the mesh configuration of {plane}'}"
        if rule.has_outlier_detection and (setting is None or setting.is_on):
            return f"{_detail(setting)} in {where}"
    plane = control_planes(view, context)[0]
    return f"zoneAwareLbSetting in the mesh configuration of {plane}" if mesh(view, plane).is_zone_aware else ""


def _detail(setting: Locality | None) -> str:
    if setting and setting.failover_priority:
        return f"outlierDetection with failoverPriority {', '.join(setting.failover_priority)}"
    if setting and setting.failover:
        return f"outlierDetection with failover from {', '.join(setting.failover)}"
    return "outlierDetection (it brings locality into force)"


@fact
def weights_without(view: View, source: str, service: str, destination: str) -> tuple[str, str, Locality] | None:
    """Return (where it stands, in words, context, the setting) the distribution that gives `destination` nothing."""
    here, there = nodes(view, source), nodes(view, destination)
    for plane, where, setting in _settings(view, source, service):
        if setting.is_on and here and there and all(_gets_nothing(setting, node, there) for node in here):
            return where, plane, setting
    return None


def _settings(view: View, context: str, service: str) -> list[tuple[str, str, Locality]]:
    found = [
        (plane, f"DestinationRule {rule.full_name}", rule.locality)
        for plane, rule in destination_rules(view, context, service)
        if rule.locality is not None
    ]
    plane = control_planes(view, context)[0]
    general = mesh(view, plane).locality
    return found or ([(plane, "the mesh configuration", general)] if general else [])


def _gets_nothing(setting: Locality, node: Node, others: tuple[Node, ...]) -> bool:
    for distribution in setting.distributions:
        if matches(distribution.source, node):
            given = [place for place, weight in distribution.weights.items() if weight]
            return not any(matches(place, other) for place in given for other in others)
    return False


def given_places(setting: Locality) -> tuple[str, ...]:
    """Return the places to which a distribution gives calls."""
    return tuple(
        dict.fromkeys(place for one in setting.distributions for place, weight in one.weights.items() if weight)
    )


def matches(place: str, node: Node) -> bool:
    """Return whether a node lies in a place such as `region1/*` or `region1/zone-a`."""
    own = (node.labels.get(REGION, ""), node.labels.get(ZONE, ""))
    return all(wanted in ("*", mine) for wanted, mine in zip(place.split("/"), own, strict=False))


def place_of(node: Node) -> str:
    """Return where a node is, `region/zone`."""
    return f"{node.labels.get(REGION, 'no region')}/{node.labels.get(ZONE, 'no zone')}"


@fact
def nodes(view: View, context: str) -> tuple[Node, ...]:
    """Return the nodes of a cluster."""
    return view.read(RESOURCES, context, kind="nodes").nodes


@fact
def outlier_rule(view: View, context: str, service: str) -> tuple[str, DestinationRule] | None:
    """Return the DestinationRule with outlier detection for a service, with the context it stands in."""
    for plane, rule in destination_rules(view, context, service):
        if rule.has_outlier_detection:
            return plane, rule
    return None
