"""A remote cluster's injection webhook trusts the istiod that it calls.

istiod writes its own root into `caBundle` of the webhooks of the clusters that it takes care of. Where another one
stands there (an old root, or a tool that puts back what it once saw) the API server refuses istiod's certificate, and
with it every new pod of an injected namespace.

To mend it: put the root in force into the webhook, and find out what wrote the other.

Source: istio/istio#42327; the API server says "x509: certificate signed by unknown authority". Catalogue G5.
"""

from collections.abc import Iterator

from kubectl_mcdiag.checks.contract import Check, Finding, Kind, Scope, Step, Unit
from kubectl_mcdiag.checks.remedies import kubectl, shows, system
from kubectl_mcdiag.evidence.parsers import certificates
from kubectl_mcdiag.evidence.parsers.kubernetes.resources import Webhook
from kubectl_mcdiag.mesh.access.identity import istiods
from kubectl_mcdiag.mesh.model import Status
from kubectl_mcdiag.mesh.remote_clusters.remotes import injectors, outgoing, plane_of
from kubectl_mcdiag.mesh.trust.roots import ROOTS, fingerprints, roots
from kubectl_mcdiag.mesh.view import View

PROBLEM = (
    "webhook {name} of {context} {what}, and {plane}'s istiod has a certificate of {root}: no new pod is injected."
)
EMPTY = "has no caBundle"
OTHER = "trusts {found}"
WHY = "puts the root in force into the webhook"


def run(view: View, context: str) -> Iterator[Finding]:
    """Yield a failure for each webhook configuration whose CA is not the root of the istiod it calls."""
    plane = plane_of(view, context)
    if any(pod.environment.get("PILOT_CERT_PROVIDER", "istiod") != "istiod" for pod in istiods(view, plane)):
        return
    known = fingerprints(roots(view, plane))
    hooks = {hook.configuration: hook for hook in injectors(view, context) if hook.service or hook.url}
    for hook in hooks.values():
        found = fingerprints(certificates.parse(hook.authority))
        if not found & known:
            yield _finding(view, context, plane, hook, min(found, default=""))


def _finding(view: View, context: str, plane: str, hook: Webhook, found: str) -> Finding:
    root = min(fingerprints(roots(view, plane)))
    command = kubectl(view, context, "get", "mutatingwebhookconfiguration", hook.configuration, "-o", "yaml")
    return Finding(
        Status.FAIL,
        Scope(clusters=(context,), pairs=outgoing(view, context)),
        PROBLEM.format(
            name=hook.configuration,
            context=context,
            what=OTHER.format(found=found[:8] + "…") if found else EMPTY,
            plane=plane,
            root=root[:8] + "…",
        ),
        (shows(context, command, f"caBundle: SHA-256 {found or 'none'}"),),
        (Step(Kind.SAFE, _patch(view, context, plane, hook), WHY),),
    )


def _patch(view: View, context: str, plane: str, hook: Webhook) -> str:
    pem = system(view, plane, "get", "configmap", ROOTS, "-o", r"jsonpath={.data.root-cert\.pem}")
    names = kubectl(
        view, context, "get", "mutatingwebhookconfiguration", hook.configuration, "-o", "jsonpath={.webhooks[*].name}"
    )
    one = r"{\"name\":\"$n\",\"clientConfig\":{\"caBundle\":\"$ca\"}}"
    patch = kubectl(view, context, "patch", "mutatingwebhookconfiguration", hook.configuration)
    return f'ca=$({pem} | base64 -w0); for n in $({names}); do {patch} -p "{{\\"webhooks\\":[{one}]}}"; done'


CHECK = Check(
    "MC705",
    "a remote cluster's injection webhook trusts its istiod",
    Unit.CLUSTER,
    run,
    caused_by=("MC703", "MC704"),
    rows=("G5",),
)
