"""Clusters accept each other's trust domain.

A workload's identity begins with its mesh's trust domain, `spiffe://cluster.local/ns/…`. A server accepts its own
trust domain and the aliases in its mesh configuration; a caller from any other is refused in the TLS handshake, though
the root is shared. Authorization policies name the same domains.

Fix: name the other cluster's trust domain among `trustDomainAliases` of the cluster that refuses it; istiod pushes that
to the proxies. Or give both clusters one trust domain, which needs a restart of everything.

Source: Istio 1.31 `pilot/pkg/networking/plugin/authn/util.go`; istio/istio#39204.
"""

from collections.abc import Iterator

from kubectl_mcdiag.checks.contract import Check, Evidence, Finding, Scope, Symptom, Unit
from kubectl_mcdiag.checks.message import Message, say
from kubectl_mcdiag.checks.proof import object_shown
from kubectl_mcdiag.checks.steps import Object
from kubectl_mcdiag.mesh.access.identity import control_planes, istiods, mesh_map
from kubectl_mcdiag.mesh.ambient.enrolment import is_ambient
from kubectl_mcdiag.mesh.model import Pair, Status
from kubectl_mcdiag.mesh.services.endpoints import mesh_of
from kubectl_mcdiag.mesh.trust.roots import trust_domains
from kubectl_mcdiag.mesh.view import View, known

REFUSED = "{destination} {destination:does|do} not accept trust domain {theirs} of {source}"
MUTUAL = "{one} and {other} do not accept each other's trust domain ({mine}, {theirs})"
DETAIL = (
    "Workloads of {destination} accept only {accepted}, and refuse callers of another trust domain in the TLS"
    " handshake."
)
ADVICE = (
    "Add {domain} to `meshConfig.trustDomainAliases` in the installation of {plane} (ConfigMap {config_map} holds it)."
    " istiod pushes it to the proxies; nothing is restarted."
)
BOTH = (
    "Add {theirs} to `meshConfig.trustDomainAliases` in the installation of {one}, and {mine} in that of {other}"
    " (ConfigMap {config_map} holds it). istiod pushes it to the proxies; nothing is restarted."
)


def with_sidecars(view: View, pair: Pair) -> str:
    """Keep the rule to pairs with a cluster whose pods have sidecars: ztunnels do not read aliases."""
    both = all(is_ambient(view, context) for context in (pair.source, pair.destination))
    return "ztunnels do not read aliases: MC811 judges the trust domains of ambient clusters" if both else ""


def run(view: View, pair: Pair) -> Iterator[Finding]:
    """Yield a failure where the destination does not accept the source's trust domain."""
    if not _refuses(view, pair.destination, pair.source):
        return
    problem, advice = _told(view, pair)
    servers, accepted = _alike(view, pair.destination), trust_domains(view, pair.destination)
    yield Finding(
        Status.FAIL,
        Scope(clusters=(control_planes(view, pair.destination)[0],), pairs=(pair,)),
        problem,
        tuple(_shown(view, context) for context in (pair.source, pair.destination)),
        detail=say(DETAIL, destination=servers, accepted=accepted),
        advice=advice,
    )


def _refuses(view: View, context: str, caller: str) -> bool:
    istiods_there = istiods(view, control_planes(view, context)[0])
    lenient = any(pod.environment.get("PILOT_SKIP_VALIDATE_TRUST_DOMAIN") == "true" for pod in istiods_there)
    return not lenient and mesh_of(view, caller).trust_domain not in trust_domains(view, context)


def _told(view: View, pair: Pair) -> tuple[Message, Message]:
    """Say the same of all clusters with the same trust domains, and for both directions where both are refused.

    So that they are one root cause. With it goes what to do about it.
    """
    callers, servers = _alike(view, pair.source), _alike(view, pair.destination)
    domain, plane = mesh_of(view, pair.source).trust_domain, control_planes(view, pair.destination)[0]
    held = mesh_map(view, plane).name
    if _refuses(view, pair.source, pair.destination):
        one, other = sorted((callers, servers), key=lambda group: view.contexts.index(group[0]))
        mine, theirs = (mesh_of(view, group[0]).trust_domain for group in (one, other))
        groups: dict[str, str | tuple[str, ...]] = {"one": one, "other": other, "mine": mine, "theirs": theirs}
        return say(MUTUAL, **groups), say(BOTH, config_map=held, **groups)
    problem = say(REFUSED, source=callers, theirs=domain, destination=servers)
    return problem, say(ADVICE, domain=domain, plane=plane, config_map=held)


def _alike(view: View, context: str) -> tuple[str, ...]:
    """Return the clusters with the trust domain, and the aliases, of this one."""

    def domains(other: str) -> tuple[str, ...]:
        return (mesh_of(view, other).trust_domain, *trust_domains(view, other))

    return tuple(other for other, found in known(view, domains).items() if found == domains(context))


def _shown(view: View, context: str) -> Evidence:
    plane, found = control_planes(view, context)[0], mesh_of(view, context)
    target = Object(plane, "configmap", mesh_map(view, plane).name, view.settings.istio_namespace)
    aliases = ("trustDomainAliases:", *(f"- {alias}" for alias in found.trust_domain_aliases))
    lines = aliases if found.trust_domain_aliases else ("no trustDomainAliases",)
    return object_shown(view, target, f"trustDomain: {found.trust_domain}", *lines)


CHECK = Check(
    "MC214",
    "clusters accept each other's trust domain",
    Unit.PAIR,
    run,
    guards=(with_sidecars,),
    leads_to=(Symptom.NO_CONNECTION,),
    rows=("A14",),
)
