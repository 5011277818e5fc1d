"""A CA that takes the place of another: the one before is kept, and nothing prints a key."""

from dataclasses import replace

import pytest

from kubectl_mcdiag.checks.steps import Action, Mark
from kubectl_mcdiag.checks.trust import authority_dates, authority_revocations, root_published, roots_shared
from kubectl_mcdiag.checks.trust.fixes import KEPT, replace_authority
from kubectl_mcdiag.evidence.commands import SECRETS
from kubectl_mcdiag.evidence.model import Snapshot
from kubectl_mcdiag.evidence.parsers.kubernetes.secrets import Secret
from kubectl_mcdiag.mesh.model import Pair
from kubectl_mcdiag.mesh.view import View
from tests.edits import changed, each, mesh, only

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


def test_revocation_lists_are_not_thrown_away() -> None:
    """MC216: a CA without its lists would accept revoked certificates again."""
    (found,) = authority_revocations.run(View(mesh("crl-incomplete")), PLANE)

    assert found.fix == ()
    assert "Ask whoever holds the key" in str(found.advice)


def test_root_that_expires_is_no_matter_of_one_cluster() -> None:
    late = mesh("ca-expires-soon")
    signing = next(one for one in secrets(late) if one.name == "cacerts").certificates["ca-cert.pem"]

    def trusted(secret: Secret) -> Secret:
        certificates = {**secret.certificates, "root-cert.pem": signing}
        return replace(secret, certificates=certificates) if secret.name == "cacerts" else secret

    (found,) = authority_dates.run(View(changed(late, SECRETS, PLANE, each(trusted))), PLANE)

    assert str(found.problem).startswith("The root certificate of cluster2 expires on")
    assert found.fix == ()
    assert "beside the old one" in str(found.advice)


def secrets(snap: Snapshot) -> tuple[Secret, ...]:
    found: tuple[Secret, ...] = snap.observations[(SECRETS.key, PLANE, "")].value
    return found


def test_istiod_is_not_restarted_for_a_root_of_which_nobody_knows_why_it_is_missing() -> None:
    (found,) = root_published.run(View(mesh("root-unpublished")), PLANE)

    assert {step.action for step in found.fix} == {Action.SHOW}


def test_roots_that_differ_are_explained_where_secrets_cannot_be_read() -> None:
    apart = mesh("roots-differ")
    unread = {key: found for key, found in apart.observations.items() if key[0] != SECRETS.key}
    (found,) = roots_shared.run(View(replace(apart, observations=unread)), Pair("cluster1", PLANE))

    assert found.fix == ()
    assert "Put a CA that is issued from the root of cluster1 into cacerts of cluster2" in str(found.advice)
