"""The lab as the hostile tests use it: what runs in it, and a reader with the published roles and nothing else."""

import json
import os
import subprocess  # noqa: TID251 - the lab and the whole tool are started as a user starts them
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from kubectl_mcdiag.evidence.commands import COMMANDS
from kubectl_mcdiag.evidence.model import Permission
from kubectl_mcdiag.report.roles import ACCOUNT, PARTS, roles

ROOT = Path(__file__).parents[2]
RUN = Path("/run/mcdiag-lab")
GRANTED = {permission for command in COMMANDS for permission in command.permissions}
CONTEXTS = ("cluster1", "cluster2")
NAMESPACE = "istio-system"
READER = f"system:serviceaccount:{ACCOUNT}:{ACCOUNT}"
needs_lab = pytest.mark.skipif(not (RUN / "shape").exists(), reason="no lab is up: make lab")


@dataclass(frozen=True)
class Said:
    """What a command in the lab said."""

    code: int
    out: str
    err: str


def in_lab(*argv: str, given: str = "", environment: Mapping[str, str] | None = None) -> Said:
    """Run a command where a user of the lab's clusters sits."""
    done = subprocess.run(
        [str(ROOT / "lab" / "lab"), "run", *argv],
        input=given,
        capture_output=True,
        text=True,
        timeout=120,
        env={**os.environ, **(environment or {})},
    )
    return Said(done.returncode, done.stdout, done.stderr)


def kubectl(context: str, *arguments: str, given: str = "") -> str:
    """Run kubectl as the lab's administrator and return its output; anything else than success is a failed test."""
    said = in_lab("kubectl", "--context", context, *arguments, given=given)
    assert said.code == 0, said.err
    return said.out


def mcdiag(*arguments: str) -> Said:
    """Run the tool in the lab."""
    return in_lab(sys.executable, "-m", "kubectl_mcdiag", *arguments)


def check(*arguments: str) -> dict[str, Any]:
    """Return the report of a check of both clusters."""
    said = mcdiag("check", "--context", ",".join(CONTEXTS), "-o", "json", *arguments)
    assert said.code in (0, 1, 3), said.err
    found: dict[str, Any] = json.loads(said.out)
    return found


def manifests(left_out: frozenset[Permission] = frozenset()) -> str:
    """Return the published roles as YAML, without what is left out."""
    documents = [each for each in yaml.safe_load_all(roles(NAMESPACE, PARTS)) if each]
    for document in documents:
        for rule in document.get("rules", ()):
            gone = {
                each.resource
                for each in left_out
                if ([each.group], [each.verb]) == (rule["apiGroups"], rule["verbs"])
                # In all namespaces and in istiod's own are two permissions: the second stays without the first.
                and not (document["kind"] == "Role" and replace(each, namespaced=True) in GRANTED - left_out)
            }
            rule["resources"] = [each for each in rule["resources"] if each not in gone]
        if "rules" in document:
            document["rules"] = [rule for rule in document["rules"] if rule["resources"]]
    return yaml.safe_dump_all(documents)


def grant(left_out: frozenset[Permission] = frozenset()) -> None:
    """Give the reader the published roles, less what is left out, and wait until the API servers know."""
    text = manifests(left_out)
    for context in CONTEXTS:
        kubectl(context, "apply", "-f", "-", given=text)


@contextmanager
def reader(folder: Path) -> Iterator[Path]:
    """Yield the kubeconfig of a service account that has the published roles; it is gone afterwards."""
    text = manifests()
    grant()
    try:
        path = folder / "reader.kubeconfig"
        path.write_text(yaml.safe_dump(_kubeconfig()), "utf-8")
        path.chmod(0o600)
        yield path
    finally:
        for context in CONTEXTS:
            in_lab("kubectl", "--context", context, "delete", "--ignore-not-found", "-f", "-", given=text)


def _kubeconfig() -> dict[str, Any]:
    document: dict[str, Any] = yaml.safe_load((RUN / "kubeconfig").read_text("utf-8"))
    tokens = {c: kubectl(c, "-n", ACCOUNT, "create", "token", ACCOUNT, "--duration=20m").strip() for c in CONTEXTS}
    document["users"] = [{"name": f"reader-{c}", "user": {"token": token}} for c, token in tokens.items()]
    document["contexts"] = [each for each in document["contexts"] if each["name"] in CONTEXTS]
    for each in document["contexts"]:
        each["context"]["user"] = f"reader-{each['name']}"
    return document
