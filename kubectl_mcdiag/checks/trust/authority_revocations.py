"""Revocation lists are complete, or there are none.

Envoy requires a list of every CA in a chain as soon as it is given one of any: with a list of only the intermediate it
refuses every peer. istiod therefore exits where `ca-crl.pem` holds lists that not every certificate of
`cert-chain.pem` has signed.

Fix: add the lists that are missing to `ca-crl.pem` (an empty list is enough), and restart istiod. Only the holder of a
CA's key can issue its list. Without `ca-crl.pem` istiod starts as well, and revoked certificates are accepted again.

Source: Istio 1.31 `security/pkg/pki/util/keycertbundle.go`: "missing CRL signed by certificates"; feature
PILOT_ENABLE_CA_CRL, on by default.
"""

from collections.abc import Iterator

from kubectl_mcdiag.checks.contract import Check, Finding, Scope, Unit
from kubectl_mcdiag.checks.message import say
from kubectl_mcdiag.checks.trust.proof import crash_shown, keys_shown
from kubectl_mcdiag.evidence.parsers.signatures import without_list
from kubectl_mcdiag.mesh.access.identity import istiod_pods
from kubectl_mcdiag.mesh.trust.plugged_ca import harm, plugged_ca
from kubectl_mcdiag.mesh.view import View

PROBLEM = "Revocation lists in cacerts of {context} are incomplete"
DETAIL = (
    "ca-crl.pem has {count} {count:list|lists}, and none signed by {missing}. Envoy refuses every certificate where"
    " lists cover only a part of a chain, so istiod does not start."
)
ADVICE = (
    "Ask whoever holds the key of {missing} for its revocation list (`openssl ca -gencrl`; an empty one will do), add"
    " it to ca-crl.pem in cacerts of {context} and restart istiod. Without ca-crl.pem istiod starts as well, but"
    " revoked certificates are accepted again."
)
LISTS = "ca-crl.pem"
SWITCH = "PILOT_ENABLE_CA_CRL"


def run(view: View, context: str) -> Iterator[Finding]:
    """Yield a finding where some certificate of the chain has no list."""
    ca = plugged_ca(view, context)
    lists = ca.secret.certificates.get(LISTS, "")
    switched_off = any(pod.environment.get(SWITCH) == "false" for pod in istiod_pods(view, context))
    missing = without_list(ca.chain, lists) if lists and not switched_off else ()
    if not missing:
        return
    status, pairs = harm(view, context)
    names = tuple(found.subject for found in missing)
    yield Finding(
        status,
        Scope(clusters=(context,), pairs=pairs),
        say(PROBLEM, context=context),
        (keys_shown(view, context, LISTS), *crash_shown(view, context)),
        detail=say(DETAIL, count=lists.count("-----BEGIN X509 CRL"), missing=names),
        advice=say(ADVICE, missing=names, context=context),
    )


CHECK = Check(
    "MC216",
    "revocation lists are complete, or there are none",
    Unit.CLUSTER,
    run,
    rows=("A16",),
)
