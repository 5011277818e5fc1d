"""The log of an istiod that ended: why it could not start, as of Istio 1.26 to 1.31.

Error: failed to create discovery service: failed to create CA: failed to create an istiod CA: incomplete signing…
"""

import re

from kubectl_mcdiag.evidence.phrases import known

_REASON = re.compile(r"failed to create (?:discovery service|CA\b|an istiod CA)[^\n]{0,2000}")


def redact(output: str) -> str:
    """Keep why istiod ended, in the phrases that are known."""
    return "".join(f"{known(found)}\n" for found in _REASON.findall(output))


def parse(output: str) -> str:
    """Return the last reason that istiod gave, without its prefixes; empty where it gave none that is known."""
    found = _REASON.findall(output)
    return re.sub(r"^(?:failed to create [^:(]*: )+", "", known(found[-1])).strip() if found else ""
