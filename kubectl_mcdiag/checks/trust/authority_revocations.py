"""Revocation lists are complete, or there are none.

Envoy wants a list of every CA in a chain as soon as it is given one of any: with a list of the intermediate alone it
refuses everybody. istiod therefore ends where `ca-crl.pem` holds lists that not every certificate of `cert-chain.pem`
has signed.

To mend it: add the lists that are missing (an empty list will do) or leave `ca-crl.pem` out, and restart istiod.

Source: Istio 1.31 `security/pkg/pki/util/keycertbundle.go`: "missing CRL signed by certificates"; feature
PILOT_ENABLE_CA_CRL, on by default. Catalogue A16.
"""

from collections.abc import Iterator

from kubectl_mcdiag.checks.contract import Check, Finding, Scope, Unit
from kubectl_mcdiag.checks.remedies import crash_shown, shows, system
from kubectl_mcdiag.checks.trust.fixes import replace_authority
from kubectl_mcdiag.evidence.parsers.signatures import without_list
from kubectl_mcdiag.mesh.access.identity import istiod_pods
from kubectl_mcdiag.mesh.trust.plugged_ca import harm, plugged_ca
from kubectl_mcdiag.mesh.view import View

PROBLEM = (
    "ca-crl.pem in cacerts of {context} holds no revocation list signed by {missing}: with lists for a part of the"
    " chain only, every certificate would be refused, and istiod does not start."
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
    read = system(view, context, "get", "secret", "cacerts", "-o", r"jsonpath={.data.ca-crl\.pem}")
    yield Finding(
        status,
        Scope(clusters=(context,), pairs=pairs),
        PROBLEM.format(context=context, missing=" and ".join(found.subject for found in missing)),
        (
            shows(context, f"{read} | base64 -d | grep -c BEGIN", str(lists.count("-----BEGIN X509 CRL"))),
            *crash_shown(view, context),
        ),
        replace_authority(view, context),
    )


CHECK = Check(
    "MC216",
    "revocation lists are complete, or there are none",
    Unit.CLUSTER,
    run,
    rows=("A16",),
)
