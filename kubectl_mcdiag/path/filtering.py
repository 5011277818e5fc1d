"""What the filters of an Envoy do with requests and connections: which of them refuse, answer or limit calls."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from kubectl_mcdiag.evidence.parsers.envoy.access import Rules
from kubectl_mcdiag.evidence.parsers.envoy.listening import FilterChain, HttpConfig, HttpFilter
from kubectl_mcdiag.evidence.parsers.envoy.stats import Decisions
from kubectl_mcdiag.path.access import Caller, conditions, lets_through
from kubectl_mcdiag.path.guarding import names_of
from kubectl_mcdiag.path.hop import Reason

LEAST_RATE = 0.2
"""Requests a second; a filter that admits fewer refuses the calls of any service that is in use."""
OWN = ("FilterConfig", "HTTPFault", "Cors", "Router", "RBAC", "JwtAuthentication", "GrpcStats", "HttpGrpcAccessLog")
"""The types of the filters that istiod adds by itself; those of its own extensions are called `istio.…`."""
READ = (*OWN, "Lua", "LocalRateLimit")
"""The types of the filters of which it is known what they do with a request."""

EVERYBODY = "everybody"
"""Whom rules refuse that do not ask who calls: one failure, not one for each client."""

Counters = Callable[[], Decisions]
"""What a server has decided; raises `Unavailable` where it is not known."""


@dataclass(frozen=True, slots=True)
class Doubt:
    """Something at a proxy that may refuse a request: why, whether it surely does, and what it is."""

    reason: Reason
    is_sure: bool
    values: dict[str, str]


def refusals(chain: FilterChain, caller: Caller, decided: Counters) -> Iterator[Doubt]:
    """Yield what may refuse the calls of a filter chain, in the order that they meet it."""
    for one in chain.filters:
        if one.typed_config.rules:
            yield from _by_rules(one.name, one.typed_config.rules, caller, decided)
    for found in chain.http.http_filters if chain.http else ():
        yield from _by_filter(found, caller, decided)


def _by_filter(found: HttpFilter, caller: Caller, decided: Counters) -> Iterator[Doubt]:
    config, values = found.typed_config, {"filter": found.name, "policy": f"the filter {found.name}"}
    kind = config.type_url.rpartition(".")[2]
    if isinstance(config.rules, Rules):
        yield from _by_rules(found.name, config.rules, caller, decided)
    if status := _answer(config):
        yield Doubt(Reason.FAULT, True, {**values, "status": status})
    if config.is_limited and config.token_bucket.rate < LEAST_RATE:
        yield Doubt(Reason.LIMITED, True, {**values, "limit": config.token_bucket.text})
    if config.code.answers_some or (kind not in READ and not found.name.startswith("istio")):
        yield Doubt(Reason.FOREIGN_FILTER, False, {"filter": found.name, "type": config.type_url})


def _answer(config: HttpConfig) -> str:
    """Return the status by which a filter answers every request itself; empty where it does not."""
    if config.abort and config.abort.percentage.is_all:
        return str(config.abort.http_status)
    return config.code.status if config.code.answers_all else ""


def _by_rules(name: str, rules: Rules, caller: Caller, decided: Counters) -> Iterator[Doubt]:
    answer = lets_through(rules, caller)
    refused = EVERYBODY if _refuses_everybody(rules, caller.port) else caller.identity
    values = {"filter": name, "policy": names_of(rules), "caller": refused}
    if answer is False:
        yield Doubt(Reason.REFUSED, True, values)
    elif answer is None and (counted := decided()).denied and not counted.allowed:
        yield Doubt(Reason.ALL_REFUSED, True, {**values, "denied": str(counted.denied)})
    elif answer is None:
        yield Doubt(Reason.DEPENDS, False, {**values, "conditions": ", ".join(conditions(rules))})


def _refuses_everybody(rules: Rules, port: int) -> bool:
    is_empty = rules.action == "ALLOW" and not rules.policies
    return is_empty or (rules.action == "DENY" and lets_through(rules, Caller("", port)) is False)
