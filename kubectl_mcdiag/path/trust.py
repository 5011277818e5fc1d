"""Whether client and server accept each other's certificate: roots, names, and mutual TLS at all."""

from collections.abc import Iterator

from kubectl_mcdiag.errors import Unavailable
from kubectl_mcdiag.evidence.parsers import certificates
from kubectl_mcdiag.evidence.parsers.certificates import Certificate, identities
from kubectl_mcdiag.evidence.parsers.envoy.config import EnvoyConfig
from kubectl_mcdiag.evidence.parsers.signatures import is_signed_by
from kubectl_mcdiag.mesh.access.identity import crosses_networks
from kubectl_mcdiag.mesh.view import View
from kubectl_mcdiag.path.call import Call
from kubectl_mcdiag.path.connection import works
from kubectl_mcdiag.path.endpoints import leading
from kubectl_mcdiag.path.hop import Hop, Kind, Reason, Seen, State, unread
from kubectl_mcdiag.path.proxies import client_config, server, server_config
from kubectl_mcdiag.path.shown import proxy_config
from kubectl_mcdiag.path.touched import is_looked_at

UNREAD = "nothing speaks against it"
ARRIVES = "calls arrive"


def judge(view: View, call: Call) -> Hop:
    """Return how trust stands; the certificates are read where something speaks against a call."""
    try:
        if works(view, call):
            return Hop(Kind.TRUST, State.WORKS, note=ARRIVES)
        if not is_looked_at(view, call.source, call.client, call.service):
            return Hop(Kind.TRUST, State.IDLE, note=UNREAD)
        return _judged(view, call)
    except Unavailable as why:
        return unread(Kind.TRUST, why)


def _judged(view: View, call: Call) -> Hop:
    pod = server(view, call.destination, call.service)
    if pod is None:
        return Hop(Kind.TRUST, State.NOT_SEEN, note=f"no pod of {call.service} with a sidecar is ready")
    client, answering = client_config(view, call), server_config(view, call.destination, pod.full_name)
    wrong = (
        *_without_tls(view, call, client),
        *_strangers(view, call, pod.full_name, client, answering),
        *_other_name(view, call, pod.full_name, client, answering),
    )
    shown = (_secrets(view, call.source, call.client), _secrets(view, call.destination, pod.full_name))
    return next(iter(wrong), Hop(Kind.TRUST, State.WORKS, seen=shown))


def _without_tls(view: View, call: Call, client: EnvoyConfig) -> Iterator[Hop]:
    if not crosses_networks(view, call.source, call.destination):
        return
    for one in leading(view, call):
        found = client.cluster(one.cluster.name)
        if one.hosts and found and not found.mutual:
            flags = ("--fqdn", found.name.rpartition("|")[2], "-o", "json")
            shown = proxy_config(view, call.source, call.client, "clusters", (found.name,), *flags)
            yield Hop(Kind.TRUST, State.BROKEN, Reason.NOT_MUTUAL, {"cluster": found.name}, (shown,))


def _strangers(view: View, call: Call, pod: str, client: EnvoyConfig, answering: EnvoyConfig) -> Iterator[Hop]:
    values = {"client": call.client, "server": pod}
    sides = (
        (Reason.CLIENT_DISTRUSTS, client, answering),
        (Reason.SERVER_DISTRUSTS, answering, client),
    )
    for config, context, name in ((client, call.source, call.client), (answering, call.destination, pod)):
        if not config.chain:
            shown = (_secrets(view, context, name),)
            yield Hop(Kind.TRUST, State.BROKEN, Reason.NO_CERTIFICATE, {"pod": name, "context": context}, shown)
    for reason, trusting, shown_by in sides:
        chain, roots = certificates.parse(shown_by.chain), certificates.parse(trusting.roots)
        if chain and roots and not is_trusted(chain, roots):
            lines = (_secrets(view, call.source, call.client), _secrets(view, call.destination, pod))
            yield Hop(Kind.TRUST, State.BROKEN, reason, {**values, "root": chain[-1].issuer}, lines)


def is_trusted(chain: tuple[Certificate, ...], roots: tuple[Certificate, ...]) -> bool:
    """Return whether some certificate of a chain is a root, or signed by one."""
    known = {root.fingerprint for root in roots}
    return any(one.fingerprint in known or any(is_signed_by(one, root) for root in roots) for one in reversed(chain))


def _other_name(view: View, call: Call, pod: str, client: EnvoyConfig, answering: EnvoyConfig) -> Iterator[Hop]:
    leaf = next(iter(certificates.parse(answering.chain)), None)
    carried = identities(leaf) if leaf else ()
    for one in leading(view, call):
        found = client.cluster(one.cluster.name)
        wanted = found.mutual.typed_config.names if found and found.mutual else ()
        if wanted and carried and not set(wanted) & set(carried):
            values = {"client": call.client, "server": pod, "wanted": ", ".join(wanted), "carried": ", ".join(carried)}
            shown = (_secrets(view, call.destination, pod),)
            yield Hop(Kind.TRUST, State.BROKEN, Reason.OTHER_NAME, values, shown)


def _secrets(view: View, context: str, pod: str) -> Seen:
    return proxy_config(view, context, pod, "secret", (), "-o", "json")
