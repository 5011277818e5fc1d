"""Which clusters each istiod may read: remote secrets, where they lead, and what became of them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from kubectl_mcdiag.errors import Forgone, ParseError, Unavailable
from kubectl_mcdiag.evidence.commands import CLUSTERZ, ISTIOD_LOG, KUBECONFIG, MISPLACED_SECRETS, SECRETS
from kubectl_mcdiag.evidence.parsers import certificates
from kubectl_mcdiag.evidence.parsers.istiod.clusterz import RemoteCluster
from kubectl_mcdiag.evidence.parsers.istiod.istiod_log import LogLine
from kubectl_mcdiag.evidence.parsers.kubernetes.pods import Pod
from kubectl_mcdiag.evidence.parsers.kubernetes.remote_kubeconfig import RemoteKubeconfig
from kubectl_mcdiag.evidence.parsers.kubernetes.secrets import ANNOTATION, LABEL, PREFIX, Secret
from kubectl_mcdiag.evidence.parsers.shapes import host_of
from kubectl_mcdiag.mesh.access.identity import cluster_id, config_map, control_planes, istiods
from kubectl_mcdiag.mesh.trust.roots import fingerprints
from kubectl_mcdiag.mesh.view import View, ask, fact, known

LOOPBACK = ("127.", "localhost", "::1", "0.0.0.0")  # noqa: S104 - compared, not bound


@dataclass(frozen=True, slots=True)
class RemoteSecret:
    """One data key of a remote secret: `holder` is the context it stands in, `key` the cluster ID it claims.

    `content` is the reason where the secret could not be read, and istiod alone tells of it.
    """

    holder: str
    secret: Secret
    key: str
    content: RemoteKubeconfig | Unavailable

    @property
    def kubeconfig(self) -> RemoteKubeconfig:
        """What is in it; raise `Unavailable` where it could not be read."""
        if isinstance(self.content, Unavailable):
            raise self.content.with_traceback(None)
        return self.content

    @property
    def host(self) -> str:
        """The host of the API server that istiod calls."""
        return host_of(self.kubeconfig.server)


@fact
def remote_secrets(view: View, context: str) -> tuple[RemoteSecret, ...]:
    """Return everything in the system namespace that is, or was meant to be, a remote secret."""
    return tuple(
        RemoteSecret(context, secret, key, kubeconfig)
        for secret in view.read(SECRETS, context)
        if secret.is_labelled or secret.name.startswith(PREFIX) or ANNOTATION in secret.annotations
        for key, kubeconfig in secret.kubeconfigs.items()
    )


@fact
def named_secrets(view: View, context: str) -> tuple[RemoteSecret, ...]:
    """Return the remote secrets; where Secrets cannot be read, those that istiod itself names (`/debug/clusterz`)."""
    try:
        return remote_secrets(view, context)
    except Unavailable as why:
        rows = [row for pod in istiods(view, context) for row in _rows(view, context, pod, why) if row.secret]
        if not istiods(view, context):
            raise
        return tuple({row.id: _told(context, row, why) for row in rows}.values())


def _rows(view: View, context: str, pod: Pod, why: Unavailable) -> tuple[RemoteCluster, ...]:
    try:
        return view.read(CLUSTERZ, context, pod.full_name)
    except Unavailable:
        raise why from None


def _told(holder: str, row: RemoteCluster, why: Unavailable) -> RemoteSecret:
    name = row.secret.rpartition("/")[2]
    secret = Secret(
        name=name,
        type="",
        created="",
        labels={LABEL: "true"},
        annotations={},
        keys=(row.id,),
        certificates={},
        kubeconfigs={},
    )
    return RemoteSecret(holder, secret, row.id, why)


def is_named_only(view: View, holder: str) -> bool:
    """Return whether the operator forgoes Secrets, so that what istiod says of them has to do.

    Raises `Unavailable` where they should have been read and could not be.
    """
    try:
        remote_secrets(view, holder)
    except Forgone:
        return True
    return False


def leads_to(view: View, entry: RemoteSecret, context: str) -> bool:
    """Return whether a kubeconfig points to this cluster: by its API server's URL, else by a CA that no other has."""
    if isinstance(entry.content, Unavailable):
        return False
    if context in led_to(view, entry):
        return True
    api_authorities(view, context)  # where it is not known, nor is this
    return False


def led_to(view: View, entry: RemoteSecret) -> frozenset[str]:
    """Return the contexts that a kubeconfig is seen to lead to."""
    if isinstance(entry.content, Unavailable):
        return frozenset()
    config = entry.kubeconfig
    by_authority, by_server = _contexts_by_authority(view), _contexts_by_server(view)
    found = [by_authority.get(held, frozenset()) for held in authorities(config.authority)]
    return frozenset().union(*found, by_server.get(config.server, frozenset()) if config.server else frozenset())


@fact
def _contexts_by_authority(view: View) -> Mapping[str, frozenset[str]]:
    """Return the context of each CA that a single API server has: several can share one, which then tells nothing."""
    found: dict[str, set[str]] = {}
    for context, held in known(view, lambda context: api_authorities(view, context)).items():
        for fingerprint in held:
            found.setdefault(fingerprint, set()).add(context)
    return {fingerprint: frozenset(contexts) for fingerprint, contexts in found.items() if len(contexts) == 1}


@fact
def _contexts_by_server(view: View) -> Mapping[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for context, url in known(view, lambda context: server(view, context)).items():
        found.setdefault(url, set()).add(context)
    return {url: frozenset(contexts) for url, contexts in found.items()}


def is_loopback(url: str) -> bool:
    """Return whether a URL points back to the machine it is used on."""
    return host_of(url).startswith(LOOPBACK)


@fact
def server(view: View, context: str) -> str:
    """Return the URL of the API server that the operator's kubeconfig has for this context."""
    for found in view.read(KUBECONFIG).contexts:
        if found.name == context:
            return found.server
    return ""


@fact
def proxy(view: View, context: str) -> str:
    """Return the proxy through which the operator's kubeconfig reaches this context, empty for none."""
    return next((found.proxy for found in view.read(KUBECONFIG).contexts if found.name == context), "")


@fact
def api_authorities(view: View, context: str) -> frozenset[str]:
    """Return the fingerprints of the CA of this cluster's API server (ConfigMap `kube-root-ca.crt`)."""
    return fingerprints(certificates.parse(config_map(view, context, "kube-root-ca.crt").data.get("ca.crt", "")))


@lru_cache(1024)
def authorities(pem: str) -> frozenset[str]:
    """Return the fingerprints of the CAs in a kubeconfig, none where it has no readable one."""
    try:
        return fingerprints(certificates.parse(pem))
    except ParseError:
        return frozenset()


def meant_for(view: View, entry: RemoteSecret, context: str) -> bool:
    """Return whether a remote secret was made for this cluster: where it leads, or else by the name it bears."""
    if leads_to(view, entry, context):
        return True
    if led_to(view, entry) - {context, entry.holder}:
        return False
    return cluster_id(view, context) in (entry.key, entry.secret.annotations.get(ANNOTATION))


@fact
def _places(view: View) -> Mapping[str, int]:
    return {context: place for place, context in enumerate(view.contexts)}


@fact
def _unread(view: View) -> frozenset[str]:
    """Return the contexts of which no remote secret can be said not to be meant for them."""
    ids = known(view, lambda context: cluster_id(view, context))
    held = known(view, lambda context: api_authorities(view, context))
    return frozenset(view.contexts) - (ids.keys() & held.keys())


@fact
def _contexts_by_id(view: View) -> Mapping[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for context, name in known(view, lambda context: cluster_id(view, context)).items():
        found.setdefault(name, set()).add(context)
    return {name: frozenset(contexts) for name, contexts in found.items()}


def possible(view: View, entry: RemoteSecret) -> list[str]:
    """Return, in order, the few contexts that a remote secret can be meant for: no other need be asked about."""
    names = (entry.key, entry.secret.annotations.get(ANNOTATION, ""))
    named = (_contexts_by_id(view).get(name, frozenset()) for name in names)
    return sorted(_unread(view).union(led_to(view, entry), *named), key=_places(view).__getitem__)


@fact
def _entries_by_context(view: View, holder: str) -> Mapping[str, tuple[RemoteSecret, ...]]:
    found: dict[str, list[RemoteSecret]] = {}
    for entry in named_secrets(view, holder):
        for context in possible(view, entry):
            found.setdefault(context, []).append(entry)
    return {context: tuple(entries) for context, entries in found.items()}


@fact
def secrets_for(view: View, holder: str, context: str) -> tuple[RemoteSecret, ...]:
    """Return the remote secrets in `holder` that were made for `context`, labelled or not.

    Raises `Unavailable` where Secrets could not be read and istiod names none: there can be one that it ignores.
    """
    candidates = _entries_by_context(view, holder).get(context, ())
    found = tuple(entry for entry in candidates if meant_for(view, entry, context))
    return found if found or is_named_only(view, holder) else ()


def destination(view: View, entry: RemoteSecret) -> str:
    """Return the context a remote secret was made for, else the cluster ID that it claims."""
    others = (context for context in possible(view, entry) if context != entry.holder)
    return next((context for context in others if meant_for(view, entry, context)), entry.key)


@fact
def shard_ids(view: View, holder: str, context: str) -> frozenset[str]:
    """Return the cluster IDs under which the istiods of `holder` file the endpoints of `context`."""
    keys = {entry.key for entry in secrets_for(view, holder, context) if entry.secret.is_labelled}
    return (
        frozenset(keys | {cluster_id(view, context)}) if holder != context else frozenset({cluster_id(view, context)})
    )


@fact
def _rows_by_id(view: View, holder: str, istiod: str) -> Mapping[str, RemoteCluster]:
    return {found.id: found for found in reversed(view.read(CLUSTERZ, holder, istiod))}


def row(view: View, holder: str, istiod: Pod, key: str) -> RemoteCluster | None:
    """Return what one istiod pod says of a cluster, None where it does not know it."""
    return _rows_by_id(view, holder, istiod.full_name).get(key)


def is_read(view: View, holder: str, istiod: Pod, context: str) -> bool:
    """Return whether one istiod pod of `holder` has read `context`: its own cluster, or one that it has synced."""
    rows = (row(view, holder, istiod, key) for key in shard_ids(view, holder, context))
    return holder == context or any(found is not None and found.status == "synced" for found in rows)


@fact
def served_by(view: View, plane: str) -> tuple[str, ...]:
    """Return the contexts whose proxies the istiods of `plane` serve."""
    return tuple(context for context in view.contexts if plane in control_planes(view, context))


@fact
def misplaced(view: View, holder: str, context: str) -> tuple[str, ...]:
    """Return remote secrets for `context` that stand in a namespace istiod does not read, as `namespace/name`."""
    wanted = cluster_id(view, context)
    return tuple(
        f"{found.namespace}/{found.name}"
        for found in view.read(MISPLACED_SECRETS, holder)
        if found.namespace != view.settings.istio_namespace
        and wanted in (found.cluster, found.name.removeprefix(PREFIX))
    )


@fact
def _lines_by_cluster(view: View, holder: str) -> Mapping[str, list[LogLine]]:
    found: dict[str, list[LogLine]] = {}
    for line in (line for pod in istiods(view, holder) for line in view.read(ISTIOD_LOG, holder, pod.full_name)):
        found.setdefault(line.cluster, []).append(line)
    return found


@fact
def log(view: View, holder: str, key: str) -> tuple[LogLine, ...]:
    """Return the log lines about one remote cluster of all istiod pods, newest first."""
    about = _lines_by_cluster(view, holder).get(key, [])
    return tuple(sorted(about, key=lambda line: line.time, reverse=True))


@fact
def doubled(view: View, holder: str) -> tuple[tuple[RemoteSecret, ...], ...]:
    """Return the labelled remote secrets that have a key in common, by key: istiod takes the first it meets."""
    found: dict[str, list[RemoteSecret]] = {}
    for entry in remote_secrets(view, holder):
        if entry.secret.is_labelled:
            found.setdefault(entry.key, []).append(entry)
    return tuple(tuple(found[key]) for key in sorted(found) if len(found[key]) > 1)


def twins(view: View, entry: RemoteSecret) -> tuple[str, ...]:
    """Return the names of the other labelled secrets that have the same key."""
    alike = next((group for group in doubled(view, entry.holder) if group[0].key == entry.key), ())
    return tuple(other.secret.name for other in alike if other.secret.name != entry.secret.name)


Late = tuple[RemoteSecret, Pod, RemoteCluster | None]


@fact
def unsynced(view: View, holder: str) -> tuple[Late, ...]:
    """Return each labelled remote secret that an istiod pod of `holder` has not synced, with that pod and its row."""
    return tuple(_late(view, holder))


def unsynced_for(view: View, holder: str, context: str) -> Iterator[Late]:
    """Yield those that were made for one cluster."""
    late = unsynced(view, holder)
    candidates = _entries_by_context(view, holder).get(context, ()) if late else ()
    names = {(entry.secret.name, entry.key) for entry in candidates}
    for each in late:
        if (each[0].secret.name, each[0].key) in names and meant_for(view, each[0], context):
            yield each


def _late(view: View, holder: str) -> Iterator[Late]:
    for entry in named_secrets(view, holder):
        if entry.secret.is_labelled:
            for pod in istiods(view, holder):
                found = row(view, holder, pod, entry.key)
                if found is None or found.status != "synced":
                    yield entry, pod, found


def needs_search(view: View, holder: str) -> bool:
    """Return whether a secret is missing, so that looking for it in other namespaces is worth a question."""
    others = [context for context in view.contexts if context != holder]
    return any(ask(lambda c=other: secrets_for(view, holder, c)) == () for other in others)  # type: ignore[misc]


def contexts_like(view: View, stranger: str) -> tuple[str, ...]:
    """Return the contexts of the kubeconfig that seem to be a member's: same API server, or a telling name."""
    known = ask(lambda: view.read(KUBECONFIG).contexts) or ()
    entries = [e for c in view.contexts for e in (ask(lambda c=c: remote_secrets(view, c)) or ()) if e.key == stranger]  # type: ignore[misc]
    servers = {entry.content.server for entry in entries if isinstance(entry.content, RemoteKubeconfig)}
    others = [context for context in known if context.name not in view.contexts]
    same = [context.name for context in others if context.server and context.server in servers]
    return tuple(same or [context.name for context in others if stranger in (context.name, context.cluster)])


def log_of(view: View, holder: str, kind: str) -> tuple[str, ...]:
    """Return the newest log line of a kind, as evidence to show: none where the log was not read."""
    lines = [
        line
        for pod in istiods(view, holder)
        for line in ask(lambda p=pod: view.read(ISTIOD_LOG, holder, p.full_name)) or ()  # type: ignore[misc]
        if line.kind == kind
    ]
    return tuple(line.text for line in sorted(lines, key=lambda line: line.time)[-1:])


def log_tail(view: View, holder: str, key: str) -> tuple[str, ...]:
    """Return the newest lines that speak against a remote cluster: at most two, none where the log was not read."""
    lines = ask(lambda: log(view, holder, key)) or ()
    return tuple(line.text for line in lines if line.kind not in ("leadership", "own", "replaced"))[:2]
