"""Evidence of rules about traffic: what Envoy counted of one endpoint."""

from kubectl_mcdiag.checks.contract import Evidence
from kubectl_mcdiag.checks.proof import asked
from kubectl_mcdiag.evidence.commands import ENVOY_CLUSTERS_LATER
from kubectl_mcdiag.evidence.parsers.envoy.envoy_endpoints import Host
from kubectl_mcdiag.mesh.view import View


def failures_counted(view: View, context: str, client: str, host: Host) -> Evidence:
    """Return what a client's Envoy counted of an endpoint to which connections fail."""
    address = f"{host.address}:{host.port}"
    lines = (f"{address}::cx_connect_fail::{host.connect_failures}", f"{address}::rq_success::{host.successes}")
    return asked(view, ENVOY_CLUSTERS_LATER, context, client, *lines)
