"""The path of a call: hops that are broken, by what the proxies really hold, and explained by no other rule.

A call passes hops: name, route, endpoints, connection, entrance (the gateway), trust, admission (the server's proxy)
and answer. `kubectl mcdiag trace SERVICE` prints them. A hop that is broken and that a rule of another family explains
is a consequence of that; one that nothing explains is a root cause of its own, with the configuration that shows it.
"""

from types import ModuleType

from kubectl_mcdiag.checks.path import (
    admission,
    answer,
    connection,
    endpoints,
    entrance,
    name,
    route,
    trust,
)

RULES: tuple[ModuleType, ...] = (name, route, endpoints, entrance, trust, admission, connection, answer)
