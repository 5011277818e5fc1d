"""What Kubernetes and Istio accept as a name, kind by kind: whatever is none is no name, and no command is made of it.

Each kind is a value: `LABEL.accepts(text)` asks, `LABEL.of(value)` returns the name or raises `ParseError` in words
that never quote the text.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import ip_address, ip_network
from urllib.parse import urlsplit

from kubectl_mcdiag.errors import ParseError

_LABEL = "[a-z0-9](?:[-a-z0-9]*[a-z0-9])?"
_QUALIFIED = "[A-Za-z0-9](?:[-A-Za-z0-9_.]*[A-Za-z0-9])?"
# Istio 1.31, pkg/config/labels: capital letters are accepted, and that of a host may be `*` or begin with `*-`.
_ISTIO_LABEL = "[a-zA-Z0-9](?:[-a-zA-Z0-9]*[a-zA-Z0-9])?"


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of name: its title as a sentence has it, and which texts it accepts."""

    title: str
    accepts: Callable[[str], bool]

    def of(self, value: object) -> str:
        """Return the value if it is such a name; raise `ParseError` if it is not."""
        if isinstance(value, str) and self.accepts(value):
            return value
        raise ParseError(f"expected {self.title}")


def _matching(pattern: str, longest: int) -> Callable[[str], bool]:
    compiled = re.compile(pattern, re.ASCII)
    return lambda text: len(text) <= longest and compiled.fullmatch(text) is not None


def _is_key(text: str) -> bool:
    prefix, slash, name = text.rpartition("/")
    return _matching(_QUALIFIED, 63)(name) and (not slash or NAME.accepts(prefix))


def _is_address(text: str) -> bool:
    return _parses(ip_address, text)


def _is_range(text: str) -> bool:
    return _parses(lambda found: ip_network(found, strict=False), text)


def _parses(parse: Callable[[str], object], text: str) -> bool:
    try:
        parse(text)
    except ValueError:
        return False
    # The scope of an IPv6 address may be any text.
    return "%" not in text


def _is_port(text: str) -> bool:
    return bool(re.fullmatch("[0-9]{1,5}", text)) and 0 < int(text) < 65_536


def _is_url(text: str) -> bool:
    try:
        found = urlsplit(text)
        port = found.port
    except ValueError:
        return False
    host = found.hostname or ""
    plain = not (found.username or found.password or found.query or found.fragment)
    return (
        plain
        and bool(re.fullmatch(r"https?://[\w.:\[\]-]+(/[\w.~/-]*)?", text, re.ASCII))
        and (NAME.accepts(host) or _is_address(host))
        and (port is None or port > 0)
    )


def _is_words(text: str) -> bool:
    """Accept what one argument of a command may hold: printable, not empty, and no option."""
    return 0 < len(text) <= 1_024 and text.isprintable() and text == text.strip() and not text.startswith("-")


def _is_pod(text: str) -> bool:
    # A pod's name may hold dots, a namespace never does.
    pod, dot, namespace = text.rpartition(".")
    return bool(dot) and NAME.accepts(pod) and LABEL.accepts(namespace)


LABEL = Kind("a DNS-1123 label", _matching(_LABEL, 63))
"""Namespaces, Services, containers, subsets as istioctl makes them."""
NAME = Kind("a DNS-1123 subdomain", _matching(rf"{_LABEL}(?:\.{_LABEL})*", 253))
"""Names of pods, nodes, Secrets, ConfigMaps, webhook configurations and Istio's objects."""
SEGMENT = Kind("a path segment", _matching(r"(?!\.{1,2}$)[A-Za-z0-9][A-Za-z0-9:_.@-]*", 253))
"""Names of roles and bindings: `system:node` is one."""
LABEL_KEY = Kind("the key of a label", _is_key)
LABEL_VALUE = Kind("the value of a label", _matching(f"(?:{_QUALIFIED})?", 63))
DATA_KEY = Kind("a key of a Secret or ConfigMap", _matching(r"(?!\.{1,2}$)[-._a-zA-Z0-9]+", 253))
HOST = Kind("a host name", _matching(rf"(?:\*|(?:\*-)?{_ISTIO_LABEL})(?:\.{_ISTIO_LABEL})*\.?", 255))
"""A host of Istio's configuration, with or without a wildcard in front."""
ADDRESS = Kind("an IP address", _is_address)
RANGE = Kind("a range of addresses", _is_range)
PORT = Kind("a port", _is_port)
PORT_NAME = Kind("the name of a port", _matching(r"[a-z0-9](?:[-a-z0-9]*[a-z0-9])?", 63))
REVISION = Kind("a revision", _matching(_QUALIFIED, 63))
"""A value of `istio.io/rev`: a revision or the name of a tag."""
TRUST_DOMAIN = Kind("a trust domain", _matching(rf"{_ISTIO_LABEL}(?:[._]{_ISTIO_LABEL})*\.?", 255))
"""As `ValidateTrustDomain` of Istio 1.31 has it, and SPIFFE's underscore."""
CLUSTER = Kind("a cluster ID", _matching(r"(?!\.{1,2}$)[A-Za-z0-9_][-._a-zA-Z0-9]*", 253))
"""The key of a remote secret: what else a cluster calls itself, no other one can."""
NETWORK = Kind("a network", LABEL_VALUE.accepts)
MESH = Kind("a mesh ID", _matching(rf"{_QUALIFIED}", 255))
CONTEXT = Kind("the name of a context", _is_words)
POD = Kind("a pod, as pod.namespace", _is_pod)
SERVER = Kind("the URL of a server", _is_url)


def shortened(fingerprint: str) -> str:
    """Return the first four bytes of a fingerprint in hex, with or without colons, as openssl prints them."""
    plain = fingerprint.replace(":", "").upper()
    return ":".join(plain[place : place + 2] for place in range(0, 8, 2))
