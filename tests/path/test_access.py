"""Whether RBAC rules let a plain request through: yes, no, or it depends."""

import msgspec
import pytest

from kubectl_mcdiag.evidence.parsers.envoy.access import Rules
from kubectl_mcdiag.path.access import Caller, conditions, lets_through

CALLER = Caller("spiffe://cluster.local/ns/sample/sa/curl", 5000)
ANY = [{"any": True}]
PATH = {"url_path": {"path": {"exact": "/other"}}}
HEADER = {"header": {"name": ":method"}}
TOKEN = {"metadata": {"filter": "envoy.filters.http.jwt_authn"}}
ADDRESS = {"direct_remote_ip": {"address_prefix": "10.1.0.0", "prefix_len": 16}}


def named(**matcher: object) -> dict[str, object]:
    return {"authenticated": {"principal_name": matcher}}


def rules(action: str, principals: list[object], permissions: list[object] = ANY) -> Rules:  # type: ignore[assignment]
    policy = {"permissions": permissions, "principals": principals}
    return msgspec.convert({"action": action, "policies": {"one": policy}}, Rules)


@pytest.mark.parametrize(
    ("principal", "answer"),
    [
        ({"any": True}, True),
        (named(exact=CALLER.identity), True),
        (named(exact="spiffe://cluster.local/ns/sample/sa/other"), False),
        (named(prefix="spiffe://cluster.local/"), True),
        (named(suffix="/sa/other"), False),
        (named(contains="/ns/sample/"), True),
        (named(safe_regex={"regex": ".*/ns/sample/.*"}), True),
        (named(safe_regex={"regex": ".*/ns/other/.*"}), False),
        (named(safe_regex={"regex": "("}), None),
        (named(), None),
        ({"authenticated": {}}, True),
        ({"filter_state": {"key": "io.istio.peer_principal", "string_match": {"exact": CALLER.identity}}}, True),
        ({"filter_state": {"key": "another"}}, None),
        ({"and_ids": {"ids": [{"any": True}, named(exact="x")]}}, False),
        ({"and_ids": {"ids": [{"any": True}, TOKEN]}}, None),
        ({"or_ids": {"ids": [named(exact="x"), {"any": True}]}}, True),
        ({"or_ids": {"ids": [named(exact="x"), TOKEN]}}, None),
        ({"not_id": named(exact="x")}, True),
        ({"not_id": TOKEN}, None),
        (ADDRESS, None),
    ],
)
def test_principal_decides_who_is_let_through(principal: object, answer: bool | None) -> None:
    assert lets_through(rules("ALLOW", [principal]), CALLER) is answer


@pytest.mark.parametrize(
    ("permission", "answer"),
    [
        ({"destination_port": 5000}, True),
        ({"destination_port": 9000}, False),
        ({"and_rules": {"rules": [{"any": True}, {"destination_port": 9000}]}}, False),
        ({"or_rules": {"rules": [{"destination_port": 9000}, PATH]}}, None),
        ({"not_rule": {"destination_port": 9000}}, True),
        (PATH, None),
    ],
)
def test_permission_decides_what_is_let_through(permission: object, answer: bool | None) -> None:
    assert lets_through(rules("ALLOW", ANY, [permission]), CALLER) is answer


def test_policy_that_denies_everybody_lets_nobody_through() -> None:
    assert lets_through(rules("DENY", ANY), CALLER) is False


def test_policy_that_denies_some_requests_is_taken_not_to_mean_plain_ones() -> None:
    assert lets_through(rules("DENY", ANY, [PATH]), CALLER) is True


def test_rules_that_only_log_let_everybody_through() -> None:
    assert lets_through(rules("LOG", [named(exact="x")]), CALLER) is True


def test_allow_without_a_policy_lets_nobody_through() -> None:
    assert lets_through(Rules(), CALLER) is False


def test_conditions_are_named_once() -> None:
    permissions: list[object] = [
        {"and_rules": {"rules": [PATH, {"not_rule": HEADER}]}},
        {"or_rules": {"rules": [PATH]}},
    ]
    principals: list[object] = [{"and_ids": {"ids": [TOKEN, {"not_id": ADDRESS}]}}, {"or_ids": {"ids": [HEADER]}}]

    found = conditions(rules("ALLOW", principals, permissions))

    assert found == ("path", "header :method", "a JSON Web Token", "source address")
