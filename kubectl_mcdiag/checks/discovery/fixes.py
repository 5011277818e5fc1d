"""Fixes of the discovery family: a remote secret made by istioctl, and what takes an old one out."""

from kubectl_mcdiag.checks.message import Message, say
from kubectl_mcdiag.checks.steps import Action, Object, Step, delete, istioctl, kubectl, merge
from kubectl_mcdiag.evidence.parsers.kubernetes.secrets import PREFIX
from kubectl_mcdiag.evidence.shell import Input, Joined, Word
from kubectl_mcdiag.mesh.access.identity import cluster_id
from kubectl_mcdiag.mesh.discovery.remote_secrets import RemoteSecret, is_loopback, remote_secrets, server
from kubectl_mcdiag.mesh.view import View, ask

WHY = "creates the remote secret with which istiod in {holder} reads {context}"
AS = " (cluster ID {name})"
URL = "; API_SERVER is a URL of its API server that pods of {holder} can reach"
OPENED = "; not needed once they can connect to {refused}"


def create_remote_secret(view: View, holder: str, context: str, refused: str = "", name: Input | None = None) -> Step:
    """Let the istiods of `holder` read `context`: made by istioctl, which creates the token it needs.

    `refused`: the URL of an API server that does not work for istiod; where your kubeconfig has no other, or a loopback
    address, the operator is asked for one. `name`: the cluster ID that it is about to get, if it is the operator's.
    """
    own, known = f"${name.name}" if name else cluster_id(view, context), server(view, context)
    is_refused = bool(refused) and known == refused
    is_unfit = is_refused or is_loopback(known)
    option: Word = Joined(("--name=", name)) if name else f"--name={own}"
    made = istioctl(view, context, "create-remote-secret", option, *_address(holder, context, known, is_unfit))
    why = say(
        WHY + AS * (own != context) + URL * is_unfit + OPENED * is_refused,
        holder=holder,
        context=context,
        **({"name": own} if own != context else {}),
        **({"refused": refused} if is_refused else {}),
    )
    return Step(
        _action(view, holder, own), holder, made.piped(*kubectl(view, holder, "apply", "-f", "-").pipeline[0]), why
    )


def _address(holder: str, context: str, known: str, is_unfit: bool) -> tuple[Word, ...]:
    if is_unfit:
        asked = Input("API_SERVER", f"the URL at which pods of {holder} reach the API server of {context}")
        return (Joined(("--server=", asked)),)
    return (f"--server={known}",) if known else ()


def _action(view: View, holder: str, name: str) -> Action:
    there = {entry.secret.name for entry in ask(lambda: remote_secrets(view, holder)) or ()}
    return Action.REPLACE_REMOTE_SECRET if PREFIX + name in there else Action.CREATE_REMOTE_SECRET


def secret(view: View, holder: str, name: str, namespace: str = "") -> Object:
    """Return a Secret of the system namespace, or of another one."""
    return Object(holder, "secret", name, namespace or view.settings.istio_namespace)


def remove_entry(view: View, entry: RemoteSecret, action: Action, why: Message) -> Step:
    """Delete a remote secret, or one key of a secret that holds others as well, or that was just written to."""
    target = secret(view, entry.holder, entry.secret.name)
    if len(entry.secret.keys) > 1:
        return merge(view, action, target, {"data": {entry.key: None}}, why)
    return delete(view, action, target, why)
