"""The account in each remote secret may read all that istiod needs.

istiod lists and watches namespaces, nodes, pods, services, endpointslices, configmaps and secrets. A role that was
cut down, or is of an older Istio that read `endpoints`, leaves the cluster in `timeout` if its first list is
forbidden, and with a part of the endpoints, or stale ones, if a later one is.

To mend it: add the rules that are missing, or install Istio's charts `base` and `istiod` again.

Source: Istio 1.31 chart istiod, `reader-clusterrole.yaml`; istiod logs "is forbidden: User … cannot list resource".
Catalogue B13.
"""

import json
from collections.abc import Iterator

from kubectl_mcdiag.checks.contract import Check, Finding, Kind, Scope, Step, Unit
from kubectl_mcdiag.checks.discovery.refusals import LEADS_TO
from kubectl_mcdiag.checks.remedies import kubectl, logged
from kubectl_mcdiag.mesh.discovery.readers import Account, accounts, lacking
from kubectl_mcdiag.mesh.discovery.trouble import Suspect, Trouble, troubled
from kubectl_mcdiag.mesh.model import Pair, Status
from kubectl_mcdiag.mesh.view import View

PROBLEM = "{context} does not let {account}, the account in {holder}'s remote secret {secret}, list {resources}{role}."
ROLE = ": its ClusterRole {role} does not have it"
WHY = "adds what is missing"


def run(view: View, pair: Pair) -> Iterator[Finding]:
    """Yield a failure where istiod is forbidden to read the destination although its account has a role."""
    for suspect in troubled(view, pair.source, pair.destination, Trouble.RIGHTS):
        found = accounts(view, suspect.holder, pair.destination)
        for account in found:
            if account.roles:
                yield _finding(view, pair, suspect, account)


def _finding(view: View, pair: Pair, suspect: Suspect, account: Account) -> Finding:
    missing = lacking(account)
    return Finding(
        Status.FAIL,
        Scope(clusters=(pair.destination,), pairs=(pair,)),
        PROBLEM.format(
            context=pair.destination,
            account=account.name,
            holder=suspect.holder,
            secret=suspect.entry.secret.name,
            resources=", ".join(resource for _, resource in missing) or f"what it asks for: {suspect.why}",
            role=ROLE.format(role=account.roles[0]) if missing else "",
        ),
        (logged(view, suspect),),
        (_step(view, pair.destination, account.roles[0], missing),) if missing else (),
    )


def _step(view: View, context: str, role: str, missing: tuple[tuple[str, str], ...]) -> Step:
    patch = [
        {
            "op": "add",
            "path": "/rules/-",
            "value": {"apiGroups": [group], "resources": [resource], "verbs": ["get", "list", "watch"]},
        }
        for group, resource in missing
    ]
    command = kubectl(view, context, "patch", "clusterrole", role, "--type=json", "-p", json.dumps(patch))
    return Step(Kind.SAFE, command, WHY)


CHECK = Check(
    "MC317",
    "the account in each remote secret may read all that istiod needs",
    Unit.PAIR,
    run,
    leads_to=LEADS_TO,
    rows=("B13",),
    guide="T4a",
)
