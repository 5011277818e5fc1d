"""Whether Envoy's RBAC rules let a plain request through: yes, no, or it depends on what the request is."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from kubectl_mcdiag.evidence.parsers.envoy.access import Permission, Policy, Principal, Rules
from kubectl_mcdiag.evidence.parsers.envoy.records import Matcher

Answer = bool | None
"""None: it depends on the request."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls which port: `identity` as in the certificate, `spiffe://…`."""

    identity: str
    port: int


def fits(policy: Policy, caller: Caller) -> Answer:
    """Return whether a policy is about a request of this caller."""
    permitted = _any(_permission(one, caller) for one in policy.permissions)
    return _all((permitted, _any(_principal(one, caller) for one in policy.principals)))


def lets_through(rules: Rules, caller: Caller) -> Answer:
    """Return whether rules let a request of this caller through; what DENY may mean is taken not to be meant."""
    answers = [fits(policy, caller) for policy in rules.policies.values()]
    if rules.action == "DENY":
        return True not in answers
    return _any(answers) if rules.action == "ALLOW" else True


def _permission(one: Permission, caller: Caller) -> Answer:
    if one.any:
        return True
    if one.and_rules:
        return _all(_permission(rule, caller) for rule in one.and_rules.rules)
    if one.or_rules:
        return _any(_permission(rule, caller) for rule in one.or_rules.rules)
    if one.not_rule:
        return _not(_permission(one.not_rule, caller))
    return one.destination_port == caller.port if one.destination_port else None


def _principal(one: Principal, caller: Caller) -> Answer:
    if one.any:
        return True
    if one.and_ids:
        return _all(_principal(each, caller) for each in one.and_ids.ids)
    if one.or_ids:
        return _any(_principal(each, caller) for each in one.or_ids.ids)
    if one.not_id:
        return _not(_principal(one.not_id, caller))
    if one.authenticated:
        return _matches(one.authenticated.principal_name, caller.identity)
    if one.filter_state and one.filter_state.key == "io.istio.peer_principal":
        return _matches(one.filter_state.string_match, caller.identity)
    return None


def _matches(matcher: Matcher | None, text: str) -> Answer:
    if matcher is None:
        return True
    if matcher.safe_regex:
        return _fullmatch(matcher.safe_regex.regex, text)
    found = (
        (matcher.exact, text.__eq__),
        (matcher.prefix, text.startswith),
        (matcher.suffix, text.endswith),
        (matcher.contains, text.__contains__),
    )
    return next((bool(test(wanted)) for wanted, test in found if wanted is not None), None)


def _fullmatch(pattern: str, text: str) -> Answer:
    try:
        return bool(re.fullmatch(pattern, text))
    except re.error:
        return None


def _all(answers: Iterable[Answer]) -> Answer:
    found = list(answers)
    return False if False in found else None if None in found else True


def _any(answers: Iterable[Answer]) -> Answer:
    found = list(answers)
    return True if True in found else None if None in found else False


def _not(answer: Answer) -> Answer:
    return None if answer is None else not answer


def conditions(rules: Rules) -> tuple[str, ...]:
    """Return what rules ask of a request beside who sends it: paths, headers, a token, an address."""
    found = [part for policy in rules.policies.values() for one in policy.permissions for part in _asked_for(one)]
    found += [part for policy in rules.policies.values() for one in policy.principals for part in _asked_of(one)]
    return tuple(dict.fromkeys(found))


def _asked_for(one: Permission) -> list[str]:
    inner = [*(one.and_rules.rules if one.and_rules else ()), *(one.or_rules.rules if one.or_rules else ())]
    inner += [one.not_rule] if one.not_rule else []
    own = ["path"] if one.url_path else [f"header {one.header.name}"] if one.header else []
    return own + [part for rule in inner for part in _asked_for(rule)]


def _asked_of(one: Principal) -> list[str]:
    inner = [*(one.and_ids.ids if one.and_ids else ()), *(one.or_ids.ids if one.or_ids else ())]
    inner += [one.not_id] if one.not_id else []
    own = ["a JSON Web Token"] if one.metadata else [f"header {one.header.name}"] if one.header else []
    own += ["source address"] if one.source_ip or one.direct_remote_ip or one.remote_ip else []
    return own + [part for each in inner for part in _asked_of(each)]
