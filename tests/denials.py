"""Recordings as they would be where one permission of the published roles is missing."""

import json
from dataclasses import replace

from kubectl_mcdiag.checks.catalogue import CHECKS
from kubectl_mcdiag.evidence.commands import COMMANDS
from kubectl_mcdiag.evidence.model import Failure, Observation, Output, Permission, Snapshot
from kubectl_mcdiag.mesh.model import Status
from kubectl_mcdiag.run.collect import observe
from kubectl_mcdiag.verdict.judge import KNOWN_TO_FAIL, report
from kubectl_mcdiag.verdict.model import Report
from tests.scenarios import Scenario, askable, replay, snapshot

GRANTED = sorted({permission for command in COMMANDS for permission in command.permissions}, key=repr)
_DENIED = (
    'Error from server (Forbidden): {name} is forbidden: User "jo" cannot {verb} resource "{name}" '
    'in API group "{group}"'
)


def denied(whole: Snapshot, permission: Permission) -> Snapshot:
    """Return what is known where this is not allowed, in any cluster."""
    answers = {
        key: _refused(found, permission) if permission in found.invocation.command.permissions else found
        for key, found in whole.observations.items()
    }
    return replace(whole, observations=answers)


def _refused(found: Observation, permission: Permission) -> Observation:
    said = _DENIED.format(name=permission.resource, verb=permission.verb, group=permission.group)
    if sum(each.verb == "list" for each in found.invocation.command.permissions) > 1:
        output = replace(
            found.output, exit_code=1, stdout=_without(found.output.stdout, permission.resource), stderr=said
        )
        return observe(found.invocation, output)
    return observe(found.invocation, Output(1, "", said, 0.1, Failure.FORBIDDEN))


def _without(stdout: str, resource: str) -> str:
    """Return the output of `kubectl get a,b` without the objects of one of them."""
    if not stdout.startswith("{"):
        lines = stdout.splitlines(keepends=True)
        return "".join(line for line in lines if _plural(line.partition("\t")[0]) != resource) or "\n"
    document = json.loads(stdout)
    document["items"] = [item for item in document["items"] if _plural(item["kind"]) != resource]
    return json.dumps(document)


def _plural(kind: str) -> str:
    name = kind.lower()
    return f"{name[:-1]}ies" if name.endswith("y") else f"{name}s"


def assert_unknown_and_nothing_else(scenario: Scenario, permission: Permission) -> int:
    """Judge a scenario without a permission; return how many checks have become unknown, with the reason named."""
    whole, before = snapshot(scenario), replay(scenario)
    after = report(denied(whole, permission), askable(scenario))
    needing = {command.key for command in COMMANDS if permission in command.permissions}
    touched = {check.code for check in CHECKS if needing & {command.key for command in check.reads}}
    changed = {
        one.check.code: other.status
        for one, other in zip(before.results, after.results, strict=True)
        if one.status is not other.status and other.reason != KNOWN_TO_FAIL
        # What is no longer seen to work is a failure again.
        if (one.status, other.status) != (Status.WARN, Status.FAIL)
    }
    known = {found.reason for found in whole.observations.values()} | {unknown.reason for unknown in before.unknowns}
    reasons = [unknown.reason for unknown in after.unknowns if unknown.reason not in known]
    assert changed.keys() <= touched
    assert set(changed.values()) <= {Status.UNKNOWN}
    assert found_codes(after) <= found_codes(before)
    assert bool(reasons) >= bool(changed)
    assert [why for why in reasons if permission.verb not in why or permission.resource not in why] == []
    return len(changed)


def found_codes(judged: Report) -> set[str]:
    """Return the codes of all that a report says is wrong."""
    return {one.check.code for cause in judged.root_causes for one in (cause, *cause.consequences)}
