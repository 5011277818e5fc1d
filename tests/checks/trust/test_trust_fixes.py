"""A CA that takes the place of another: the one before is kept, and nothing prints a key."""

import pytest

from kubectl_mcdiag.checks.steps import Mark
from kubectl_mcdiag.checks.trust.fixes import KEPT, replace_authority
from kubectl_mcdiag.evidence.commands import SECRETS
from kubectl_mcdiag.mesh.view import View
from tests.edits import changed, mesh, only

HEALTHY = mesh("healthy-multi-network")
PLANE = "cluster2"


def of_type(kind: str) -> View:
    """Return the mesh whose cluster2 has a `cacerts` of another type."""
    return View(changed(HEALTHY, SECRETS, PLANE, lambda told: tuple(map(only("cacerts", type=kind), told))))


def test_ca_before_is_kept_first() -> None:
    kept, put, restarted, waited = replace_authority(of_type("Opaque"), PLANE)

    read, created = kept.shell.pipeline
    assert read[-1] == (
        "go-template=apiVersion: v1{{println}}kind: Secret{{println}}type: {{.type}}{{println}}"
        f"metadata: {{name: {KEPT}}}{{{{println}}}}"
        'data: { {{range $key, $value := .data}}{{$key}}: "{{$value}}", {{end}}}'
    )
    assert created[-5:] == ("-n", "istio-system", "create", "-f", "-")
    assert not kept.marks
    assert put.marks == {Mark.DISRUPTIVE, Mark.INPUT}
    assert put.shell.pipeline[1][-3:] == ("replace", "-f", "-")
    assert [step.marks for step in (restarted, waited)] == [{Mark.DISRUPTIVE}, frozenset()]


@pytest.mark.parametrize("kind", ["kubernetes.io/tls", "istio.io/ca-root"])
def test_secret_of_another_type_is_deleted_after_its_copy(kind: str) -> None:
    kept, put, *_ = replace_authority(of_type(kind), PLANE)

    assert KEPT in kept.command
    assert put.marks == {Mark.DISRUPTIVE, Mark.DELETES, Mark.INPUT}
    assert put.shell.pipeline[1][-4:] == ("replace", "--force", "-f", "-")


def test_nothing_is_kept_where_there_was_nothing() -> None:
    without = changed(HEALTHY, SECRETS, PLANE, lambda told: tuple(one for one in told if one.name != "cacerts"))
    put, *_ = replace_authority(View(without), PLANE)

    assert put.shell.pipeline[1][-3:] == ("create", "-f", "-")


def test_files_are_those_of_the_operators_folder() -> None:
    put = replace_authority(of_type("Opaque"), PLANE)[1]

    assert [each.name for each in put.shell.inputs] == ["CA_DIR"]
    assert '}"/ca-key.pem' in str(put.shell)
