"""What a server's proxy does with requests: mutual TLS, rules, faults, foreign filters; and what is meant."""

from dataclasses import replace
from typing import Any

import pytest

from kubectl_mcdiag.evidence.commands import PROXY_ENDPOINTS
from kubectl_mcdiag.evidence.parsers.envoy.stats import Decisions
from kubectl_mcdiag.evidence.parsers.kubernetes.authorization import authorization_policy
from kubectl_mcdiag.path import admission
from kubectl_mcdiag.path.admission import inbound
from kubectl_mcdiag.path.hop import Reason, State
from tests import made
from tests.path.calls import CALL, FAR, GATEWAY, config, envoy, host, listener, mesh

POLICY = authorization_policy("p", "shop", {"rules": [{}]})
SECURE = {"typed_config": {"require_client_certificate": True}}
ME = "spiffe://cluster.local/ns/shop/sa/me"
ANY = [{"any": True}]
PATH = [{"url_path": {"path": {"exact": "/x"}}}]


def rules(action: str = "ALLOW", who: str = ME, what: Any = ANY) -> dict[str, Any]:
    caller = {"authenticated": {"principal_name": {"exact": who}}}
    policies = {"ns[shop]-policy[p]-rule[0]": {"permissions": what, "principals": [caller]}} if who else {}
    return {"action": action, "policies": policies}


def chain(port: int = 0, *filters: Any, http: Any = (), secure: bool = True) -> dict[str, Any]:
    found = [{"name": "f", "typed_config": {"rules": one}} for one in filters]
    if http:
        found.append({"name": "http", "typed_config": {"http_filters": list(http)}})
    return {
        "name": f"{port}{secure}",
        "filter_chain_match": {"destination_port": port},
        "filters": found,
        **({"transport_socket": SECURE} if secure else {}),
    }


def server(*chains: Any) -> Any:
    return config(listeners=[listener("virtualInbound", 15006, *chains), listener("other", 15006, chain(80))])


@pytest.mark.parametrize(
    ("chains", "found"),
    [
        ([], None),
        ([chain(80)], "80True"),
        ([chain(0)], "0True"),
        ([chain(0), chain(80)], "80True"),
        ([chain(81)], None),
        ([chain(80, secure=False)], None),
        ([chain(80, secure=False), chain(80)], "80True"),
        ([chain(80, secure=False), chain(0)], None),
        ([chain(0, secure=False)], None),
    ],
)
def test_mutual_tls_is_taken_by_the_ports_own_chain_or_the_one_for_all(chains: list[Any], found: str | None) -> None:
    taken = inbound(server(*chains), 80)

    assert (taken.name if taken else None) == found


def http(name: str = "istio.x", **config: Any) -> dict[str, Any]:
    return {"name": name, "typed_config": config}


FAULT = {"http_status": 503, "percentage": {"numerator": 100}}
FOREIGN = {"@type": "type.googleapis.com/envoy.extensions.filters.http.ext_authz.v3.ExtAuthz"}
CORS = {"@type": "type.googleapis.com/envoy.extensions.filters.http.cors.v3.Cors"}


@pytest.mark.parametrize(
    ("held", "state", "reason"),
    [
        (chain(80), State.WORKS, Reason.NONE),
        (chain(80, rules()), State.WORKS, Reason.NONE),
        (chain(80, rules(who="x")), State.BROKEN, Reason.REFUSED),
        (chain(80, rules(who="")), State.BROKEN, Reason.REFUSED),
        (chain(80, rules("DENY")), State.BROKEN, Reason.REFUSED),
        (chain(80, rules("DENY", "x")), State.WORKS, Reason.NONE),
        (chain(80, rules(what=PATH)), State.NOT_SEEN, Reason.DEPENDS),
        (chain(80, rules("DENY", what=PATH)), State.WORKS, Reason.NONE),
        (chain(80, rules("LOG", "x")), State.WORKS, Reason.NONE),
        (chain(80, http=[http(rules=rules(who="x"))]), State.BROKEN, Reason.REFUSED),
        (chain(80, http=[http(rules=[{}])]), State.WORKS, Reason.NONE),
        (chain(80, http=[http(abort=FAULT)]), State.BROKEN, Reason.FAULT),
        (chain(80, http=[http(abort={**FAULT, "percentage": {"numerator": 99}})]), State.WORKS, Reason.NONE),
        (chain(80, http=[http("mine", **FOREIGN)]), State.NOT_SEEN, Reason.FOREIGN_FILTER),
        (chain(80, http=[http("istio.mine", **FOREIGN)]), State.WORKS, Reason.NONE),
        (chain(80, http=[http("mine", **CORS)]), State.WORKS, Reason.NONE),
        (chain(80, rules(what=PATH), http=[http(abort=FAULT)]), State.BROKEN, Reason.FAULT),
        (chain(81), State.NOT_SEEN, Reason.NOT_TAKEN),
    ],
)
def test_admission_stands_as_the_servers_envoy_holds_it(held: Any, state: State, reason: Reason) -> None:
    view = mesh(host(FAR), there=(POLICY,), server=server(held), near=True)
    hop = admission.judge(view, CALL)

    assert (hop.state, hop.reason) == (state, reason)
    assert [one.is_sure for one in admission.doubts(view, CALL, "b")][-1:] == (
        [] if state is State.WORKS else [state is State.BROKEN]
    )


@pytest.mark.parametrize(
    ("counted", "reason"),
    [
        (Decisions(0, 3), Reason.ALL_REFUSED),
        (Decisions(1, 3), Reason.DEPENDS),
        (Decisions(0, 0), Reason.DEPENDS),
        (Decisions(2, 0), Reason.DEPENDS),
    ],
)
def test_what_depends_on_requests_is_sure_once_all_were_refused(counted: Decisions, reason: Reason) -> None:
    decisions = {"inbound_0.0.0.0_80": counted, "inbound_0.0.0.0_81": Decisions(0, 9)}
    view = mesh(host(FAR), there=(POLICY,), server=server(chain(80, rules(what=PATH))), decisions=decisions)
    (found,) = admission.doubts(view, CALL, "b")

    assert found.reason is reason
    assert found.is_sure is (reason is Reason.ALL_REFUSED)
    assert found.values["caller"] == ME
    assert found.values.get("denied", "3") == "3"
    assert found.values.get("conditions", "path") == "path"


@pytest.mark.parametrize(("networks", "address", "sure"), [(("", ""), FAR, False), (("x", "y"), GATEWAY, True)])
def test_server_without_mutual_tls_is_sure_to_refuse_what_crosses_networks(
    networks: tuple[str, str], address: str, sure: bool
) -> None:
    view = mesh(host(address), there=(POLICY,), server=server(chain(81)), networks=networks)
    (found,) = admission.doubts(view, CALL, "b")

    assert (found.reason, found.is_sure, found.values) == (Reason.NOT_TAKEN, sure, {"port": "80"})


def test_server_that_nothing_guards_is_not_read() -> None:
    assert admission.judge(mesh(host(FAR)), CALL).note == admission.UNGUARDED
    assert admission.judge(mesh(host(FAR), there=(POLICY,)), CALL).state is State.NOT_SEEN


@pytest.mark.parametrize(
    ("counters", "near", "kept"),
    [
        ({}, False, True),
        ({"connections": 1}, False, False),
        ({"requests": 1}, False, False),
        ({"errors": 1}, False, False),
    ],
)
def test_refusal_of_a_stranger_that_never_called_is_meant(counters: dict[str, int], near: bool, kept: bool) -> None:
    stranger = made.pod("client.bank", {"app": "client"}, service_account="me")
    asked = {(PROXY_ENDPOINTS, "client.bank"): (envoy(host(FAR, **counters)),)}
    view = mesh(here=(stranger,), there=(POLICY,), server=server(chain(80, rules(who="x"))), near=near, more=asked)

    hop = admission.judge(view, replace(CALL, client="client.bank"))

    assert hop.state is (State.KEPT_AWAY if kept else State.BROKEN)
    assert bool(hop.note) is kept
