"""Read only, proven on the lab: the published roles are enough, each is needed, and nothing is written.

A permission is taken away in both clusters at once; the audit log is that of both API servers.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from kubectl_mcdiag.checks.catalogue import CHECKS
from kubectl_mcdiag.evidence.commands import COMMANDS
from kubectl_mcdiag.evidence.model import Permission
from tests.hostile.conftest import Figure
from tests.hostile.mesh import CONTEXTS, GRANTED, READER, RUN, check, grant, in_lab, needs_lab, reader

pytestmark = needs_lab

AUDITOR = "mcdiag-auditor"
READING = {"get", "list"}


@dataclass(frozen=True)
class Ground:
    """A reader with all the published roles, and what it saw."""

    kubeconfig: str
    whole: dict[str, Any]


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ground]:
    with reader(tmp_path_factory.mktemp("reader")) as path:
        yield Ground(str(path), check("--kubeconfig", str(path)))


def verdicts(report: dict[str, Any]) -> tuple[Any, ...]:
    return (
        [(pair["from"], pair["to"], pair["verdict"]) for pair in report["pairs"]],
        [(cause["code"], cause["pairs"]) for cause in report["rootCauses"]],
        [(result["code"], result["status"]) for result in report["results"]],
    )


def test_published_roles_are_enough_for_the_same_verdicts(ground: Ground) -> None:
    assert verdicts(ground.whole) == verdicts(check())
    assert ground.whole["unknown"] == []


def granted(*resources: str) -> frozenset[Permission]:
    """Return all permissions on these resources: kubectl tries one verb after the other, so one of two is enough."""
    return frozenset(permission for permission in GRANTED if permission.resource in resources)


TAKEN = [
    *(frozenset({permission}) for permission in sorted(GRANTED, key=str)),
    granted("pods/exec"),
    granted("pods/portforward"),
    granted("pods/exec", "pods/portforward"),
]


@pytest.mark.parametrize("taken", TAKEN, ids=lambda taken: ", ".join(sorted(map(str, taken))))
def test_missing_permission_is_named_and_nothing_else_changes(
    ground: Ground, taken: frozenset[Permission], figure: Figure
) -> None:
    grant(left_out=taken)
    try:
        less = check("--kubeconfig", ground.kubeconfig)
    finally:
        grant()
    needing = {command.key for command in COMMANDS if taken & set(command.permissions)}
    touched = {rule.code for rule in CHECKS if needing & {command.key for command in rule.reads}}
    before = {result["code"]: result["status"] for result in ground.whole["results"]}
    after = {result["code"]: result["status"] for result in less["results"]}
    changed = {code for code in before if before[code] != after[code]}

    assert changed <= touched
    assert {after[code] for code in changed} <= {"unknown"}
    assert less["rootCauses"] == ground.whole["rootCauses"]
    reasons = [unknown["reason"] for unknown in less["unknown"]]
    assert [reason for reason in reasons if not any(is_named(permission, reason) for permission in taken)] == []
    assert bool(changed) == bool(reasons)
    assert changed or granted("pods/exec") - taken, "nothing was missed"
    names = ", ".join(f"`{permission}`" for permission in sorted(taken, key=str))
    figure(f"without {names}: checks that become unknown", len(changed))


def is_named(permission: Permission, reason: str) -> bool:
    group = f".{permission.group}" if permission.group else ""
    resource = f"{permission.resource.split('/')[0]}{group}"
    return permission.verb in reason and (resource in reason or permission.resource in reason)


def requests() -> Iterator[dict[str, Any]]:
    """Yield what the API servers logged of the auditor's requests."""
    for context in CONTEXTS:
        for line in (Path(RUN) / context / "audit.log").read_text("utf-8").splitlines():
            event = json.loads(line)
            if event.get("impersonatedUser", {}).get("username") == AUDITOR:
                yield event


def test_audit_log_holds_only_allowed_pairs(figure: Figure) -> None:
    before = sum(1 for _ in requests())
    report = check("--as", AUDITOR, "--as-group", "system:masters")
    events = list(requests())[before:]
    assert report["pairs"]
    assert len(events) > 20
    pairs = {
        Permission(
            event["verb"], "/".join(filter(None, (ref["resource"], ref.get("subresource")))), ref.get("apiGroup", "")
        )
        for event in events
        if (ref := event.get("objectRef"))
    }
    elsewhere = {event["verb"] for event in events if "objectRef" not in event}

    assert pairs <= {Permission(p.verb, p.resource, p.group) for p in GRANTED}
    assert elsewhere <= READING
    assert {pair.verb for pair in pairs} - READING <= {"create"}
    assert {pair.resource for pair in pairs if pair.verb == "create"} <= {"pods/exec", "pods/portforward"}
    figure("requests of one full run in both audit logs, all of them of the published roles", len(events))
    figure("pairs of verb and resource among them", ", ".join(sorted(map(str, pairs))))


def test_reader_may_change_nothing(ground: Ground, figure: Figure) -> None:
    verbs = ("create", "update", "patch", "delete", "deletecollection")
    resources = ("pods", "secrets", "configmaps", "deployments.apps", "namespaces", "gateways.networking.istio.io")
    asked = [(context, verb, resource) for context in CONTEXTS for verb in verbs for resource in resources]
    for context, verb, resource in asked:
        said = in_lab("kubectl", "--context", context, "auth", "can-i", verb, resource, "--as", READER, "-A")
        assert said.out.strip() == "no", (context, verb, resource)
    figure("`kubectl auth can-i` for changes, all answered with no", len(asked))
