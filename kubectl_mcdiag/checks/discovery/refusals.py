"""What the checks of remote secrets have in common: one kind of trouble each, fixed by a new secret."""

from collections.abc import Iterator
from string import Formatter

from kubectl_mcdiag.checks.contract import Finding, Scope, Symptom
from kubectl_mcdiag.checks.discovery.fixes import create_remote_secret
from kubectl_mcdiag.checks.discovery.proof import reported
from kubectl_mcdiag.checks.message import Message, say
from kubectl_mcdiag.mesh.discovery.read_failures import FailingSecret, ReadFailure, failures_of_kind
from kubectl_mcdiag.mesh.discovery.remote_secrets import server
from kubectl_mcdiag.mesh.model import Pair, Status
from kubectl_mcdiag.mesh.view import View

LEADS_TO = (Symptom.NOT_SYNCED, Symptom.NOT_LEARNED, Symptom.NOT_GIVEN)
"""What shows where a cluster is not read."""
SAME = " With the same address your kubeconfig works."
KNOWN = " Your kubeconfig uses {known}."
_NOT_FROM_HERE = (ReadFailure.ADDRESS, ReadFailure.SERVER_NAME)


def refusals(view: View, pair: Pair, kind: ReadFailure, problem: str, detail: str) -> Iterator[Finding]:
    """Yield a finding for each secret by which the destination cannot be read for this kind of reason.

    Both texts may name `holder`, `secret`, `context`, `server` and `why`.
    """
    for failing in failures_of_kind(view, pair.source, pair.destination, kind):
        yield Finding(
            Status.FAIL,
            Scope(clusters=(failing.holder,), pairs=(pair,)),
            worded(failing, pair, problem),
            reported(view, failing),
            (create_remote_secret(view, failing.holder, pair.destination, _refused(failing)),),
            detailed(view, failing, pair, detail),
        )


def detailed(view: View, failing: FailingSecret, pair: Pair, detail: str) -> Message:
    """Return the values behind a problem."""
    known, called = server(view, pair.destination), failing.entry.kubeconfig.server
    yours = "" if not known or not called or failing.kind not in _NOT_FROM_HERE else SAME if called == known else KNOWN
    return worded(failing, pair, detail + yours, known=known)


def worded(failing: FailingSecret, pair: Pair, template: str, known: str = "") -> Message:
    """Return a sentence with those values of a failing that it names."""
    values = {
        "holder": failing.holder,
        "secret": failing.entry.secret.name,
        "context": pair.destination,
        "server": failing.entry.kubeconfig.server,
        "why": failing.why,
        "known": known,
    }
    return say(template, **{name: values[name] for _, name, _, _ in Formatter().parse(template) if name})


def _refused(failing: FailingSecret) -> str:
    """Return the address of a secret where that is what does not lead to the API server."""
    return failing.entry.kubeconfig.server if failing.kind in _NOT_FROM_HERE else ""
