"""What the checks of remote secrets have in common: one kind of trouble each, fixed by a new secret."""

from collections.abc import Iterator
from string import Formatter

from kubectl_mcdiag.checks.contract import Finding, Scope, Symptom
from kubectl_mcdiag.checks.discovery.fixes import create_remote_secret
from kubectl_mcdiag.checks.discovery.proof import reported
from kubectl_mcdiag.checks.message import Message, say
from kubectl_mcdiag.mesh.discovery.remote_secrets import server
from kubectl_mcdiag.mesh.discovery.suspects import keeps_endpoints
from kubectl_mcdiag.mesh.discovery.trouble import Suspect, Trouble, troubled
from kubectl_mcdiag.mesh.model import Pair, Status
from kubectl_mcdiag.mesh.view import View

LEADS_TO = (Symptom.NOT_SYNCED, Symptom.NOT_LEARNT, Symptom.NOT_GIVEN)
"""What shows where a cluster is not read."""
SAME = " With the same address your kubeconfig works."
KNOWN = " Your kubeconfig uses {known}."
KEPT = (
    " Calls still work: istiod keeps the endpoints that it read before. It does not see any change in {context}, and"
    " loses them all when it restarts."
)
_NOT_FROM_HERE = (Trouble.ADDRESS, Trouble.SERVER_NAME)


def refusals(view: View, pair: Pair, kind: Trouble, problem: str, detail: str) -> Iterator[Finding]:
    """Yield a finding for each secret by which the destination cannot be read for this kind of reason.

    Both texts may name `holder`, `secret`, `context`, `server` and `why`.
    """
    for suspect in troubled(view, pair.source, pair.destination, kind):
        yield Finding(
            status(view, suspect, pair),
            Scope(clusters=(suspect.holder,), pairs=(pair,)),
            worded(suspect, pair, problem),
            reported(view, suspect),
            (create_remote_secret(view, suspect.holder, pair.destination, _refused(suspect)),),
            detailed(view, suspect, pair, detail),
        )


def status(view: View, suspect: Suspect, pair: Pair) -> Status:
    """Return a warning where istiod still holds the endpoints that it read before, so that calls are answered."""
    return Status.WARN if keeps_endpoints(view, suspect.holder, pair.destination) else Status.FAIL


def detailed(view: View, suspect: Suspect, pair: Pair, detail: str) -> Message:
    """Return the values behind a problem, and whether calls still work."""
    known, called = server(view, pair.destination), suspect.entry.kubeconfig.server
    yours = "" if not known or not called or suspect.kind not in _NOT_FROM_HERE else SAME if called == known else KNOWN
    kept = KEPT if status(view, suspect, pair) is Status.WARN else ""
    return worded(suspect, pair, detail + yours + kept, known=known)


def worded(suspect: Suspect, pair: Pair, template: str, known: str = "") -> Message:
    """Return a sentence with those values of a suspect that it names."""
    values = {
        "holder": suspect.holder,
        "secret": suspect.entry.secret.name,
        "context": pair.destination,
        "server": suspect.entry.kubeconfig.server,
        "why": suspect.why,
        "known": known,
    }
    return say(template, **{name: values[name] for _, name, _, _ in Formatter().parse(template) if name})


def _refused(suspect: Suspect) -> str:
    """Return the address of a secret where that is what does not lead to the API server."""
    return suspect.entry.kubeconfig.server if suspect.kind in _NOT_FROM_HERE else ""
