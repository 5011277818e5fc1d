"""The path of a call: hops that are broken, by what the proxies really hold, and explained by no other rule."""

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
