"""Remote secrets stand in istiod's own namespace.

istiod lists remote secrets only in the namespace it runs in. One that was applied elsewhere, often to `default`
because `-n` was forgotten, is never read, and nothing says so.

To mend it: make it anew in the system namespace, and delete the stray one, which holds a working credential.

Source: istio/istio#49780. Catalogue B3.
"""

from collections.abc import Iterator

from kubectl_mcdiag.checks.contract import Check, Finding, Kind, Scope, Step, Symptom, Unit
from kubectl_mcdiag.checks.remedies import create_remote_secret, kubectl, shows
from kubectl_mcdiag.mesh.discovery.remote_secrets import misplaced, secrets_for
from kubectl_mcdiag.mesh.model import Pair, Status
from kubectl_mcdiag.mesh.networks.gateways import readers
from kubectl_mcdiag.mesh.view import View

PROBLEM = (
    "{holder}'s remote secret for {context} stands in namespace {found}, where istiod does not look; it reads only"
    " {namespace}."
)
WHY = "the stray copy holds a working credential"


def run(view: View, pair: Pair) -> Iterator[Finding]:
    """Yield a failure where the only remote secret for the destination is in a foreign namespace."""
    for holder in readers(view, pair.source, pair.destination):
        if secrets_for(view, holder, pair.destination):
            continue
        for found in misplaced(view, holder, pair.destination):
            namespace, _, name = found.partition("/")
            yield Finding(
                Status.FAIL,
                Scope(clusters=(holder,), pairs=(pair,)),
                PROBLEM.format(
                    holder=holder,
                    context=pair.destination,
                    found=namespace,
                    namespace=view.settings.istio_namespace,
                ),
                (
                    shows(
                        holder,
                        kubectl(view, holder, "get", "secrets", "-A", "-l", "istio/multiCluster=true"),
                        f"{namespace}  {name}",
                    ),
                ),
                (
                    create_remote_secret(view, holder, pair.destination),
                    Step(Kind.SAFE, kubectl(view, holder, "-n", namespace, "delete", "secret", name), WHY),
                ),
            )


CHECK = Check(
    "MC303",
    "remote secrets stand in istiod's namespace",
    Unit.PAIR,
    run,
    leads_to=(Symptom.NOT_LEARNT, Symptom.NOT_GIVEN),
    rows=("B3",),
    guide="T4a",
)
