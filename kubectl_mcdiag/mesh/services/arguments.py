"""What the operator named that no cluster has: a service, a client, a revision, the namespace of istiod.

Only what all clusters were asked for can be missing: one that does not answer may have it.
"""

from collections.abc import Iterator, Mapping

from kubectl_mcdiag.errors import McdiagError
from kubectl_mcdiag.evidence.commands import KUBECONFIG
from kubectl_mcdiag.mesh.access.identity import istiod_services, namespaces, pods, proxies, revisions, services, tags
from kubectl_mcdiag.mesh.services.endpoints import matches
from kubectl_mcdiag.mesh.suggestions import instead
from kubectl_mcdiag.mesh.view import View, ask, known


def unmatched(view: View) -> Iterator[str]:
    """Yield a sentence for each argument that matches nothing, with what there is instead."""
    yield from _istio_namespace(view)
    yield from _revision(view)
    yield from _client(view)
    yield from _services(view)


def homes(view: View) -> dict[str, tuple[str, ...]]:
    """Return the namespaces in which istiod runs (label `app=istiod`), each with its clusters."""
    found: dict[str, list[str]] = {}
    for context, all_pods in known(view, lambda c: pods(view, c)).items():
        for namespace in dict.fromkeys(pod.namespace for pod in all_pods if pod.labels.get("app") == "istiod"):
            found.setdefault(namespace, []).append(context)
    return {namespace: tuple(contexts) for namespace, contexts in found.items()}


def home(view: View) -> str:
    """Return the namespace in which istiod runs where that is not the usual one; empty where none is found.

    Raises `McdiagError` where several are as likely.
    """
    places = {} if _is_home(view) else homes(view)
    most = max(map(len, places.values()), default=0)
    likely = [namespace for namespace, contexts in places.items() if len(contexts) == most]
    if len(likely) > 1:
        runs = " and ".join(f"in {namespace} of {', '.join(places[namespace])}" for namespace in likely)
        raise McdiagError(f"istiod runs {runs}; name one namespace with --istio-namespace")
    return likely[0] if likely else ""


def _is_home(view: View) -> bool:
    """Return whether the namespace that is looked in has an istiod, or had one: a Service is left."""
    left = known(view, lambda context: istiod_services(view, context)).values()
    return view.settings.istio_namespace in homes(view) or any(left)


def _istio_namespace(view: View) -> Iterator[str]:
    wanted, places = view.settings.istio_namespace, homes(view)
    if _is_home(view):
        return
    there = known(view, lambda context: namespaces(view, context))
    if places:
        runs = "; ".join(f"{namespace} of {', '.join(contexts)}" for namespace, contexts in places.items())
        yield f"no istiod is in namespace {wanted!r}; it runs in {runs}: name it with --istio-namespace"
    elif len(there) == len(view.contexts) and wanted not in (n.name for each in there.values() for n in each):
        names = (n.name for each in there.values() for n in each)
        yield f"no cluster has a namespace {wanted!r}; {instead(wanted, names)}"


def _revision(view: View) -> Iterator[str]:
    wanted = view.settings.revision
    for context, there in known(view, lambda c: revisions(view, c)).items() if wanted else ():
        if there and wanted not in there:
            tagged = (ask(lambda c=context: tags(view, c)) or {}).get(wanted)  # type: ignore[misc]
            hint = f"it is a tag of {tagged}" if tagged else instead(wanted, there)
            yield f"{context} has no istiod of revision {wanted!r}; {hint}"


def _client(view: View) -> Iterator[str]:
    wanted = view.settings.client
    found = known(view, lambda context: proxies(view, context))
    if not wanted or len(found) < len(view.contexts):
        return
    names = [pod.full_name for each in found.values() for pod in each]
    bare = [c for c in view.contexts for pod in pods(view, c) if pod.full_name == wanted]
    if wanted not in names and bare:
        yield f"the pod {wanted!r} of {', '.join(bare)} has no sidecar that runs"
    elif wanted not in names:
        yield f"no cluster has a pod {wanted!r} with a sidecar; {instead(wanted, names)}"


def _services(view: View) -> Iterator[str]:
    found = known(view, lambda context: services(view, context))
    if len(found) < len(view.contexts):
        return
    everything = {name: service for each in found.values() for name, service in each.items()}
    for wanted in view.settings.services:
        if not any(matches(wanted, service, view.settings.namespace) for service in everything.values()):
            yield _no_service(view, wanted, everything)


def _no_service(view: View, wanted: str, there: Mapping[str, object]) -> str:
    kubeconfig = ask(lambda: view.read(KUBECONFIG))
    if kubeconfig and wanted in (context.name for context in kubeconfig.contexts):
        chosen = ",".join(dict.fromkeys((*view.contexts, wanted)))
        return f"{wanted!r} is a context, and no service is called so; to choose it, write --context {chosen}"
    name, _, rest = wanted.partition(".")
    namespace = rest.partition(".")[0] or view.settings.namespace
    where = f" in namespace {namespace!r}" if namespace else ""
    same = [full_name for full_name in there if full_name.partition(".")[0] == name]
    if same:
        return f"no cluster has a service {name!r}{where}; there is {' and '.join(same)}"
    names = there if namespace else {full_name.partition(".")[0]: None for full_name in there}
    return f"no cluster has a service {wanted!r}; {instead(f'{name}.{namespace}' if namespace else name, names)}"
