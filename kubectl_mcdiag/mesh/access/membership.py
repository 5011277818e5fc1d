"""Who proxies and control planes say that they are, against who they are."""

from collections import Counter
from collections.abc import Iterator

from kubectl_mcdiag.evidence.commands import CLUSTERZ, ENDPOINT_SHARDS, WORKLOADS
from kubectl_mcdiag.evidence.parsers.kubernetes.pods import Pod
from kubectl_mcdiag.mesh.access.identity import NETWORK as NETWORK_LABEL
from kubectl_mcdiag.mesh.access.identity import cluster_id, control_planes, injected, istiods, network, pods, proxies
from kubectl_mcdiag.mesh.access.replicas import read_deeply
from kubectl_mcdiag.mesh.discovery.remote_secrets import named_secrets
from kubectl_mcdiag.mesh.model import Pair
from kubectl_mcdiag.mesh.view import View, ask, fact

CLUSTER = "ISTIO_META_CLUSTER_ID"
NETWORK = "ISTIO_META_NETWORK"
MESH = "ISTIO_META_MESH_ID"
CLUSTER_DOMAIN = "cluster.local"
KUBERNETES = "kubernetes.default.svc."


def calls_of(view: View, context: str) -> tuple[Pair, ...]:
    """Return the calls to and from a cluster."""
    others = tuple(other for other in view.contexts if other != context)
    return tuple(Pair(context, other) for other in others) + tuple(Pair(other, context) for other in others)


@fact
def known_clusters(view: View, plane: str) -> frozenset[str]:
    """Return the IDs of the clusters that the istiods of `plane` know: their own, and those with a remote secret."""
    rows = (row.id for pod in istiods(view, plane) for row in view.read(CLUSTERZ, plane, pod.full_name))
    keys = (entry.key for entry in named_secrets(view, plane) if entry.secret.is_labelled)
    return frozenset((cluster_id(view, plane), *rows, *keys))


@fact
def foreign(view: View, context: str) -> tuple[Pod, ...]:
    """Return the pods of a cluster whose proxies claim one that none of their istiods knows."""
    known = frozenset().union(*(known_clusters(view, plane) for plane in control_planes(view, context)))
    claims = ((pod, pod.environment.get(CLUSTER, "")) for pod in pods(view, context) if pod.is_injected)
    return tuple(pod for pod, claimed in claims if claimed and claimed not in known)


@fact
def outdated(view: View, context: str) -> tuple[tuple[Pod, str, str], ...]:
    """Return the pods injected with another cluster or network than the webhook writes now, rightly.

    With each the variable and its value today. Left out are those whose network stands in their pod template.
    """
    return tuple(
        (pod, variable, now)
        for pod, variable, now in _differing(view, context)
        if variable == CLUSTER or not _is_templated(view, context, pod)
    )


@fact
def _differing(view: View, context: str) -> tuple[tuple[Pod, str, str], ...]:
    if control_planes(view, context) != (context,):
        return ()
    now = injected(view, context)
    rightful = {CLUSTER: (now.cluster, cluster_id(view, context)), NETWORK: (now.network, network(view, context))}
    return tuple(
        (pod, variable, written)
        for variable, (written, true) in rightful.items()
        for pod in pods(view, context)
        # A gateway whose manifest sets the variable itself is not injected with it.
        if pod.is_injected and not pod.is_gateway and written and written == true
        if pod.environment.get(variable, written) != written
    )


def _is_templated(view: View, context: str, pod: Pod) -> bool:
    return any(
        NETWORK_LABEL in workload.labels
        for workload in view.read(WORKLOADS, context)
        if workload.namespace == pod.namespace and workload.labels.items() <= pod.labels.items()
    )


def needs_templates(view: View, context: str) -> bool:
    """Return whether a pod's network is not what is injected now, so that its pod template is worth a question."""
    return any(variable == NETWORK for _, variable, _ in _differing(view, context))


@fact
def mesh_ids(view: View, context: str) -> tuple[str, ...]:
    """Return the mesh IDs that the sidecars of a cluster report, the most frequent first."""
    named = Counter(pod.environment.get(MESH, "") for pod in proxies(view, context) if not pod.is_gateway)
    return tuple(name for name, _ in named.most_common() if name)


@fact
def domain(view: View, plane: str) -> str:
    """Return the domain that the istiods of a cluster give services; empty where they know no Service yet."""
    return next(_domains(view, plane), "")


@fact
def domain_of(view: View, context: str) -> str:
    """Return the domain in which the proxies of a cluster know services; Kubernetes' own where that cannot be read."""
    return ask(lambda: domain(view, control_planes(view, context)[0])) or CLUSTER_DOMAIN


def host_of(view: View, context: str, service: str) -> str:
    """Return the name by which the proxies of a cluster know a Service (`name.namespace`)."""
    return f"{service}.svc.{domain_of(view, context)}"


def _domains(view: View, plane: str) -> Iterator[str]:
    """Yield the domains of the Service `kubernetes` of the cluster itself; a ServiceEntry of that name is no proof."""
    own = ("Kubernetes", cluster_id(view, plane), "default")
    for pod in read_deeply(view, plane):
        for shard in view.read(ENDPOINT_SHARDS, plane, pod.full_name):
            found = (shard.registry, shard.cluster, shard.namespace)
            if found == own and shard.host.startswith(KUBERNETES):
                yield shard.host.removeprefix(KUBERNETES)
