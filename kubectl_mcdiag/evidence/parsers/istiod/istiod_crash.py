"""The log of an istiod that ended: why it could not start, as of Istio 1.26 to 1.31.

Error: failed to create discovery service: failed to create CA: failed to create an istiod CA: incomplete signing…
"""

import re

_REASON = re.compile(r"failed to create (?:discovery service|CA\b|an istiod CA)[^\n]*")


def redact(output: str) -> str:
    """Keep the lines that say why istiod ended."""
    return "".join(f"{line}\n" for line in output.splitlines() if _REASON.search(line))


def parse(output: str) -> str:
    """Return the last reason that istiod gave, without its prefixes; empty where it gave none that is known."""
    found = _REASON.findall(output)
    return re.sub(r"^(?:failed to create [^:(]*: )+", "", found[-1]).strip() if found else ""
