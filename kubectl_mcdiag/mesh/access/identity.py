"""Who is in the mesh: cluster IDs, networks, control planes and the proxies to look through."""

import re
from collections import Counter

from kubectl_mcdiag.errors import Unavailable
from kubectl_mcdiag.evidence.commands import CONFIG_MAPS, PODS, RESOURCES
from kubectl_mcdiag.evidence.parsers.kubernetes.configmaps import (
    INJECTOR,
    ConfigMap,
    Injection,
    MeshConfig,
    injection,
    mesh_config,
)
from kubectl_mcdiag.evidence.parsers.kubernetes.pods import Pod
from kubectl_mcdiag.evidence.parsers.kubernetes.resources import Namespace, Service
from kubectl_mcdiag.evidence.parsers.shapes import host_of
from kubectl_mcdiag.mesh.view import View, fact

NETWORK = "topology.istio.io/network"
REVISION, TAG = "istio.io/rev", "istio.io/tag"
CONTROL_PLANES = "topology.istio.io/controlPlaneClusters"
_INJECTION = re.compile(r"/inject/.{0,300}?cluster/(?P<cluster>[^/]+)(?:/net/(?P<network>[^/]+))?")


@fact
def pods(view: View, context: str) -> tuple[Pod, ...]:
    """Return the pods that are not being deleted."""
    return tuple(pod for pod in view.read(PODS, context) if not pod.is_terminating)


@fact
def istiod_pods(view: View, context: str) -> tuple[Pod, ...]:
    """Return the istiod pods of the system namespace, running or not, by label `app=istiod`, never by name."""
    system, revision = view.settings.istio_namespace, view.settings.revision
    return tuple(
        pod
        for pod in pods(view, context)
        if pod.namespace == system
        and pod.labels.get("app") == "istiod"
        and (not revision or pod.labels.get("istio.io/rev") == revision)
    )


@fact
def istiods(view: View, context: str) -> tuple[Pod, ...]:
    """Return the Running istiod pods that are not in a crash loop: those that can be asked."""
    return tuple(pod for pod in istiod_pods(view, context) if pod.phase == "Running" and not pod.is_crashing)


@fact
def proxies(view: View, context: str) -> tuple[Pod, ...]:
    """Return the Running pods with an Envoy, gateways included."""
    return tuple(pod for pod in pods(view, context) if pod.is_injected and pod.phase == "Running")


@fact
def services(view: View, context: str) -> dict[str, Service]:
    """Return the Services of a cluster by `name.namespace`."""
    return {s.full_name: s for s in view.read(RESOURCES, context, kind="services").services}


@fact
def namespaces(view: View, context: str) -> tuple[Namespace, ...]:
    """Return the namespaces of a cluster."""
    found: tuple[Namespace, ...] = view.read(RESOURCES, context, kind="namespaces").namespaces
    return found


@fact
def system_namespace(view: View, context: str) -> Namespace:
    """Return the namespace that istiod lives in."""
    name = view.settings.istio_namespace
    for namespace in namespaces(view, context):
        if namespace.name == name:
            return namespace
    raise Unavailable(f"{context} has no namespace {name}; name the right one with --istio-namespace")


@fact
def config_map(view: View, context: str, name: str) -> ConfigMap:
    """Return a ConfigMap of the system namespace."""
    for found in view.read(CONFIG_MAPS, context):
        if found.name == name:
            return found
    raise Unavailable(f"{context} has no ConfigMap {name} in {view.settings.istio_namespace}")


@fact
def mesh_map(view: View, context: str) -> ConfigMap:
    """Return the ConfigMap of the mesh configuration that the istiod of this cluster reads: `istio[-REVISION]`."""
    return _of_revision(view, context, "istio")


@fact
def mesh(view: View, context: str) -> MeshConfig:
    """Return the mesh configuration that the istiod of this cluster reads."""
    return mesh_config(mesh_map(view, context))


@fact
def injection_map(view: View, context: str) -> ConfigMap:
    """Return the ConfigMap that the injection webhook of this cluster's istiod reads."""
    return _of_revision(view, context, INJECTOR)


@fact
def injected(view: View, context: str) -> Injection:
    """Return the identity that new proxies of a primary cluster are given; empty values where the webhook decides."""
    return injection(injection_map(view, context))


def _of_revision(view: View, context: str, name: str) -> ConfigMap:
    maps = {found.name: found for found in view.read(CONFIG_MAPS, context)}
    revisions = [pod.labels.get("istio.io/rev", "") for pod in istiods(view, context)]
    for candidate in [f"{name}-{revision}" for revision in revisions] + [name]:
        if candidate in maps:
            return maps[candidate]
    raise Unavailable(f"{context} has no ConfigMap {name} in {view.settings.istio_namespace}")


@fact
def cluster_id(view: View, context: str) -> str:
    """Return the cluster's ID: istiod's own, else what its proxies claim, else what its webhook injects."""
    own = [pod.environment["CLUSTER_ID"] for pod in istiods(view, context) if "CLUSTER_ID" in pod.environment]
    claimed = [pod.environment.get("ISTIO_META_CLUSTER_ID", "") for pod in proxies(view, context)]
    for candidates in (own, claimed, _injected(view, context)):
        most = Counter(filter(None, candidates)).most_common(1)
        if most:
            return most[0][0]
    raise Unavailable(f"{context} has no istiod and no injected pod that tells its cluster ID")


def _injected(view: View, context: str) -> list[str]:
    hooks = view.read(RESOURCES, context, kind="mutatingwebhookconfigurations").webhooks
    return [injected_into(hook.url or hook.path)[0] for hook in hooks]


def injected_into(path: str) -> tuple[str, str]:
    """Return the cluster and the network that a webhook's path gives to what it injects, empty where it names none."""
    found = _INJECTION.search(path)
    return (found["cluster"], found["network"] or "") if found else ("", "")


@fact
def network(view: View, context: str) -> str:
    """Return the cluster's network, empty for the default one.

    Three witnesses are heard, because any of them can be the wrong one: the proxies (`ISTIO_META_NETWORK`, in
    containers and native sidecars), the label on the system namespace, and the label on the gateway Service.
    The majority wins; where all differ, the proxies do.
    """
    claimed = Counter(pod.environment.get("ISTIO_META_NETWORK", "") for pod in proxies(view, context))
    witnesses = [claimed.most_common(1)[0][0]] if claimed else []
    witnesses.append(system_namespace(view, context).labels.get(NETWORK, ""))
    witnesses += [service.labels[NETWORK] for service in labelled_gateways(view, context)][:1]
    return Counter(witnesses).most_common(1)[0][0]


@fact
def labelled_gateways(view: View, context: str) -> tuple[Service, ...]:
    """Return the Services that istiod takes for gateways of a network: by label, in any namespace."""
    found = services(view, context).values()
    return tuple(service for service in found if NETWORK in service.labels)


@fact
def crosses_networks(view: View, source: str, destination: str) -> bool:
    """Return whether calls of this pair need a gateway."""
    return network(view, source) != network(view, destination)


@fact
def is_primary(view: View, context: str) -> bool:
    """Return whether the cluster runs its own istiod, or would if it were not down: its Service has a selector.

    Services of revision tags are left out: a remote cluster has them with a selector that selects nothing.
    """
    if istiods(view, context):
        return True
    found = istiod_services(view, context)
    return bool(found) and all(service.selector for service in found)


@fact
def istiod_services(view: View, context: str) -> tuple[Service, ...]:
    """Return the Services of istiod in the system namespace, those of revision tags left out."""
    system = view.settings.istio_namespace
    return tuple(
        service
        for service in services(view, context).values()
        if service.namespace == system and service.name.startswith("istiod") and TAG not in service.labels
    )


@fact
def revisions(view: View, context: str) -> tuple[str, ...]:
    """Return the revisions of istiod that a cluster has: those of its pods, its Services and its webhooks."""
    system = view.settings.istio_namespace
    hooks = view.read(RESOURCES, context, kind="mutatingwebhookconfigurations").webhooks
    labels = (
        *(pod.labels for pod in pods(view, context) if pod.namespace == system and pod.labels.get("app") == "istiod"),
        *(service.labels for service in istiod_services(view, context)),
        *(hook.labels for hook in hooks if TAG not in hook.labels),
    )
    return tuple(dict.fromkeys(each[REVISION] for each in labels if REVISION in each))


@fact
def tags(view: View, context: str) -> dict[str, str]:
    """Return the revision tags of a cluster, each with the revision that it stands for."""
    hooks = view.read(RESOURCES, context, kind="mutatingwebhookconfigurations").webhooks
    return {hook.labels[TAG]: hook.labels.get(REVISION, "") for hook in hooks if TAG in hook.labels}


@fact
def of_other_meshes(view: View, context: str) -> frozenset[str]:
    """Return the namespaces whose revision belongs to another mesh in this cluster: a tenant's, say.

    Its webhook calls a Service that the system namespace has not.
    """
    if not istiod_services(view, context):
        return frozenset()
    system = view.settings.istio_namespace
    own = {service.name for service in services(view, context).values() if service.namespace == system}
    hooks = view.read(RESOURCES, context, kind="mutatingwebhookconfigurations").webhooks
    ours = {hook.labels.get(key, "") for hook in hooks if hook.url or hook.service in own for key in (REVISION, TAG)}
    theirs = {hook.labels.get(key, "") for hook in hooks if hook.service for key in (REVISION, TAG)} - ours
    return frozenset(space.name for space in namespaces(view, context) if space.labels.get(REVISION, "") in theirs)


@fact
def managed(view: View, context: str) -> str:
    """Return the host of a control plane outside this cluster (a managed one, say), empty where istiod is in it.

    The injector's webhook then calls a URL, not a Service.
    """
    if istiod_services(view, context) or any(pod.labels.get("app") == "istiod" for pod in pods(view, context)):
        return ""
    hooks = view.read(RESOURCES, context, kind="mutatingwebhookconfigurations").webhooks
    ours = (hook for hook in hooks if REVISION in hook.labels or hook.labels.get("app") == "sidecar-injector")
    return next((host_of(hook.url) for hook in ours if hook.url and not hook.service), "")


@fact
def role(view: View, context: str) -> str:
    """Return `primary`, or `remote of CONTEXT` for a cluster that another one's istiod serves."""
    if is_primary(view, context):
        return "primary"
    if (host := managed(view, context)) and not assigned(view, context):
        return f"served from {host}"
    return "remote of " + ", ".join(control_planes(view, context))


@fact
def assigned_ids(view: View, context: str) -> frozenset[str]:
    """Return the IDs of the clusters whose istiods are to serve this one, `*` for any: an annotation names them."""
    named = system_namespace(view, context).annotations.get(CONTROL_PLANES, "")
    return frozenset(filter(None, (name.strip() for name in named.split(","))))


@fact
def assigned(view: View, context: str) -> tuple[str, ...]:
    """Return the other contexts whose istiods are to serve this cluster.

    A remote cluster names its primaries by cluster ID in the annotation `topology.istio.io/controlPlaneClusters`
    of its system namespace (required since Istio 1.15).
    """
    wanted = assigned_ids(view, context)
    if not wanted:
        return ()
    primaries = (other for other in view.contexts if other != context and is_primary(view, other))
    return tuple(p for p in primaries if "*" in wanted or cluster_id(view, p) in wanted)


@fact
def control_planes(view: View, context: str) -> tuple[str, ...]:
    """Return the contexts whose istiods serve the proxies of this one: its own, else those it is assigned to."""
    if is_primary(view, context):
        return (context,)
    primaries = tuple(other for other in view.contexts if other != context and is_primary(view, other))
    found = assigned(view, context) or (primaries if len(primaries) == 1 else ())
    if not found and (host := managed(view, context)):
        raise Unavailable(
            f"{context} has no istiod and its webhook calls {host}: a managed control plane, which cannot be asked, or"
            " an istiod in a cluster for which no context was given"
        )
    if not found:
        raise Unavailable(f"{context} has no istiod, and no context was given for the cluster that serves it")
    return found


@fact
def clients(view: View, context: str) -> tuple[Pod, ...]:
    """Return the sampled clients: the one named, else one injected pod for each namespace, at most four."""
    if view.settings.client:
        return _named_client(view, context)
    proxies_ready = [pod for pod in proxies(view, context) if pod.ready and not (pod.is_gateway or pod.is_proxyless)]
    candidates = [pod for pod in proxies_ready if pod.namespace not in of_other_meshes(view, context)]
    wanted = {name.split(".")[1] for name in view.settings.services if "." in name}
    # By the order in which kubectl lists them, not by name: an anonymized recording keeps that, and the same pods.
    places = {name: place for place, name in enumerate(dict.fromkeys(pod.namespace for pod in candidates))}
    chosen: dict[str, Pod] = {}
    for pod in sorted(candidates, key=lambda p: (p.namespace not in wanted, places[p.namespace], not is_caller(p))):
        chosen.setdefault(pod.namespace, pod)
    return tuple(chosen.values())[:4]


def _named_client(view: View, context: str) -> tuple[Pod, ...]:
    """Return the pod that `--client` names; a cluster that has none is not seen through any."""
    wanted = view.settings.client
    found = tuple(pod for pod in proxies(view, context) if pod.full_name == wanted)
    if not found:
        why = f"{context} has no pod {wanted} (--client), so no client of it was looked through"
        raise Unavailable(why, calls_from=context)
    return found


def is_caller(pod: Pod) -> bool:
    """Return whether a pod is there to call others, as the guide's are."""
    return pod.labels.get("app") in ("sleep", "curl")


def services_of(view: View, context: str, pod: Pod) -> tuple[str, ...]:
    """Return the Services (`name.namespace`) that select a pod."""
    return tuple(
        name
        for name, service in services(view, context).items()
        if service.namespace == pod.namespace and service.selector and service.selector.items() <= pod.labels.items()
    )
