"""A remote cluster's injection webhook trusts the istiod that it calls.

istiod writes its own root into `caBundle` of the webhooks of the clusters that it takes care of. Where another CA is
there (an old root, or a tool that puts back what it once saw) the API server refuses istiod's certificate, and with it
every new pod of an injected namespace.

Fix: put the root in force into the webhook, and find out what wrote the other.

Source: istio/istio#42327; the API server says "x509: certificate signed by unknown authority".
"""

import base64
from collections.abc import Iterator

from kubectl_mcdiag.checks.contract import Check, Finding, Scope, Unit
from kubectl_mcdiag.checks.guards import remote
from kubectl_mcdiag.checks.message import say
from kubectl_mcdiag.checks.patches import Operation, copied, put, test
from kubectl_mcdiag.checks.proof import object_shown
from kubectl_mcdiag.checks.remote_clusters.fixes import client, named, patch_webhook, webhook
from kubectl_mcdiag.checks.steps import Step
from kubectl_mcdiag.evidence.names import shortened
from kubectl_mcdiag.evidence.parsers import certificates
from kubectl_mcdiag.evidence.parsers.kubernetes.resources import Webhook
from kubectl_mcdiag.mesh.access.identity import config_map, control_planes, istiods
from kubectl_mcdiag.mesh.model import Status
from kubectl_mcdiag.mesh.remote_clusters.remotes import hooks_of, injectors, outgoing
from kubectl_mcdiag.mesh.trust.roots import ROOTS, fingerprints, roots
from kubectl_mcdiag.mesh.view import View

PROBLEM = "The injection webhook of {context} does not trust {plane}'s istiod"
OTHER = "Webhook {webhook} trusts the CA {found}, istiod's certificate is of {root}: no new pod is injected."
EMPTY = "Webhook {webhook} has no caBundle, istiod's certificate is of {root}: no new pod is injected."
WHY = say("puts the root in force into the webhook")


def run(view: View, context: str) -> Iterator[Finding]:
    """Yield a failure for each webhook configuration whose CA is not the root of the istiod it calls."""
    plane = control_planes(view, context)[0]
    if any(pod.environment.get("PILOT_CERT_PROVIDER", "istiod") != "istiod" for pod in istiods(view, plane)):
        return
    known = fingerprints(roots(view, plane))
    hooks = {hook.configuration: hook for hook in injectors(view, context) if hook.service or hook.url}
    for hook in hooks.values():
        found = fingerprints(certificates.parse(hook.authority))
        if not found & known:
            yield _finding(view, context, plane, hook, min(found, default=""))


def _finding(view: View, context: str, plane: str, hook: Webhook, found: str) -> Finding:
    root = shortened(min(fingerprints(roots(view, plane))))
    detail = (
        say(OTHER, webhook=hook.configuration, found=shortened(found), root=root)
        if found
        else say(EMPTY, webhook=hook.configuration, root=root)
    )
    return Finding(
        Status.FAIL,
        Scope(clusters=(context,), pairs=outgoing(view, context)),
        say(PROBLEM, context=context, plane=plane),
        (object_shown(view, webhook(context, hook.configuration), "caBundle:" if found else "clientConfig:"),),
        (_step(view, context, plane, hook.configuration),),
        detail,
    )


def _step(view: View, context: str, plane: str, configuration: str) -> Step:
    pem = config_map(view, plane, ROOTS).data.get("root-cert.pem", "")
    first, *others = hooks_of(view, context, configuration)
    place = client(first, "caBundle")
    operations = [*_known(first), put(place, _encoded(pem))]
    operations += [one for hook in others for one in (*_known(hook), copied(place, client(hook, "caBundle")))]
    return patch_webhook(view, context, configuration, operations, WHY)


def _known(hook: Webhook) -> Iterator[Operation]:
    yield named(hook)
    if hook.authority:
        yield test(client(hook, "caBundle"), _encoded(hook.authority))


def _encoded(pem: str) -> str:
    return base64.b64encode(pem.encode()).decode()


CHECK = Check(
    "MC705",
    "a remote cluster's injection webhook trusts its istiod",
    Unit.CLUSTER,
    run,
    guards=(remote,),
    caused_by=("MC703", "MC704"),
    rows=("G5",),
)
