"""One index per cluster: no fact walks a list to find a service, a pod, a slice or an Envoy cluster."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from typing import TypeVar

from kubectl_mcdiag.evidence.commands import ENDPOINT_SHARDS, RESOURCES
from kubectl_mcdiag.evidence.parsers.istiod.endpoint_shards import Shard
from kubectl_mcdiag.evidence.parsers.kubernetes.pods import Pod
from kubectl_mcdiag.evidence.parsers.kubernetes.resources import EndpointSlice
from kubectl_mcdiag.mesh.access.identity import pods
from kubectl_mcdiag.mesh.view import View, fact

T = TypeVar("T")
K = TypeVar("K")


def grouped(items: Iterable[T], key: Callable[[T], K]) -> Mapping[K, tuple[T, ...]]:
    """Return the items by a key, each group in their order."""
    groups: dict[K, list[T]] = defaultdict(list)
    for item in items:
        groups[key(item)].append(item)
    return {name: tuple(group) for name, group in groups.items()}


@fact
def slices_by_service(view: View, context: str) -> Mapping[str, tuple[EndpointSlice, ...]]:
    """Return the EndpointSlices of a cluster by `name.namespace` of their Service."""
    found = view.read(RESOURCES, context, kind="endpointslices").endpoint_slices
    return grouped(found, lambda each: f"{each.service}.{each.namespace}")


@fact
def pods_by_name(view: View, context: str) -> Mapping[str, Pod]:
    """Return the pods of a cluster by `name.namespace`."""
    return {pod.full_name: pod for pod in pods(view, context)}


@fact
def _pods_by_label(view: View, context: str) -> Mapping[tuple[str, str, str], tuple[Pod, ...]]:
    labels: dict[tuple[str, str, str], list[Pod]] = defaultdict(list)
    for pod in pods(view, context):
        for key, value in pod.labels.items():
            labels[(pod.namespace, key, value)].append(pod)
    return {label: tuple(found) for label, found in labels.items()}


def selected_pods(view: View, context: str, namespace: str, selector: Mapping[str, str]) -> tuple[Pod, ...]:
    """Return the pods of a namespace that carry all labels of a selector, which names at least one."""
    labels = _pods_by_label(view, context)
    candidates = [labels.get((namespace, key, value), ()) for key, value in selector.items()]
    fewest = min(candidates, key=len, default=())
    return tuple(pod for pod in fewest if selector.items() <= pod.labels.items())


@fact
def shards_by_service(view: View, plane: str, istiod: str) -> Mapping[tuple[str, str], tuple[Shard, ...]]:
    """Return what one istiod pod holds, by service (`name.namespace`, whatever the domain) and by cluster ID."""
    found = view.read(ENDPOINT_SHARDS, plane, istiod)
    return grouped(found, lambda shard: (service_of(shard.host), shard.cluster))


def service_of(host: str) -> str:
    """Return `name.namespace` of `name.namespace.svc.domain`; another host stays whole."""
    name, _, rest = host.partition(".")
    namespace, svc, _ = rest.partition(".svc.")
    return f"{name}.{namespace}" if svc else host
