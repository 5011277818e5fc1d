"""Proxies trust the root that their istiod signs with.

A proxy gets its root together with its certificate and keeps both for up to 24 hours. After a change of roots the
proxies that were not restarted refuse those that were, and are refused by them, though Secrets and ConfigMaps agree
everywhere. What a proxy holds is read from its Envoy; one per namespace and each east-west gateway is asked.

Fix: restart the workloads that are older than the change, gateways first.

Source: Envoy's `config_dump` of `ROOTCA`; Istio's `istioctl proxy-config rootca-compare` does it within one cluster.
"""

from collections.abc import Iterator

from kubectl_mcdiag.checks.contract import Check, Evidence, Finding, Scope, Symptom, Unit
from kubectl_mcdiag.checks.fixes import restart_pods
from kubectl_mcdiag.checks.message import say
from kubectl_mcdiag.checks.proof import asked
from kubectl_mcdiag.evidence.commands import PROXY_CERTIFICATES
from kubectl_mcdiag.evidence.parsers.kubernetes.pods import Pod
from kubectl_mcdiag.mesh.access.control_plane import calls_with
from kubectl_mcdiag.mesh.access.identity import control_planes, proxies
from kubectl_mcdiag.mesh.model import Pair, Status
from kubectl_mcdiag.mesh.trust.proxies import doubtful, know_whom_to_doubt, trusted_by
from kubectl_mcdiag.mesh.trust.roots import authority, fingerprints, roots
from kubectl_mcdiag.mesh.view import View

PROBLEM = "{pods} in {context} still {pods:trusts|trust} root {held}, and istiod signs with {used}"
REFUSED = "Such proxies and those of other clusters refuse each other's certificates."
GATEWAY = "A gateway forwards calls without opening them, but cannot connect to istiod for a new configuration."
WHY = say("new pods get the current certificate and root")


def run(view: View, context: str) -> Iterator[Finding]:
    """Yield a finding where sampled proxies hold none of the roots in force: a warning where only gateways do."""
    current = fingerprints(roots(view, context))
    stale = tuple(
        pod
        for pod in doubtful(view, context)
        if (held := trusted_by(view, context, pod.full_name)) and not fingerprints(held) & current
    )
    if not stale:
        know_whom_to_doubt(view, context)
        return
    # One for each pair, so that roots that differ between its clusters explain what is of that pair.
    scopes: list[tuple[Pair, ...]] = [(pair,) for pair in _pairs(view, context)]
    for pairs in scopes or [()]:
        yield _finding(view, context, pairs, stale)


def _finding(view: View, context: str, pairs: tuple[Pair, ...], stale: tuple[Pod, ...]) -> Finding:
    breaks = any(not pod.is_gateway for pod in stale)
    return Finding(
        Status.FAIL if breaks else Status.WARN,
        Scope(clusters=(context,), pairs=pairs),
        say(
            PROBLEM,
            pods=tuple(pod.full_name for pod in stale),
            context=context,
            held=trusted_by(view, context, stale[0].full_name)[0].short,
            used=roots(view, context)[0].short,
        ),
        tuple(_shown(view, context, pod) for pod in stale),
        restart_pods(view, context, _older(view, context) or stale, WHY),
        say(REFUSED if breaks else GATEWAY),
    )


def _pairs(view: View, context: str) -> tuple[Pair, ...]:
    touching = calls_with(view, control_planes(view, context)[0])
    return tuple(pair for pair in touching if context in (pair.source, pair.destination))


def _shown(view: View, context: str, pod: Pod) -> Evidence:
    lines = (f"ROOTCA: SHA-256 {held.short}, {held.subject}" for held in trusted_by(view, context, pod.full_name))
    return asked(view, PROXY_CERTIFICATES, context, pod.full_name, *lines)


def _older(view: View, context: str) -> tuple[Pod, ...]:
    secret = authority(view, context)
    return tuple(pod for pod in proxies(view, context) if secret and pod.created < secret.changed)


CHECK = Check(
    "MC205",
    "proxies trust the root that their istiod signs with",
    Unit.CLUSTER,
    run,
    leads_to=(Symptom.NO_CONNECTION, Symptom.NOT_GIVEN),
    caused_by=("MC201", "MC202", "MC203", "MC204", "MC211", "MC213"),
    rows=("A5",),
)
