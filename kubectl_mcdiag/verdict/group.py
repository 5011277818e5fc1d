"""Findings that say the same of different pairs and services, reported as one: hundreds of services have one cause.

Between folding and rendering: what a finding says, its service's name left out, is what it has in common with others.
"""

import re
from collections.abc import Iterable
from dataclasses import replace
from typing import TypeVar

from kubectl_mcdiag.checks.contract import Finding, Scope
from kubectl_mcdiag.checks.message import Message, listed
from kubectl_mcdiag.mesh.model import Status
from kubectl_mcdiag.verdict.model import Consequence, RootCause

SHOWN_EVIDENCE = 6
_SERVICES = "{services}"
SERVICE = "service"
"""The value of a message that names what findings are joined by."""

T = TypeVar("T")
Key = tuple[str, Status, Message | str]


def united(causes: Iterable[RootCause]) -> tuple[RootCause, ...]:
    """Join root causes that say the same of different pairs and services; each keeps all of their consequences."""
    groups: dict[Key, list[RootCause]] = {}
    for cause in causes:
        groups.setdefault(_key(Consequence(cause.check, cause.finding)), []).append(cause)
    return tuple(
        RootCause(
            group[0].check,
            _joined([cause.finding for cause in group]),
            merged(one for cause in group for one in cause.consequences),
        )
        for group in groups.values()
    )


def merged(found: Iterable[Consequence]) -> tuple[Consequence, ...]:
    """Join notes or consequences that say the same of different pairs and services."""
    groups: dict[Key, list[Consequence]] = {}
    for one in found:
        groups.setdefault(_key(one), []).append(one)
    return tuple(
        Consequence(group[0].check, _joined([one.finding for one in group]), _all(one.others for one in group))
        for group in groups.values()
    )


def _key(one: Consequence) -> Key:
    return one.check.code, one.finding.status, _gist(one.finding)


def _gist(finding: Finding) -> Message | str:
    """Return what a finding says of any service."""
    if not finding.scope.service:
        return finding.problem
    if isinstance(finding.problem, Message):
        return finding.problem.without(SERVICE)
    whole_name = rf"(?<![\w.-]){re.escape(finding.scope.service)}(?![\w-])"
    return re.sub(whole_name, _SERVICES, finding.problem)


def _joined(group: list[Finding]) -> Finding:
    first = group[0]
    services = tuple(dict.fromkeys(finding.scope.service for finding in group if finding.scope.service))
    return replace(
        first,
        scope=_scope(group, services),
        problem=_named(first, services) if len(services) > 1 else first.problem,
        detail=first.detail.saying(SERVICE, services) if len(services) > 1 else first.detail,
        evidence=_all(finding.evidence for finding in group)[:SHOWN_EVIDENCE],
        fix=_all(finding.fix for finding in group),
    )


def _named(finding: Finding, services: tuple[str, ...]) -> Message | str:
    if isinstance(finding.problem, Message):
        return finding.problem.saying(SERVICE, services)
    return str(_gist(finding)).replace(_SERVICES, listed(services))


def _scope(group: list[Finding], services: tuple[str, ...]) -> Scope:
    return replace(
        group[0].scope,
        clusters=_all(finding.scope.clusters for finding in group),
        pairs=_all(finding.scope.pairs for finding in group),
        service=services[0] if len(services) == 1 else "",
        services=services if len(services) > 1 else (),
        network=_same({finding.scope.network for finding in group}),
    )


def _same(values: set[str]) -> str:
    """Return the only value, nothing where there are several."""
    return values.pop() if len(values) == 1 else ""


def _all(groups: Iterable[tuple[T, ...]]) -> tuple[T, ...]:
    return tuple(dict.fromkeys(item for group in groups for item in group))
