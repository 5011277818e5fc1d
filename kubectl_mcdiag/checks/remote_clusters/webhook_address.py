"""A remote cluster's injection webhook calls istiod by a name that is in istiod's certificate.

With `istiodRemote.injectionURL` the webhook calls a URL. istiod's certificate holds names and no addresses, so a URL
with an IP address is refused, whatever CA the webhook trusts.

To mend it: use a host name that istiod's certificate holds, or the Service that the remote profile makes.

Source: `istioctl analyze` IST0163 and IST0164; the API server says "doesn't contain any IP SANs". Catalogue G10.
"""

import json
import re
from collections.abc import Iterator
from typing import Any

from kubectl_mcdiag.checks.contract import Check, Finding, Kind, Scope, Step, Unit
from kubectl_mcdiag.checks.remedies import kubectl, shows
from kubectl_mcdiag.evidence.parsers.kubernetes.resources import Webhook
from kubectl_mcdiag.mesh.model import Status
from kubectl_mcdiag.mesh.remote_clusters.remotes import behind, doors, injectors, outgoing, plane_of
from kubectl_mcdiag.mesh.view import View

PROBLEM = "webhook {name} of {context} calls istiod at {url}: istiod's certificate is for names and not for {address}."
WHY = "calls istiod through the Service {service}, whose name is in the certificate"
_ADDRESS = re.compile(r"https://(?P<address>[\d.]+|\[[0-9a-fA-F:]+\])(?::\d+)?(?P<path>/\S*)")


def run(view: View, context: str) -> Iterator[Finding]:
    """Yield a failure for each webhook configuration that calls istiod by an IP address."""
    plane_of(view, context)
    for configuration in dict.fromkeys(hook.configuration for hook in injectors(view, context)):
        hooks = [hook for hook in injectors(view, context) if hook.configuration == configuration]
        called = next((match for hook in hooks if (match := _ADDRESS.match(hook.url))), None)
        if called:
            yield Finding(
                Status.FAIL,
                Scope(clusters=(context,), pairs=outgoing(view, context)),
                PROBLEM.format(name=configuration, context=context, url=called[0], address=called["address"]),
                (
                    shows(
                        context,
                        kubectl(view, context, "get", "mutatingwebhookconfiguration", configuration, "-o", "yaml"),
                        f"url: {called[0]}",
                    ),
                ),
                tuple(_steps(view, context, hooks, called["path"])),
            )


def _steps(view: View, context: str, hooks: list[Webhook], path: str) -> Iterator[Step]:
    service = doors(view, context)[0]
    if behind(view, context, service):
        value: dict[str, Any] = {"namespace": view.settings.istio_namespace, "name": service, "path": path, "port": 443}
        patch = [change for hook in hooks for change in _changes(f"/webhooks/{hook.index}/clientConfig", value)]
        command = ("patch", "mutatingwebhookconfiguration", hooks[0].configuration, "--type=json")
        yield Step(Kind.SAFE, kubectl(view, context, *command, "-p", json.dumps(patch)), WHY.format(service=service))


def _changes(client: str, service: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield {"op": "add", "path": f"{client}/service", "value": service}
    yield {"op": "remove", "path": f"{client}/url"}


CHECK = Check(
    "MC710",
    "a remote cluster's injection webhook calls istiod by name",
    Unit.CLUSTER,
    run,
    rows=("G10",),
)
