"""Remote secrets carry the label istio/multiCluster=true.

istiod selects its remote secrets by that label alone. A secret that lost it, or has another value, stays in the
namespace and is never read.

To mend it: put the label back; istiod takes the secret up within a second.

Source: Guide T4a; Istio 1.31 `pkg/kube/multicluster`. Catalogue B2.
"""

from collections.abc import Iterator

from kubectl_mcdiag.checks.contract import Check, Finding, Kind, Scope, Step, Symptom, Unit
from kubectl_mcdiag.checks.remedies import shows, system
from kubectl_mcdiag.evidence.parsers.kubernetes.secrets import LABEL
from kubectl_mcdiag.mesh.discovery.remote_secrets import secrets_for
from kubectl_mcdiag.mesh.model import Pair, Status
from kubectl_mcdiag.mesh.networks.gateways import readers
from kubectl_mcdiag.mesh.view import View

PROBLEM = "{holder}'s remote secret {name} for {context} {state}, so istiod ignores it."
WHY = "istiod takes up only secrets with this label"


def run(view: View, pair: Pair) -> Iterator[Finding]:
    """Yield a failure where every remote secret for the destination lacks the label."""
    for holder in readers(view, pair.source, pair.destination):
        entries = secrets_for(view, holder, pair.destination)
        if not entries or any(entry.secret.is_labelled for entry in entries):
            continue
        secret = entries[0].secret
        value = secret.labels.get(LABEL)
        state = f"has no label {LABEL}=true" if value is None else f"has the label {LABEL}={value} instead of true"
        labels = ",".join(f"{key}={value}" for key, value in secret.labels.items()) or "<none>"
        yield Finding(
            Status.FAIL,
            Scope(clusters=(holder,), pairs=(pair,)),
            PROBLEM.format(holder=holder, name=secret.name, context=pair.destination, state=state),
            (
                shows(
                    holder,
                    system(view, holder, "get", "secret", secret.name, "--show-labels"),
                    f"{secret.name}  LABELS {labels}",
                ),
            ),
            (
                Step(
                    Kind.SAFE,
                    system(view, holder, "label", "--overwrite", "secret", secret.name, f"{LABEL}=true"),
                    WHY,
                ),
            ),
        )


CHECK = Check(
    "MC302",
    "remote secrets carry the label istio/multiCluster=true",
    Unit.PAIR,
    run,
    leads_to=(Symptom.NOT_LEARNT, Symptom.NOT_GIVEN),
    rows=("B2",),
    guide="T4a",
)
