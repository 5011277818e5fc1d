"""Which of several listeners for a port takes a connection."""

import msgspec
import pytest

from kubectl_mcdiag.evidence.parsers.envoy.config import EnvoyConfig
from kubectl_mcdiag.evidence.parsers.envoy.listening import Listener, ListenerState
from kubectl_mcdiag.path.routes import tcp_clusters


def state(name: str, cluster: str) -> ListenerState:
    chain = {"filters": [{"typed_config": {"cluster": cluster}}]}
    return ListenerState(name, 6000, True, "", msgspec.convert({"filter_chains": [chain]}, Listener))


@pytest.mark.parametrize(
    ("address", "taken"),
    [("10.11.0.7", "outbound|6000||ledger"), ("10.11.0.8", "outbound|6000||entry"), ("", "outbound|6000||entry")],
)
def test_listener_for_the_address_comes_before_one_for_all(address: str, taken: str) -> None:
    everything = state("0.0.0.0_6000", "outbound|6000||entry")
    config = EnvoyConfig((everything, state("10.11.0.7_6000", "outbound|6000||ledger")), (), (), {}, ())

    assert tcp_clusters(config, address, 6000) == (taken,)
