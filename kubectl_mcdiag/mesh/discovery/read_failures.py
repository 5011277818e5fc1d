"""Why istiod cannot read a cluster that it holds a remote secret for."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum

from kubectl_mcdiag.evidence.commands import READER, SECRETS
from kubectl_mcdiag.evidence.parsers.istiod.istiod_log import LogLine
from kubectl_mcdiag.mesh.access.identity import istiods
from kubectl_mcdiag.mesh.discovery import remote_secrets
from kubectl_mcdiag.mesh.discovery.failing_secrets import failing_secrets
from kubectl_mcdiag.mesh.discovery.remote_secrets import LOOPBACK, RemoteSecret, destination, log, row, server
from kubectl_mcdiag.mesh.networks.gateways import readers
from kubectl_mcdiag.mesh.view import View, ask, fact


class ReadFailure(Enum):
    """The kinds of reason, each the subject of one check."""

    ADDRESS = "address"
    AUTHENTICATION = "authentication"
    AUTHORITY = "authority"
    DUPLICATE = "duplicate"
    FILES = "files"
    ITSELF = "itself"
    KUBECONFIG = "kubeconfig"
    PROXY = "proxy"
    REPLICA = "replica"
    RIGHTS = "rights"
    SERVER_NAME = "server name"
    STUCK = "stuck"
    TOKEN = "token"  # noqa: S105 - a kind of failure, not a password
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class FailingSecret:
    """A remote secret in `holder` that does not do its work, and why; `proof` is the line or value that shows it."""

    holder: str
    entry: RemoteSecret
    kind: ReadFailure
    why: str
    proof: str


Failure = tuple[ReadFailure, str, str]

FILES = "PILOT_MULTICLUSTER_KUBECONFIG_PATH"
ALLOWED = "PILOT_INSECURE_MULTICLUSTER_KUBECONFIG_OPTIONS"
_REFUSED = {
    "exec": "exec",
    "tokenFile": "tokenFile",
    "client-certificate": "clientCertificate",
    "client-key": "clientKey",
}
_FRESH = timedelta(minutes=5)
_ERRORS = (
    (ReadFailure.TOKEN, re.compile(r"Unauthorized|provide credentials"), "it answers {error}"),
    (ReadFailure.RIGHTS, re.compile(r"is forbidden"), "{error}"),
    (ReadFailure.SERVER_NAME, re.compile(r"x509: certificate is (?:not )?valid for|contain any IP SANs"), "{error}"),
    (ReadFailure.AUTHORITY, re.compile(r"x509:"), "{error}"),
    (
        ReadFailure.ADDRESS,
        re.compile(r"dial tcp|no such host|i/o timeout|refused|no route|deadline exceeded|TLS handshake|EOF"),
        "istiod gets {error}",
    ),
)


def failures_of_kind(view: View, source: str, context: str, kind: ReadFailure) -> Iterator[FailingSecret]:
    """Yield the secrets by which `context` is not read for calls from `source`, for this kind of reason."""
    for holder in readers(view, source, context):
        yield from (failing for failing in failures(view, holder, context) if failing.kind is kind)


@fact
def failures(view: View, holder: str, context: str) -> tuple[FailingSecret, ...]:
    """Return the remote secrets of `holder` for `context` that do not do their work, and why."""
    return tuple(
        FailingSecret(holder, entry, *_failure(view, entry)) for entry in failing_secrets(view, holder, context)
    )


def _failure(view: View, entry: RemoteSecret) -> Failure:
    """Return why istiod does not read the cluster of a remote secret: the kind, the reason in words, the proof.

    What istiod does with the secret comes first, then what the secret itself shows, then the newest line that istiod
    logged about that cluster since the secret was made.
    """
    for look in (_by_istiod, _by_secret, _by_token, _by_log, _by_authority):
        found = look(view, entry)
        if found:
            return _through_proxy(view, entry, found)
    return _through_proxy(view, entry, _by_silence(view, entry))


def _through_proxy(view: View, entry: RemoteSecret, found: Failure) -> Failure:
    """Blame the missing proxy where an address does not answer and the operator calls it through one."""
    kind, why, proof = found
    needed = ask(lambda: remote_secrets.proxy(view, destination(view, entry)))
    return (
        (ReadFailure.PROXY, why, proof)
        if kind is ReadFailure.ADDRESS and needed and not entry.kubeconfig.proxy_url
        else found
    )


def _by_istiod(view: View, entry: RemoteSecret) -> Failure | None:
    folder = next((p.environment[FILES] for p in istiods(view, entry.holder) if p.environment.get(FILES)), "")
    if folder:
        return ReadFailure.FILES, f"istiod reads kubeconfigs from {folder} instead", f"value: {folder}"
    twins = remote_secrets.twins(view, entry)
    if twins:
        return ReadFailure.DUPLICATE, ", ".join(twins), entry.key
    rows = {pod.name: row(view, entry.holder, pod, entry.key) for pod in istiods(view, entry.holder)}
    late = [name for name, found in rows.items() if found is None or found.status != "synced"]
    if late and len(late) < len(rows):
        return ReadFailure.REPLICA, ", ".join(late), ", ".join(sorted(rows.keys() - set(late)))
    return None


def _by_secret(view: View, entry: RemoteSecret) -> Failure | None:
    config = entry.kubeconfig
    if config.problem:
        return ReadFailure.KUBECONFIG, config.problem, config.problem
    refused = _refused(view, entry)
    if refused:
        return ReadFailure.AUTHENTICATION, refused, config.authentication
    if _leads_back(view, entry):
        return ReadFailure.ITSELF, config.server, f"server: {config.server}"
    if entry.host.startswith(LOOPBACK):
        return (
            ReadFailure.ADDRESS,
            "that is a loopback address, at which istiod finds only itself",
            f"server: {config.server}",
        )
    return None


def _leads_back(view: View, entry: RemoteSecret) -> bool:
    """Return whether a secret opens its own cluster; the CA alone does not, beside the server of the one it names."""
    meant = destination(view, entry)
    named = server(view, meant) if meant in view.contexts else ""
    return remote_secrets.leads_to(view, entry, entry.holder) and entry.kubeconfig.server != named


def _refused(view: View, entry: RemoteSecret) -> str:
    """Return istiod's name of a kind of authentication that it refuses (`sanitizeKubeConfig`, pkg/kube/util.go)."""
    kind, _, provider = entry.kubeconfig.authentication.partition(" ")
    name = provider if kind == "auth-provider" and provider != "oidc" else _REFUSED.get(kind, "")
    allowed = {option for pod in istiods(view, entry.holder) for option in pod.environment.get(ALLOWED, "").split(",")}
    return "" if name in allowed else name


def _by_token(view: View, entry: RemoteSecret) -> Failure | None:
    token = entry.kubeconfig.token
    if not token:
        return None
    if not token.is_jwt:
        return ReadFailure.TOKEN, "it is no service account token at all", "token: not a JSON Web Token"
    if 0 < token.expires < view.snapshot.taken_at.timestamp():
        expired = datetime.fromtimestamp(token.expires, UTC).isoformat()
        return ReadFailure.TOKEN, f"it expired at {expired}", f"token: exp {expired}"
    context = destination(view, entry)
    namespace, _, account = token.subject.removeprefix("system:serviceaccount:").partition(":")
    if context not in view.contexts or namespace != view.settings.istio_namespace:
        return None
    readers = ask(lambda: view.read(READER, context, kind="serviceaccounts"))
    if readers and account not in readers.accounts:
        return ReadFailure.TOKEN, f"its ServiceAccount {account} is gone", f"token: sub {token.subject}"
    if readers and token.account_uid and readers.accounts[account] != token.account_uid:
        why = f"it was issued to an earlier ServiceAccount {account}, UID {token.account_uid}; now it is {{now}}"
        return ReadFailure.TOKEN, why.format(now=readers.accounts[account]), f"token: sub {token.subject}"
    secrets = ask(lambda: view.read(SECRETS, context))
    if secrets and token.secret and token.secret not in {secret.name for secret in secrets}:
        return ReadFailure.TOKEN, f"its Secret {token.secret} was deleted", f"token: secret {token.secret}"
    return None


def _by_log(view: View, entry: RemoteSecret) -> Failure | None:
    for line in log(view, entry.holder, entry.key):
        if line.time < _earliest(view, entry):
            return None
        if line.kind == "rejected":
            return ReadFailure.KUBECONFIG, line.error, line.text
        found = _by_line(entry, line) if line.kind == "watch" else None
        if found:
            return found
    return None


def _earliest(view: View, entry: RemoteSecret) -> str:
    """Return since when lines count: the secret was made, and where the cluster is synced only what istiod says now."""
    rows = (row(view, entry.holder, pod, entry.key) for pod in istiods(view, entry.holder))
    if all(found and found.status == "synced" for found in rows):
        return (view.snapshot.taken_at - _FRESH).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return entry.secret.created


def _by_line(entry: RemoteSecret, line: LogLine) -> Failure | None:
    called = re.search(r'"https?://([^/"]+)', line.error)
    if called and called[1] not in entry.kubeconfig.server:
        return ReadFailure.STUCK, f"istiod still calls {called[1]}, which the secret no longer names", line.text
    for kind, pattern, words in _ERRORS:
        if pattern.search(line.error):
            return kind, words.format(error=_cause(line.error)), line.text
    return None


def _by_authority(view: View, entry: RemoteSecret) -> Failure | None:
    """Judge the CA where the log is silent: one that differs is ordinary behind a proxy, so that it comes last."""
    context = destination(view, entry)
    known = ask(lambda: remote_secrets.api_authorities(view, context)) if context in view.contexts else None
    held = remote_secrets.authorities(entry.kubeconfig.authority)
    if known and held and not known & held:
        return ReadFailure.AUTHORITY, "it is another one than that cluster's own", f"SHA-256 {min(held)}"
    return None


def _by_silence(view: View, entry: RemoteSecret) -> Failure:
    """Judge where the log says nothing.

    client-go retries a refused connection without a word and tells of everything else, so silence speaks for an
    address at which nothing answers istiod, be it one that answers the operator. A cluster that istiod does not know
    although the secret is in order is one that it lost (istio/istio#58047, #60612, #61043).
    """
    rows = [row(view, entry.holder, pod, entry.key) for pod in istiods(view, entry.holder)]
    if None in rows:
        why = f"istiod does not know {entry.key} although the secret is in order"
        return ReadFailure.STUCK, why, f"no row for {entry.key}"
    if all(found and found.status == "synced" for found in rows):
        return ReadFailure.UNKNOWN, "", ""
    return (
        ReadFailure.ADDRESS,
        "nothing answers istiod at that address (it logs no error where connections are refused)",
        "",
    )


def _cause(error: str) -> str:
    """Return the end of a chain of errors, which is its cause: `dial tcp 10.0.0.1:6443: connect: no route to host`."""
    found = re.search(r"(dial tcp .*|x509: .*|[^:]* is forbidden.*)$", error)
    return (found[1] if found else error.rsplit(": ", 1)[-1]).strip()
