"""Clusters accept each other's trust domain.

A workload's identity begins with its mesh's trust domain, `spiffe://cluster.local/ns/…`. A server accepts its own
trust domain and the aliases in its mesh configuration; a caller from any other is refused in the TLS handshake, though
the root is shared. Authorization policies name the same domains.

Fix: name the other cluster's trust domain among `trustDomainAliases` of the cluster that refuses it; proxies
are told at once. Or give both clusters one trust domain, which needs a restart of everything.

Source: Istio 1.31 `pilot/pkg/networking/plugin/authn/util.go`; istio/istio#39204. Catalogue A14.
"""

from collections.abc import Iterator

from kubectl_mcdiag.checks.contract import Check, Evidence, Finding, Scope, Symptom, Unit
from kubectl_mcdiag.checks.message import listed, say
from kubectl_mcdiag.checks.remedies import shows, system
from kubectl_mcdiag.errors import NotApplicable
from kubectl_mcdiag.mesh.access.identity import control_planes, istiods, mesh_map
from kubectl_mcdiag.mesh.ambient.enrolment import is_ambient
from kubectl_mcdiag.mesh.model import Pair, Status
from kubectl_mcdiag.mesh.services.endpoints import mesh_of
from kubectl_mcdiag.mesh.trust.roots import trust_domains
from kubectl_mcdiag.mesh.view import View, known

REFUSED = (
    "Workloads of {source} have trust domain {theirs}, and those of {destination} accept only {accepted}: they refuse"
    " every call from {source}."
)
MUTUAL = "Workloads of {one} accept only trust domain {mine}, those of {other} only {theirs}: they refuse each other."
ADVICE = (
    "Add {domain} to `meshConfig.trustDomainAliases` in the installation of {plane} (ConfigMap {config_map} holds it)."
    " Proxies are told at once; nothing is restarted."
)


def run(view: View, pair: Pair) -> Iterator[Finding]:
    """Yield a failure where the destination does not accept the source's trust domain."""
    if all(is_ambient(view, context) for context in (pair.source, pair.destination)):
        raise NotApplicable("ztunnels do not read aliases: MC811 judges the trust domains of ambient clusters")
    if not _refuses(view, pair.destination, pair.source):
        return
    plane, domain = control_planes(view, pair.destination)[0], mesh_of(view, pair.source).trust_domain
    yield Finding(
        Status.FAIL,
        Scope(clusters=(plane,), pairs=(pair,)),
        _problem(view, pair),
        tuple(_shown(view, context) for context in (pair.source, pair.destination)),
        advice=say(ADVICE, domain=domain, plane=plane, config_map=mesh_map(view, plane).name),
    )


def _refuses(view: View, context: str, caller: str) -> bool:
    istiods_there = istiods(view, control_planes(view, context)[0])
    lenient = any(pod.environment.get("PILOT_SKIP_VALIDATE_TRUST_DOMAIN") == "true" for pod in istiods_there)
    return not lenient and mesh_of(view, caller).trust_domain not in trust_domains(view, context)


def _problem(view: View, pair: Pair) -> str:
    """Say the same of all clusters with the same trust domains, and for both directions where both are refused.

    So that they are one root cause.
    """
    callers, servers = _alike(view, pair.source), _alike(view, pair.destination)
    accepted = " and ".join(trust_domains(view, pair.destination))
    if _refuses(view, pair.source, pair.destination):
        told = {callers: " and ".join(trust_domains(view, pair.source)), servers: accepted}
        one, other = sorted(told, key=lambda group: view.contexts.index(group[0]))
        return MUTUAL.format(one=listed(one), mine=told[one], other=listed(other), theirs=told[other])
    domain = mesh_of(view, pair.source).trust_domain
    return REFUSED.format(source=listed(callers), theirs=domain, destination=listed(servers), accepted=accepted)


def _alike(view: View, context: str) -> tuple[str, ...]:
    """Return the clusters with the trust domain, and the aliases, of this one."""

    def domains(other: str) -> tuple[str, ...]:
        return (mesh_of(view, other).trust_domain, *trust_domains(view, other))

    return tuple(other for other, found in known(view, domains).items() if found == domains(context))


def _shown(view: View, context: str) -> Evidence:
    plane, found = control_planes(view, context)[0], mesh_of(view, context)
    aliases = ", ".join(found.trust_domain_aliases) or "none"
    lines = (f"trustDomain: {found.trust_domain}", f"trustDomainAliases: {aliases}")
    return shows(plane, system(view, plane, "get", "configmap", mesh_map(view, plane).name, "-o", "yaml"), *lines)


CHECK = Check(
    "MC214",
    "clusters accept each other's trust domain",
    Unit.PAIR,
    run,
    leads_to=(Symptom.NO_CONNECTION,),
    rows=("A14",),
)
