"""The account in each remote secret may read all that istiod needs.

istiod lists and watches namespaces, nodes, pods, services, endpointslices, configmaps and secrets. A role that was
cut down, or is of an older Istio that read `endpoints`, leaves the cluster in `timeout` if its first list is
forbidden, and with a part of the endpoints, or stale ones, if a later one is.

Fix: add the rules that are missing, or install Istio's charts `base` and `istiod` again.

Source: Istio 1.31 chart istiod, `reader-clusterrole.yaml`; istiod logs "is forbidden: User … cannot list resource".
"""

from collections.abc import Iterator

from kubectl_mcdiag.checks.contract import Check, Finding, Scope, Unit
from kubectl_mcdiag.checks.discovery.proof import reported
from kubectl_mcdiag.checks.discovery.refusals import LEADS_TO
from kubectl_mcdiag.checks.message import Message, say
from kubectl_mcdiag.checks.patches import put
from kubectl_mcdiag.checks.steps import Action, Object, Step, patch
from kubectl_mcdiag.mesh.discovery.read_failures import FailingSecret, ReadFailure, failures_of_kind
from kubectl_mcdiag.mesh.discovery.readers import Account, accounts, lacking
from kubectl_mcdiag.mesh.model import Pair, Status
from kubectl_mcdiag.mesh.view import View

PROBLEM = "The account in {holder}'s remote secret may not list all that istiod needs in {context}"
LACKS = "Remote secret {secret} uses the account {account}, whose ClusterRole {role} does not allow {resources}."
OTHER = "Remote secret {secret} uses the account {account}, and istiod is refused: {why}."
WHY = say("allows istiod to list and watch what is missing")


def run(view: View, pair: Pair) -> Iterator[Finding]:
    """Yield a finding where istiod is forbidden to read the destination although its account has a role."""
    for failing in failures_of_kind(view, pair.source, pair.destination, ReadFailure.RIGHTS):
        for account in accounts(view, failing.holder, pair.destination):
            if account.roles:
                yield _finding(view, pair, failing, account)


def _finding(view: View, pair: Pair, failing: FailingSecret, account: Account) -> Finding:
    missing = lacking(account)
    return Finding(
        Status.FAIL,
        Scope(clusters=(pair.destination,), pairs=(pair,)),
        say(PROBLEM, context=pair.destination, holder=failing.holder),
        reported(view, failing),
        (_step(view, pair.destination, account.roles[0], missing),) if missing else (),
        _detail(failing, account, missing),
    )


def _detail(failing: FailingSecret, account: Account, missing: tuple[tuple[str, str], ...]) -> Message:
    secret = failing.entry.secret.name
    if not missing:
        return say(OTHER, secret=secret, account=account.name, why=failing.why)
    resources = tuple(resource for _, resource in missing)
    return say(LACKS, secret=secret, account=account.name, role=account.roles[0], resources=resources)


def _step(view: View, context: str, role: str, missing: tuple[tuple[str, str], ...]) -> Step:
    rules = tuple(
        put("/rules/-", {"apiGroups": [group], "resources": [resource], "verbs": ["get", "list", "watch"]})
        for group, resource in missing
    )
    return patch(view, Action.GRANT, Object(context, "clusterrole", role), rules, WHY)


CHECK = Check(
    "MC317",
    "the account in each remote secret may read all that istiod needs",
    Unit.PAIR,
    run,
    leads_to=LEADS_TO,
    rows=("B13",),
    guide="T4a",
)
