"""Remote secrets are in istiod's own namespace.

istiod lists remote secrets only in the namespace it runs in. One that was applied elsewhere, often to `default`
because `-n` was forgotten, is never read, and nothing says so.

Fix: create it in the system namespace, and delete the stray one, which holds a working credential.

Source: istio/istio#49780.
"""

from collections.abc import Iterator

from kubectl_mcdiag.checks.contract import Check, Finding, Scope, Symptom, Unit
from kubectl_mcdiag.checks.discovery.fixes import create_remote_secret, secret
from kubectl_mcdiag.checks.message import say
from kubectl_mcdiag.checks.proof import listed_shown
from kubectl_mcdiag.checks.steps import Action, delete
from kubectl_mcdiag.mesh.discovery.remote_secrets import misplaced, secrets_for
from kubectl_mcdiag.mesh.model import Pair, Status
from kubectl_mcdiag.mesh.networks.gateways import readers
from kubectl_mcdiag.mesh.view import View

PROBLEM = "{holder}'s remote secret for {context} is in namespace {found} instead of {namespace}"
DETAIL = "istiod reads remote secrets only in its own namespace, {namespace}; it never sees {found}/{secret}."
WHY = say("nothing reads this copy, and it holds a working credential")
LISTED = ("secrets", "-l", "istio/multiCluster=true")


def run(view: View, pair: Pair) -> Iterator[Finding]:
    """Yield a failure where the only remote secret for the destination is in a foreign namespace."""
    for holder in readers(view, pair.source, pair.destination):
        if not secrets_for(view, holder, pair.destination):
            for found in misplaced(view, holder, pair.destination):
                yield _finding(view, pair, holder, *found.split("/"))


def _finding(view: View, pair: Pair, holder: str, namespace: str, name: str) -> Finding:
    wanted = view.settings.istio_namespace
    return Finding(
        Status.FAIL,
        Scope(clusters=(holder,), pairs=(pair,)),
        say(PROBLEM, holder=holder, context=pair.destination, found=namespace, namespace=wanted),
        (listed_shown(view, holder, "", LISTED, f"{namespace}  {name}"),),
        (
            create_remote_secret(view, holder, pair.destination),
            delete(view, Action.DELETE_UNUSED, secret(view, holder, name, namespace), WHY),
        ),
        say(DETAIL, namespace=wanted, found=namespace, secret=name),
    )


CHECK = Check(
    "MC303",
    "remote secrets are in istiod's namespace",
    Unit.PAIR,
    run,
    leads_to=(Symptom.NOT_LEARNED, Symptom.NOT_GIVEN),
    rows=("B3",),
    guide="T4a",
)
