"""The roles grant what the catalogue's commands need, and nothing else; the example runs with them."""

from pathlib import Path
from typing import Any

import yaml

from kubectl_mcdiag.evidence.commands import COMMANDS
from kubectl_mcdiag.evidence.model import Permission, Target
from kubectl_mcdiag.report.roles import ACCOUNT, roles

EXAMPLES = Path(__file__).parent.parent / "examples"
CALLS = {"pods/exec", "pods/portforward"}
DOCUMENTS: list[dict[str, Any]] = list(yaml.safe_load_all(roles("mesh-system")))
ROLES = [each for each in DOCUMENTS if each["kind"] in ("Role", "ClusterRole")]


def granted(role: dict[str, Any]) -> set[tuple[str, str, str]]:
    return {
        (verb, group, resource)
        for rule in role["rules"]
        for verb in rule["verbs"]
        for group in rule["apiGroups"]
        for resource in rule["resources"]
    }


def test_roles_grant_exactly_what_the_commands_need() -> None:
    everything = set().union(*map(granted, ROLES))

    assert everything == {(p.verb, p.group, p.resource) for command in COMMANDS for p in command.permissions}


def test_permission_reads_as_kubectl_writes_it() -> None:
    assert str(Permission("list", "secrets")) == "list secrets"
    assert str(Permission("list", "gateways", "networking.istio.io")) == "list gateways.networking.istio.io"


def test_nothing_can_be_changed() -> None:
    for verb, _, resource in set().union(*map(granted, ROLES)):
        assert verb in ("get", "list") or (verb == "create" and resource in CALLS)


def test_what_one_namespace_needs_is_granted_there_alone() -> None:
    inside = set().union(*(granted(role) for role in ROLES if role["kind"] == "Role"))
    outside = {role["metadata"]["name"]: granted(role) for role in ROLES if role["kind"] == "ClusterRole"}

    assert {role["metadata"]["namespace"] for role in ROLES if role["kind"] == "Role"} == {"mesh-system"}
    assert ("list", "", "secrets") in inside
    assert [name for name, rights in outside.items() if ("list", "", "secrets") in rights] == [f"{ACCOUNT}-search"]
    istiod = [command for command in COMMANDS if command.target is Target.ISTIOD]
    assert {(p.verb, p.group, p.resource) for command in istiod for p in command.permissions} <= inside


def test_every_role_is_bound_to_the_account() -> None:
    bindings = [each for each in DOCUMENTS if each["kind"].endswith("Binding")]

    assert [each["roleRef"]["name"] for each in bindings] == [role["metadata"]["name"] for role in ROLES]
    assert all(each["subjects"][0]["namespace"] == ACCOUNT for each in bindings)


def test_example_job_may_do_nothing_but_run() -> None:
    job = yaml.safe_load((EXAMPLES / "cronjob.yaml").read_text("utf-8"))
    pod = job["spec"]["jobTemplate"]["spec"]["template"]["spec"]
    (container,) = pod["containers"]

    assert job["metadata"]["namespace"] == ACCOUNT
    assert pod["automountServiceAccountToken"] is False
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert container["securityContext"]["readOnlyRootFilesystem"] is True
    assert container["securityContext"]["capabilities"] == {"drop": ["ALL"]}
