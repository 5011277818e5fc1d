"""The key in a remote secret is the cluster's own name.

istiod uses the data key as the cluster ID. Under a wrong key endpoints may still flow, but everything that uses the
cluster ID is wrong: proxies of a remote cluster cannot authenticate, and `clusterLocal`, locality and telemetry judge
the wrong cluster. A key equal to istiod's own ID is ignored altogether.

Fix: make a new secret with `--name` set to the cluster's `global.multiCluster.clusterName`, then remove the wrong key.

Source: Istio, "Troubleshooting Multicluster", which says less than is true; istiod logs "ignoring cluster as it would
overwrite the config cluster".
"""

from collections.abc import Iterator

from kubectl_mcdiag.checks.contract import Check, Finding, Scope, Symptom, Unit
from kubectl_mcdiag.checks.discovery.fixes import create_remote_secret, remove_entry, secret
from kubectl_mcdiag.checks.message import Message, say
from kubectl_mcdiag.checks.proof import shown
from kubectl_mcdiag.checks.steps import Action, Step, kubectl, merge
from kubectl_mcdiag.evidence.parsers.kubernetes.secrets import PREFIX
from kubectl_mcdiag.mesh.access.identity import cluster_id, control_planes
from kubectl_mcdiag.mesh.discovery.remote_secrets import RemoteSecret, secrets_for
from kubectl_mcdiag.mesh.model import Pair, Status
from kubectl_mcdiag.mesh.networks.gateways import readers
from kubectl_mcdiag.mesh.view import View

PROBLEM = "{holder}'s remote secret for {context} has the key {key} instead of its cluster ID {name}"
IGNORED = "The key of {secret} is the ID of {holder} itself, so istiod ignores the secret."
REFUSED = "istiod takes the key of {secret} for the cluster's ID and gives proxies that say {name} no certificate."
UNTIL = "Calls still work by what the proxies were given before; that ends when pods, endpoints or certificates change."
WORKS = (
    "istiod still reads {context}, under the ID {key} ({secret}). clusterLocal, locality and telemetry go by the"
    " ID and are wrong for that cluster."
)
WHY = say("istiod would keep the cluster under its wrong ID as well")


def run(view: View, pair: Pair) -> Iterator[Finding]:
    """Yield a finding where no labelled secret files the destination under its own ID."""
    name = cluster_id(view, pair.destination)
    for holder in readers(view, pair.source, pair.destination):
        entries = secrets_for(view, holder, pair.destination)
        labelled = [entry for entry in entries if entry.secret.is_labelled]
        if labelled and all(entry.key != name for entry in labelled):
            yield _finding(view, pair, labelled[0], name)


def _finding(view: View, pair: Pair, entry: RemoteSecret, name: str) -> Finding:
    holder, context = entry.holder, pair.destination
    described = kubectl(view, holder, *secret(view, holder, "").where, "describe", "secret", entry.secret.name)
    effect = _effect(view, entry, context)
    return Finding(
        Status.WARN if effect == WORKS else Status.FAIL,
        Scope(clusters=(holder,), pairs=(pair,)),
        say(PROBLEM, holder=holder, context=context, key=entry.key, name=name),
        (shown(holder, described, *(f"{key}:" for key in entry.secret.keys)),),
        (create_remote_secret(view, holder, context), _remove(view, entry, name)),
        _detail(effect, entry, context, name),
    )


def _effect(view: View, entry: RemoteSecret, context: str) -> str:
    if entry.key == cluster_id(view, entry.holder):
        return IGNORED
    return WORKS if context in control_planes(view, context) else REFUSED


def _detail(effect: str, entry: RemoteSecret, context: str, name: str) -> Message:
    values = {"context": context, "key": entry.key, "name": name, "holder": entry.holder}
    said = {key: value for key, value in values.items() if f"{{{key}}}" in effect}
    return say(effect, secret=entry.secret.name, **said)


def _remove(view: View, entry: RemoteSecret, name: str) -> Step:
    """Take the wrong key out, once the right one is there: in a Secret of the right name, or with its Secret."""
    if entry.secret.name == PREFIX + name:
        target = secret(view, entry.holder, entry.secret.name)
        return merge(view, Action.REPLACE_REMOTE_SECRET, target, {"data": {entry.key: None}}, WHY)
    return remove_entry(view, entry, Action.DELETE, WHY)


CHECK = Check(
    "MC304",
    "the key in a remote secret is the cluster's own name",
    Unit.PAIR,
    run,
    caused_by=("MC110",),
    leads_to=(Symptom.NOT_SYNCED, Symptom.NOT_LEARNED, Symptom.NOT_GIVEN),
    rows=("B4", "B5"),
    guide="T4a",
    holds_up=True,
    until=UNTIL,
)
