"""Fixes of the trust family: a CA of the common root put into `cacerts`, the one before kept beside it."""

from kubectl_mcdiag.checks.fixes import restart_istiod, restart_proxies
from kubectl_mcdiag.checks.message import say
from kubectl_mcdiag.checks.steps import Action, Object, Step, kubectl, show
from kubectl_mcdiag.evidence.parsers.kubernetes.secrets import Secret
from kubectl_mcdiag.evidence.shell import Input, Joined, Shell
from kubectl_mcdiag.mesh.trust.plugged_ca import PLUGGED
from kubectl_mcdiag.mesh.trust.roots import CACERTS, authority
from kubectl_mcdiag.mesh.view import View

KEPT = "cacerts-before"
_COPY = (
    "apiVersion: v1{{println}}kind: Secret{{println}}type: {{.type}}{{println}}metadata: {name: cacerts-before}"
    '{{println}}data: { {{range $key, $value := .data}}{{$key}}: "{{$value}}", {{end}}}'
)
"""A go-template: the manifest of a copy, which is piped from kubectl to kubectl and never printed."""


def plug_in(view: View, plane: str, context: str) -> tuple[Step, ...]:
    """Put a CA issued from the common root into `cacerts` of `plane`, for the proxies of `context`."""
    why = say("proxies keep certificates of the old CA for up to 24 hours")
    return replace_authority(view, plane) + restart_proxies(view, context, why)


def replace_authority(view: View, plane: str) -> tuple[Step, ...]:
    """Put a CA issued from the common root into `cacerts` of `plane`, and start its istiods with it.

    The directory `CA_DIR` is the operator's: it holds the four files that Istio's "Plug in CA Certificates" names.
    """
    there, target = authority(view, plane), Object(plane, "secret", CACERTS, view.settings.istio_namespace)
    return (
        *((_keep(view, target),) if there else ()),
        _put(view, target, there),
        *restart_istiod(view, plane, say("istiod reads cacerts when it starts")),
    )


def _keep(view: View, target: Object) -> Step:
    """Copy `cacerts` within its cluster; it fails where there is a copy of an earlier time."""
    read = show(view, target, "-o", f"go-template={_COPY}")
    why = say(
        "keeps the CA there was as Secret {kept}, with which this can be undone; delete it once calls work", kept=KEPT
    )
    return Step(Action.COPY, target.context, _piped(view, target, read, "create"), why, target)


def _put(view: View, target: Object, there: Secret | None) -> Step:
    folder = Input("CA_DIR", f"folder with an intermediate CA for {target.context}, issued from the common root")
    files = (Joined(("--from-file=", folder, f"/{name}")) for name in PLUGGED.names)
    made = kubectl(view, target.context, "create", "secret", "generic", target.name, "--dry-run=client", "-o", "json")
    made = Shell(((*made.pipeline[0], *files),))
    why = say("CA_DIR: an intermediate CA for {plane}, issued from the root of the others", plane=target.context)
    action = Action.REPLACE_CA if _needs_new_type(there) else Action.PLUG_IN_CA
    return Step(action, target.context, _piped(view, target, made, *_verb(there)), why, target)


def _verb(there: Secret | None) -> tuple[str, ...]:
    """Return how an Opaque Secret takes the place of this one; `apply` would leave keys that the new one does not have.

    The type of a Secret cannot be changed: istiod's own is of type `istio.io/ca-root`.
    """
    if there is None:
        return ("create",)
    return ("replace", "--force") if _needs_new_type(there) else ("replace",)


def _needs_new_type(there: Secret | None) -> bool:
    return there is not None and there.type != "Opaque"


def _piped(view: View, target: Object, made: Shell, *verb: str) -> Shell:
    return made.piped(*kubectl(view, target.context, *target.where, *verb, "-f", "-").pipeline[0])
