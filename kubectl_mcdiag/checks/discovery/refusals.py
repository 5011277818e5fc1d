"""What the checks of remote secrets have in common: one kind of trouble each, mended by a secret made anew."""

from collections.abc import Iterator

from kubectl_mcdiag.checks.contract import Finding, Scope, Symptom
from kubectl_mcdiag.checks.remedies import create_remote_secret, logged
from kubectl_mcdiag.evidence.commands import (
    CLUSTERZ,
    CONFIG_MAPS,
    ENDPOINT_SHARDS,
    ISTIO_CONFIG,
    ISTIOD_LOG,
    KUBECONFIG,
    PODS,
    READER,
    RESOURCES,
    SECRETS,
)
from kubectl_mcdiag.mesh.discovery.remote_secrets import server
from kubectl_mcdiag.mesh.discovery.trouble import Suspect, Trouble, troubled
from kubectl_mcdiag.mesh.model import Pair, Status
from kubectl_mcdiag.mesh.view import View

READS = (CLUSTERZ, CONFIG_MAPS, ENDPOINT_SHARDS, ISTIO_CONFIG, ISTIOD_LOG, KUBECONFIG, PODS, READER, RESOURCES, SECRETS)
"""What it takes to tell why a cluster is not read."""
LEADS_TO = (Symptom.NOT_SYNCED, Symptom.NOT_LEARNT, Symptom.NOT_GIVEN)
"""What shows where a cluster is not read."""
SAME = "; your kubeconfig has the same address, which answers you"
KNOWN = "; your kubeconfig has {server} for that cluster"


def refusals(view: View, pair: Pair, kind: Trouble, problem: str) -> Iterator[Finding]:
    """Yield a failure for each secret that does not open the destination for this kind of reason.

    `problem` may name `holder`, `secret`, `context`, `server`, `why`, and `known`: the server that the operator's own
    kubeconfig has, where that is another.
    """
    for suspect in troubled(view, pair.source, pair.destination, kind):
        yield Finding(
            Status.FAIL,
            Scope(clusters=(suspect.holder,), pairs=(pair,)),
            worded(view, pair, suspect, problem),
            (logged(view, suspect),),
            (create_remote_secret(view, suspect.holder, pair.destination, refused=_refused(suspect)),),
        )


def _refused(suspect: Suspect) -> str:
    """Return the address of a secret where that is what does not lead to the API server."""
    return suspect.entry.kubeconfig.server if suspect.kind is Trouble.ADDRESS else ""


def worded(view: View, pair: Pair, suspect: Suspect, problem: str) -> str:
    """Return a problem with the values of a suspect."""
    called, known = suspect.entry.kubeconfig.server, server(view, pair.destination)
    yours = SAME if called == known else KNOWN.format(server=known)
    return problem.format(
        holder=suspect.holder,
        secret=suspect.entry.secret.name,
        context=pair.destination,
        server=called,
        why=suspect.why,
        known=yours if known else "",
    )
