"""A remote cluster's injection webhook calls istiod by a name that is in istiod's certificate.

With `istiodRemote.injectionURL` the webhook calls a URL. istiod's certificate holds names and no addresses, so a URL
with an IP address is refused, whatever CA the webhook trusts.

Fix: use a host name that istiod's certificate holds, or the Service that the remote profile makes.

Source: `istioctl analyze` IST0163 and IST0164; the API server says "doesn't contain any IP SANs".
"""

import re
from collections.abc import Iterator
from typing import Any

from kubectl_mcdiag.checks.contract import Check, Finding, Scope, Unit
from kubectl_mcdiag.checks.guards import remote
from kubectl_mcdiag.checks.message import NOTHING, say
from kubectl_mcdiag.checks.patches import put, replaced
from kubectl_mcdiag.checks.proof import object_shown
from kubectl_mcdiag.checks.remote_clusters.fixes import client, named, patch_webhook, webhook
from kubectl_mcdiag.checks.steps import Step
from kubectl_mcdiag.evidence.parsers.kubernetes.resources import Webhook
from kubectl_mcdiag.mesh.access.identity import control_planes
from kubectl_mcdiag.mesh.model import Status
from kubectl_mcdiag.mesh.remote_clusters.remotes import behind, hooks_of, injectors, istiod_services, outgoing
from kubectl_mcdiag.mesh.view import View

PROBLEM = "The injection webhook of {context} calls istiod by an IP address"
DETAIL = (
    "Webhook {webhook} calls {url}, and istiod's certificate is for names and not for {address}: the API server refuses"
    " it, and no new pod is injected."
)
WHY = "calls istiod through the Service {service}, whose name is in the certificate"
ADVICE = (
    "Set istiodRemote.injectionURL of {context} to a host name that istiod's certificate holds, such as"
    " istiod.{namespace}.svc, or leave it out and set global.remotePilotAddress. New pods are then injected."
)
_ADDRESS = re.compile(r"https://(?P<address>[\d.]+|\[[0-9a-fA-F:]+\])(?::\d+)?(?P<path>/\S*)")


def run(view: View, context: str) -> Iterator[Finding]:
    """Yield a failure for each webhook configuration that calls istiod by an IP address."""
    # A managed control plane may have a certificate for an address: its istiod cannot be asked.
    control_planes(view, context)
    for configuration in dict.fromkeys(hook.configuration for hook in injectors(view, context)):
        hooks = hooks_of(view, context, configuration)
        called = next((match for hook in hooks if (match := _ADDRESS.match(hook.url))), None)
        if called:
            yield _finding(view, context, hooks, called)


def _finding(view: View, context: str, hooks: tuple[Webhook, ...], called: re.Match[str]) -> Finding:
    name = hooks[0].configuration
    fix = tuple(_steps(view, context, hooks, called["path"]))
    return Finding(
        Status.FAIL,
        Scope(clusters=(context,), pairs=outgoing(view, context)),
        say(PROBLEM, context=context),
        (object_shown(view, webhook(context, name), f"url: {called[0]}"),),
        fix,
        say(DETAIL, webhook=name, url=called[0], address=called["address"]),
        NOTHING if fix else say(ADVICE, context=context, namespace=view.settings.istio_namespace),
    )


def _steps(view: View, context: str, hooks: tuple[Webhook, ...], path: str) -> Iterator[Step]:
    name = istiod_services(view, context)[0]
    if behind(view, context, name):
        value = {"namespace": view.settings.istio_namespace, "name": name, "path": path, "port": 443}
        operations = [one for hook in hooks if hook.url for one in _changes(hook, value)]
        yield patch_webhook(view, context, hooks[0].configuration, operations, say(WHY, service=name))


def _changes(hook: Webhook, service: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield named(hook)
    yield from replaced(client(hook, "url"), hook.url, None)
    yield put(client(hook, "service"), service)


CHECK = Check(
    "MC710",
    "a remote cluster's injection webhook calls istiod by name",
    Unit.CLUSTER,
    run,
    guards=(remote,),
    rows=("G10",),
)
