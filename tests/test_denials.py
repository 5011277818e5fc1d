"""A missing permission makes what needs it unknown, and nothing else; `tests/hostile` looks at every scenario."""

import pytest

from kubectl_mcdiag.evidence.commands import READER
from kubectl_mcdiag.evidence.model import Permission
from tests.denials import GRANTED, assert_unknown_and_nothing_else
from tests.scenarios import Scenario, scenarios, snapshot


def chosen(permission: Permission, thorough: bool) -> list[Scenario]:
    """Return some scenarios, others for each permission; one in which the rights of istiod's account were read."""
    asked = [s for s in scenarios() if any(key == READER.key for key, _, _ in snapshot(s).observations)]
    place = GRANTED.index(permission)
    return scenarios() if thorough else [*scenarios()[place::200], asked[place % len(asked)]]


@pytest.mark.parametrize(
    "permission", GRANTED, ids=lambda permission: f"{permission}{permission.namespaced * ' in one'}"
)
def test_missing_permission_is_unknown_and_nothing_else(permission: Permission, thorough: bool) -> None:
    for scenario in chosen(permission, thorough):
        assert_unknown_and_nothing_else(scenario, permission)
