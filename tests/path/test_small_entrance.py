"""The gateway's proxy: its listener, the chain for a server name, policies, and what is behind it."""

from dataclasses import replace
from typing import Any

import pytest

from kubectl_mcdiag.evidence.parsers.kubernetes.virtual_services import virtual_service
from kubectl_mcdiag.path import entrance
from kubectl_mcdiag.path.hop import Reason, State
from tests.path.calls import CALL, FAR, GATEWAY, HOST, WHOLE, config, envoy, host, listener, mesh

RULE = virtual_service("web", "shop", {"hosts": ["web"]})
SNI = f"outbound_.80_._.{HOST}"
APART = ("x", "y")


def chain(*names: str, to: str = SNI, rules: Any = None) -> dict[str, Any]:
    filters = [{"name": "tcp", "typed_config": {"cluster": to}}]
    if rules is not None:
        filters.insert(0, {"name": "rbac", "typed_config": {"rules": rules}})
    return {"filter_chain_match": {"server_names": list(names)}, "filters": filters}


def gateway(*chains: Any, **more: Any) -> Any:
    return config(listeners=[listener("gw", 15443, *chains, **more)])


NOBODY, NOT_HERE = {"action": "ALLOW", "policies": {}}, {"action": "DENY", "policies": {}}


def behind(**changes: Any) -> Any:
    """Return what the gateway has behind the server name of web."""
    return (replace(envoy(host(FAR, **changes)), name=SNI),)


@pytest.mark.parametrize(
    ("held", "clusters", "state", "reason"),
    [
        (gateway(chain(SNI)), behind(), State.WORKS, Reason.NONE),
        (gateway(chain("other"), chain(SNI)), behind(), State.WORKS, Reason.NONE),
        (gateway(chain()), behind(), State.WORKS, Reason.NONE),
        (gateway(chain("other")), behind(), State.BROKEN, Reason.NO_CHAIN),
        (gateway(), behind(), State.BROKEN, Reason.NO_CHAIN),
        (gateway(chain(SNI), active=False), behind(), State.BROKEN, Reason.NOT_LISTENING),
        (gateway(chain(SNI), active=False, refused="why"), behind(), State.BROKEN, Reason.NOT_LISTENING),
        (gateway(chain(SNI), refused="why"), behind(), State.WORKS, Reason.NONE),
        (config(listeners=[listener("gw", 15444, chain(SNI))]), behind(), State.BROKEN, Reason.NOT_LISTENING),
        (
            gateway(chain(SNI), listener_filters=[{"name": "envoy.filters.listener.proxy_protocol"}]),
            behind(),
            State.BROKEN,
            Reason.PROXY_PROTOCOL,
        ),
        (gateway(chain(SNI), listener_filters=[{"name": "tls_inspector"}]), behind(), State.WORKS, Reason.NONE),
        (gateway(chain(SNI, rules=NOBODY)), behind(), State.BROKEN, Reason.TURNED_AWAY),
        (gateway(chain(SNI, rules=NOT_HERE)), behind(), State.WORKS, Reason.NONE),
        (gateway(chain(SNI)), (), State.BROKEN, Reason.NOTHING_BEHIND),
        (gateway(chain(SNI)), behind(ejected=True), State.BROKEN, Reason.NOTHING_BEHIND),
        (gateway(chain(SNI, to="other")), (), State.WORKS, Reason.NONE),
    ],
)
def test_entrance_stands_as_the_gateways_envoy_holds_it(held: Any, clusters: Any, state: State, reason: Reason) -> None:
    view = mesh(host(GATEWAY), networks=APART, here=(RULE,), gateway=held, behind=clusters)
    hop = entrance.judge(view, CALL)

    assert (hop.state, hop.reason) == (state, reason)
    if state is State.BROKEN:
        place = {"gateway": "gw-0.istio-system", "port": "15443", "sni": SNI, "context": "b"}
        assert place.items() <= hop.values.items()
    if reason is Reason.NOT_LISTENING:
        assert hop.values["refused"] == (": why" if held.listeners[0].refused else "")


def test_listener_that_is_in_use_counts_before_one_that_was_refused() -> None:
    good, bad = listener("gw", 15443, chain(SNI)), listener("gw", 15443, active=False, refused="why")

    for both in ([good, bad], [bad, good]):
        view = mesh(host(GATEWAY), networks=APART, here=(RULE,), gateway=config(listeners=both), behind=behind())
        assert entrance.judge(view, CALL).state is State.WORKS


@pytest.mark.parametrize(
    ("names", "found"),
    [
        (["a.b.c", "*.b.c", ""], "a.b.c"),
        (["*.b.c", "*.c", ""], "*.b.c"),
        (["*.c", ""], "*.c"),
        ([""], ""),
        (["*.a.b.c", "b.c"], None),
        ([], None),
    ],
)
def test_closest_server_name_takes_a_connection(names: list[str], found: str | None) -> None:
    state = listener("gw", 15443, *(chain(*filter(None, [name]), to=name) for name in names))
    taken = entrance.chain_for(state, "a.b.c")

    assert ("".join(taken.clusters) if taken else None) == found


def test_gateway_is_not_looked_at_where_nothing_speaks_against_it() -> None:
    answered = {"active": 1, "successes": 1, "requests": 1}

    assert entrance.judge(mesh(host(FAR)), CALL).note == entrance.ONE_NETWORK
    assert entrance.judge(mesh(host(GATEWAY, **answered), networks=APART), CALL).note == entrance.ARRIVES
    assert entrance.judge(mesh(host(GATEWAY), networks=APART), CALL).state is State.IDLE
    assert entrance.judge(mesh(host(GATEWAY), networks=APART, here=(RULE,)), CALL).state is State.NOT_SEEN
    assert entrance.judge(mesh(host(FAR), networks=APART, here=(RULE,), gateway=gateway()), CALL).note == (
        "no pod of the gateway is known"
    )


def mutual(sni: str) -> Any:
    tls = {"sni": sni, "common_tls_context": {}}
    return {"name": WHOLE, "transport_socket": {"name": "envoy.transport_sockets.tls", "typed_config": tls}}


@pytest.mark.parametrize(
    ("clusters", "subset", "sni"),
    [
        ([], "", SNI),
        ([], "v1", f"outbound_.80_.v1_.{HOST}"),
        ([{"name": WHOLE}], "", SNI),
        ([mutual("own")], "", "own"),
        ([{"name": WHOLE, "transport_socket": {"typed_config": {"sni": "plain"}}}], "", SNI),
    ],
)
def test_server_name_is_the_clusters_own_or_istios(clusters: list[Any], subset: str, sni: str) -> None:
    view = mesh(host(GATEWAY), networks=APART, here=(RULE,), client=config(clusters=clusters))

    assert entrance.sni_of(view, CALL, envoy(name=f"outbound|80|{subset}|{HOST}")) == sni
