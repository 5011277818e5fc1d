"""URLs as they may be kept: scheme, host and port. Whatever else one holds, a password among it, is nobody's."""

import hashlib
import re
from urllib.parse import urlsplit

from kubectl_mcdiag.evidence.names import ADDRESS, HOST

UNREADABLE = "[not a URL]"


def public_url(text: str) -> str:
    """Return scheme, host and port of a URL, or of a host and port alone.

    A path, by which Rancher tells clusters apart, becomes a digest: equal ones stay equal. Where an `@` stands
    behind the first slash nobody can say what is host and what is password: such a URL is unreadable.
    """
    scheme, separator, rest = text.strip().rpartition("://")
    plain = re.split(r"[?#]", rest, maxsplit=1)[0]
    authority, slash, path = plain.partition("/")
    server = _server(authority.rpartition("@")[2])
    if not text.strip():
        return ""
    if not server or "@" in path or not _is_plausible(scheme, server):
        return UNREADABLE
    return f"{scheme}{separator}{server}{_digest(path) if path.strip('/') else slash}"


def server_of(text: str) -> str:
    """Return scheme, host and port alone."""
    return public_url(text).partition("/…")[0]


def _is_plausible(scheme: str, server: str) -> bool:
    """Tell a server from a word: without a scheme it has a port, or dots."""
    return bool(re.fullmatch(r"(?:https?|socks5h?)", scheme) if scheme else re.search(r"[.:]", server))


def _server(authority: str) -> str:
    try:
        found = urlsplit(f"//{authority}")
        host, port = found.hostname or "", found.port
    except ValueError:
        return ""
    if not (HOST.accepts(host) or ADDRESS.accepts(host)):
        return ""
    shown = f"[{host}]" if ":" in host else host
    return f"{shown}:{port}" if port is not None else shown


def _digest(path: str) -> str:
    if re.fullmatch("…[0-9a-f]{6}", path):
        return f"/{path}"
    return f"/…{hashlib.sha256(path.strip('/').encode()).hexdigest()[:6]}"
