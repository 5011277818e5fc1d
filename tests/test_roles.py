"""The roles grant what the catalogue's commands need, and nothing else; the example runs with them."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from kubectl_mcdiag.cli.main import main
from kubectl_mcdiag.evidence.commands import COMMANDS
from kubectl_mcdiag.evidence.model import Permission, Target
from kubectl_mcdiag.evidence.parsers.kubernetes.configmaps import asked
from kubectl_mcdiag.report.roles import ACCOUNT, PARTS, roles

EXAMPLES = Path(__file__).parent.parent / "examples"
CALLS = {"pods/exec", "pods/portforward"}
DANGEROUS = {"secrets", *CALLS}


def manifests(*parts: str, **given: Any) -> list[dict[str, Any]]:
    return [each for each in yaml.safe_load_all(roles("mesh-system", parts, **given)) if each]


DOCUMENTS = manifests(*PARTS)
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


def rights(documents: list[dict[str, Any]]) -> set[tuple[str, str, str]]:
    return set().union(*(granted(each) for each in documents if "rules" in each))


def test_base_alone_is_printed_unless_more_is_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["kubectl-mcdiag", "list", "roles"]) == 0
    text = capsys.readouterr().out

    documents = [each for each in yaml.safe_load_all(text) if each]
    assert {each["metadata"]["name"] for each in documents} == {ACCOUNT, f"{ACCOUNT}-base"}
    assert not {resource for _, _, resource in rights(documents)} & DANGEROUS
    assert "# base: Lists Pods" in text


@pytest.mark.parametrize(
    ("part", "added"),
    [
        ("secrets", {"secrets"}),
        ("istiod", {"pods/exec"}),
        ("proxies", {"pods/exec", "pods/portforward"}),
        ("search", {"secrets"}),
        ("probe", {"pods/exec"}),
    ],
)
def test_each_part_adds_what_it_says(part: str, added: set[str]) -> None:
    more = {resource for _, _, resource in rights(manifests(part)) - rights(manifests())}

    assert more & DANGEROUS == added
    assert more <= added | {"pods"}
    text = " ".join(line.removeprefix("# ") for line in roles("x", (part,)).splitlines() if line.startswith("#"))
    assert f"{part}: {PARTS[part]}" in text


def test_without_exec_no_part_grants_it() -> None:
    documents = manifests(*PARTS, no_exec=True)

    assert "pods/exec" not in {resource for _, _, resource in rights(documents)}
    assert ("create", "", "pods/portforward") in rights(documents)
    assert f"{ACCOUNT}-istiod" not in {each["metadata"]["name"] for each in documents}


def test_config_maps_are_read_by_name_and_those_of_a_revision_too() -> None:
    def names(documents: list[dict[str, Any]]) -> list[str]:
        (rule,) = [r for each in documents for r in each.get("rules", ()) if r["resources"] == ["configmaps"]]
        assert rule["verbs"] == ["get"]
        return list(rule["resourceNames"])

    usual = ["istio-ca-root-cert", "kube-root-ca.crt", "istio", "istio-sidecar-injector"]
    assert names(manifests()) == list(asked(["default", ""])) == usual
    assert asked(["canary"]) == (*usual, "istio-canary", "istio-sidecar-injector-canary")
    assert names(manifests(revision="canary")) == [*usual, "istio-canary", "istio-sidecar-injector-canary"]


def test_part_that_there_is_not_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["kubectl-mcdiag", "list", "roles", "--with", "proxys"]) == 2
    assert "there is no part 'proxys' of the roles; did you mean proxies?" in capsys.readouterr().err


def test_example_job_asks_for_no_more_than_its_role_grants() -> None:
    text = (EXAMPLES / "cronjob.yaml").read_text("utf-8")
    (container,) = yaml.safe_load(text)["spec"]["jobTemplate"]["spec"]["template"]["spec"]["containers"]

    assert "list roles --with proxies --no-exec |" in text
    assert {"--no-exec", "--no-secrets"} <= set(container["args"])
