"""Every cluster of the mesh has an ID of its own.

istiod files what it learns under cluster IDs. Two clusters with one ID (often the default `Kubernetes`) overwrite
each other: a remote secret whose key is istiod's own ID is ignored without an error, so only local endpoints remain.

Fix: install one cluster with another `global.multiCluster.clusterName`, create its remote secrets under that name,
delete those of the old name, and restart its proxies.

Source: istio/istio#17962; istiod logs "ignoring cluster as it would overwrite the config cluster".
"""

from collections.abc import Iterator

from kubectl_mcdiag.checks.contract import Check, Evidence, Finding, Scope, Symptom, Unit
from kubectl_mcdiag.checks.discovery.fixes import create_remote_secret, remove_entry
from kubectl_mcdiag.checks.fixes import restart_proxies
from kubectl_mcdiag.checks.message import say
from kubectl_mcdiag.checks.proof import istiods_shown, variable
from kubectl_mcdiag.checks.steps import Action, Step, istioctl
from kubectl_mcdiag.evidence.shell import Input, Joined
from kubectl_mcdiag.mesh.access.identity import cluster_id
from kubectl_mcdiag.mesh.discovery.remote_secrets import secrets_for
from kubectl_mcdiag.mesh.model import Pair, Status
from kubectl_mcdiag.mesh.view import View

PROBLEM = "{one} and {other} have the same cluster ID, {name}"
DETAIL = (
    "istiod ignores a remote secret whose key is its own cluster ID, so each of them knows the endpoints of its own"
    " cluster only."
)
ADVICE = (
    "The first command is for an installation by istioctl. With Helm, set `global.multiCluster.clusterName` in the"
    " values of {renamed} instead, and run the rest. Other clusters that read {renamed} need a remote secret of the new"
    " name as well."
)
WHY = "gives {renamed} a cluster ID of its own"
WHY_DELETE = "istiod ignores it: its key is the cluster ID of {holder} itself"
WHY_RESTART = "proxies get the cluster ID when they are injected"


def run(view: View, pair: Pair) -> Iterator[Finding]:
    """Yield a failure where two contexts have one cluster ID."""
    one, other = sorted((pair.source, pair.destination), key=view.contexts.index)
    name = cluster_id(view, one)
    if name == cluster_id(view, other):
        yield Finding(
            Status.FAIL,
            Scope(clusters=(one, other), pairs=(pair,)),
            say(PROBLEM, one=one, other=other, name=name),
            tuple(_shown(view, context, name) for context in (one, other)),
            _fix(view, one, other),
            say(DETAIL),
            say(ADVICE, renamed=other),
        )


def _shown(view: View, context: str, name: str) -> Evidence:
    return istiods_shown(view, context, *variable("CLUSTER_ID", name))


def _fix(view: View, holder: str, renamed: str) -> tuple[Step, ...]:
    return (
        _install(view, renamed),
        create_remote_secret(view, holder, renamed, name=_new_name(renamed)),
        *(
            remove_entry(view, old, Action.DELETE_UNUSED, say(WHY_DELETE, holder=holder))
            for old in secrets_for(view, holder, renamed)
            if old.key == cluster_id(view, holder)
        ),
        *restart_proxies(view, renamed, say(WHY_RESTART)),
    )


def _install(view: View, renamed: str) -> Step:
    source = Input("INSTALL_FILE", f"the IstioOperator file that {renamed} was installed from")
    name = Joined(("values.global.multiCluster.clusterName=", _new_name(renamed)))
    command = istioctl(view, renamed, "install", "-y", "-f", source, "--set", name)
    return Step(Action.INSTALL, renamed, command, say(WHY, renamed=renamed))


def _new_name(renamed: str) -> Input:
    return Input("NEW_NAME", f"a cluster ID for {renamed} that no other cluster has")


CHECK = Check(
    "MC110",
    "every cluster has an ID of its own",
    Unit.PAIR,
    run,
    caused_by=("MC109",),
    leads_to=(Symptom.NOT_SYNCED, Symptom.NOT_LEARNED, Symptom.NOT_GIVEN),
    rows=("C2",),
    guide="T4a",
)
