"""All clusters have one mesh ID.

Istio joins clusters by trust, networks and remote secrets, not by `meshID`; calls work where it differs. It is part of
what proxies report: telemetry and traces of one mesh are filed under two, and a gateway's dashboards come apart.

Fix: set `global.meshID` to one value in all installations and restart the workloads when convenient.

Source: Istio 1.31 uses MESH_ID in proxy metadata and tracing only.
"""

from collections.abc import Iterator

from kubectl_mcdiag.checks.contract import Check, Evidence, Finding, Scope, Unit
from kubectl_mcdiag.checks.message import say
from kubectl_mcdiag.checks.proof import object_shown, variable
from kubectl_mcdiag.checks.steps import Object
from kubectl_mcdiag.mesh.access.identity import control_planes, injection_map, proxies
from kubectl_mcdiag.mesh.access.majority import odd
from kubectl_mcdiag.mesh.access.membership import MESH, mesh_ids
from kubectl_mcdiag.mesh.model import Pair, Status
from kubectl_mcdiag.mesh.view import View

PROBLEM = "Proxies of {odd} have mesh ID {mine}, those of {usual} {theirs}"
DETAIL = "Calls work. Telemetry and traces are filed under two meshes, so that dashboards show half of each call."
ADVICE = (
    "Set `global.meshID` to {wanted} in the installation of {plane} (ConfigMap {config_map} holds it), then restart the"
    " workloads whose telemetry should be of one mesh."
)


def run(view: View, pair: Pair) -> Iterator[Finding]:
    """Yield a warning where no mesh ID is common to the proxies of two clusters."""
    if set(mesh_ids(view, pair.source)) & set(mesh_ids(view, pair.destination)):
        return
    found = odd(view, pair, lambda context: mesh_ids(view, context))
    if not found:
        return
    usual = found.usual[0]
    mine, theirs, plane = mesh_ids(view, found.one), mesh_ids(view, usual), control_planes(view, found.one)[0]
    yield Finding(
        Status.WARN,
        Scope(clusters=(usual, found.one), pairs=(pair,)),
        say(PROBLEM, odd=found.alike, mine=mine, usual=found.usual, theirs=theirs),
        tuple(_shown(view, context, ids[0]) for context, ids in ((usual, theirs), (found.one, mine))),
        detail=say(DETAIL),
        advice=say(ADVICE, wanted=theirs[0], config_map=injection_map(view, plane).name, plane=plane),
    )


def _shown(view: View, context: str, name: str) -> Evidence:
    sidecars = (pod for pod in proxies(view, context) if not pod.is_gateway)
    pod = next(pod for pod in sidecars if pod.environment.get(MESH) == name)
    return object_shown(view, Object(context, "pod", pod.name, pod.namespace), *variable(MESH, name))


CHECK = Check(
    "MC112",
    "all clusters have one mesh ID",
    Unit.PAIR,
    run,
    rows=("C3",),
)
