"""Answers are read in several threads at once, the first of each kind among them."""

import sys

import sh

TRIES = """
import sys, threading
sys.setswitchinterval(1e-6)
TEXT = '{"configs": [{"dynamic_listeners": [{"active_state": {"listener": {"filter_chains": [{"filters": [{}]}]}}}]}]}'

def read():
    barrier.wait()
    config.parse(TEXT)

for _ in range(12):
    for name in [name for name in sys.modules if name.startswith("kubectl_mcdiag.evidence.parsers.envoy")]:
        del sys.modules[name]
    from kubectl_mcdiag.evidence.parsers.envoy import config
    barrier = threading.Barrier(12)
    threads = [threading.Thread(target=read) for _ in range(12)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
"""


def test_first_answers_of_a_kind_can_be_read_at_once() -> None:
    assert str(sh.Command(sys.executable)("-c", TRIES)) == ""
