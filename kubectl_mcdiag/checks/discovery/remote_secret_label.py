"""Remote secrets carry the label istio/multiCluster=true.

istiod selects its remote secrets only by that label. A secret that lost it, or has another value, stays in the
namespace and is never read.

Fix: set the label; istiod picks the secret up within a second.

Source: Istio, "Troubleshooting Multicluster"; Istio 1.31 `pkg/kube/multicluster`.
"""

from collections.abc import Iterator

from kubectl_mcdiag.checks.contract import Check, Finding, Scope, Symptom, Unit
from kubectl_mcdiag.checks.discovery.fixes import secret
from kubectl_mcdiag.checks.message import Message, say
from kubectl_mcdiag.checks.proof import object_shown
from kubectl_mcdiag.checks.steps import Action, label
from kubectl_mcdiag.evidence.parsers.kubernetes.secrets import LABEL, Secret
from kubectl_mcdiag.mesh.discovery.remote_secrets import secrets_for
from kubectl_mcdiag.mesh.model import Pair, Status
from kubectl_mcdiag.mesh.networks.gateways import readers
from kubectl_mcdiag.mesh.view import View

PROBLEM = "{holder}'s remote secret for {context} lacks the label istio/multiCluster=true"
MISSING = "Secret {secret} has no label istio/multiCluster, so istiod ignores it."
OTHER = "Secret {secret} has the label istio/multiCluster={value} instead of true, so istiod ignores it."
WHY = say("istiod reads only secrets with this label")


def run(view: View, pair: Pair) -> Iterator[Finding]:
    """Yield a failure where every remote secret for the destination lacks the label."""
    for holder in readers(view, pair.source, pair.destination):
        entries = secrets_for(view, holder, pair.destination)
        if entries and not any(entry.secret.is_labelled for entry in entries):
            yield _finding(view, pair, holder, entries[0].secret)


def _finding(view: View, pair: Pair, holder: str, found: Secret) -> Finding:
    target, value = secret(view, holder, found.name), found.labels.get(LABEL, "")
    labels = ",".join(f"{key}={value}" for key, value in found.labels.items()) or "<none>"
    return Finding(
        Status.FAIL,
        Scope(clusters=(holder,), pairs=(pair,)),
        say(PROBLEM, holder=holder, context=pair.destination),
        (object_shown(view, target, f"{found.name}  {labels}", output=("--show-labels",)),),
        (label(view, Action.CREATE_REMOTE_SECRET, target, LABEL, "true", value, WHY),),
        _detail(found, value),
    )


def _detail(found: Secret, value: str) -> Message:
    return say(OTHER, secret=found.name, value=value) if value else say(MISSING, secret=found.name)


CHECK = Check(
    "MC302",
    "remote secrets carry the label istio/multiCluster=true",
    Unit.PAIR,
    run,
    leads_to=(Symptom.NOT_LEARNED, Symptom.NOT_GIVEN),
    rows=("B2",),
    guide="T4a",
)
