"""Why istiod cannot read a cluster that it holds a remote secret for."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from enum import Enum

from kubectl_mcdiag.facts.remote_secrets import RemoteSecret, log, meant_for, server, unsynced
from kubectl_mcdiag.facts.view import View


class Trouble(Enum):
    """The kinds of reason, each the subject of one check."""

    ADDRESS = "address"
    TOKEN = "token"  # noqa: S105 - a kind of trouble, not a password
    AUTHORITY = "authority"
    RIGHTS = "rights"
    KUBECONFIG = "kubeconfig"
    STUCK = "stuck"
    UNTOLD = "untold"


_ERRORS = (
    (Trouble.TOKEN, re.compile(r"Unauthorized|provide credentials"), "it answers {error}"),
    (Trouble.RIGHTS, re.compile(r"is forbidden"), "{error}"),
    (Trouble.AUTHORITY, re.compile(r"x509:"), "{error}"),
    (
        Trouble.ADDRESS,
        re.compile(r"dial tcp|no such host|i/o timeout|refused|no route|deadline exceeded|TLS handshake|EOF"),
        "istiod gets {error}",
    ),
)
_LOOPBACK = ("127.", "localhost", "::1", "0.0.0.0")  # noqa: S104 - compared, not bound


def troubled(view: View, holder: str, context: str, kind: Trouble) -> Iterator[tuple[RemoteSecret, str, str]]:
    """Yield the secrets for a cluster that are not synced for this kind of reason, with the reason and the proof."""
    seen = set()
    for entry, _, found in unsynced(view, holder):
        identity = (entry.secret.name, entry.key)
        if holder != context and identity not in seen and meant_for(view, entry, context):
            seen.add(identity)
            told, why, proof = trouble(view, entry, found is not None)
            if told is kind:
                yield entry, why, proof


def trouble(view: View, entry: RemoteSecret, known: bool) -> tuple[Trouble, str, str]:
    """Tell why istiod has not synced the cluster of a remote secret: the kind, the reason in words, the proof.

    What the secret itself shows decides first; then the newest line that istiod logged about that cluster since the
    secret was made. `known`: istiod has a row for the cluster.
    """
    return _told_by_secret(view, entry) or _told_by_log(view, entry) or _told_by_silence(view, entry, known)


def _told_by_secret(view: View, entry: RemoteSecret) -> tuple[Trouble, str, str] | None:
    config, token = entry.kubeconfig, entry.kubeconfig.token
    if config.problem:
        return Trouble.KUBECONFIG, config.problem, config.problem
    if entry.host.startswith(_LOOPBACK):
        return (
            Trouble.ADDRESS,
            "istiod finds only itself: it is a loopback address",
            f"server: {config.server}",
        )
    if token and not token.is_jwt:
        return Trouble.TOKEN, "it is no service account token at all", "token: not a JSON Web Token"
    if token and 0 < token.expires < view.snapshot.taken_at.timestamp():
        expired = datetime.fromtimestamp(token.expires, UTC).isoformat()
        return Trouble.TOKEN, f"it expired at {expired}", f"token: exp {expired}"
    return None


def _told_by_log(view: View, entry: RemoteSecret) -> tuple[Trouble, str, str] | None:
    for line in log(view, entry.holder, entry.key):
        if line.time < entry.secret.created:
            return None
        if line.kind == "rejected":
            return Trouble.KUBECONFIG, line.error, line.text
        if line.kind == "watch":
            called = re.search(r'"https?://([^/"]+)', line.error)
            if called and called[1] not in entry.kubeconfig.server:
                return (
                    Trouble.STUCK,
                    f"it still calls {called[1]}, which the secret no longer names",
                    line.text,
                )
            for kind, pattern, words in _ERRORS:
                if pattern.search(line.error):
                    return kind, words.format(error=_cause(line.error)), line.text
    return None


def _told_by_silence(view: View, entry: RemoteSecret, known: bool) -> tuple[Trouble, str, str]:
    """Judge where the log says nothing.

    client-go retries a refused connection without a word, so silence in `timeout` speaks for an address at which
    nothing listens, where it is not the one that the operator's own kubeconfig uses. A cluster that istiod does
    not know although the secret is in order is one that it lost (istio/istio#58047, #60612, #61043).
    """
    if not known:
        return (
            Trouble.STUCK,
            f"it does not know {entry.key} although the secret is in order",
            f"no row for {entry.key}",
        )
    own = {server(view, context) for context in view.contexts} - {""}
    if own and entry.kubeconfig.server not in own:
        return Trouble.ADDRESS, "nothing answers istiod (it logs no error where connections are refused)", ""
    return Trouble.UNTOLD, "", ""


def _cause(error: str) -> str:
    """Return the end of a chain of errors, which is its cause: `dial tcp 10.0.0.1:6443: connect: no route to host`."""
    found = re.search(r"(dial tcp .*|x509: .*|[^:]* is forbidden.*)$", error)
    return (found[1] if found else error.rsplit(": ", 1)[-1]).strip()
