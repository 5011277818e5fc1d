"""Broken networks: nft rules and cut connections on a node, for whoever wants to see what a fault does.

A match is an nft expression, such as `ip daddr 172.31.0.61 tcp dport 15443`. Packets are met before any
address is rewritten, so the addresses are those that the sender used.
"""

import json

from lab.clusters.cluster import Cluster
from lab.processes import attempt, run

TABLE = "inet mcdiag_fault"
HOOKS = ("prerouting", "output")
REMOVE = f"table {TABLE}\ndelete table {TABLE}\n"


def drop(cluster: Cluster, *matches: str) -> None:
    """Lose these packets without a word. Established connections hang; see `cut`."""
    _set(cluster, matches, "drop")


def refuse(cluster: Cluster, *matches: str) -> None:
    """Answer these TCP packets with a reset: refused at once, and established connections end."""
    _set(cluster, matches, "reject with tcp reset")


def hits(cluster: Cluster) -> int:
    """Return how many packets the rules have met."""
    listed = attempt(cluster.inside("nft", "--json", "list", "table", *TABLE.split()))
    if listed.exit_code:
        return 0
    rules = [entry["rule"] for entry in json.loads(listed.stdout)["nftables"] if "rule" in entry]
    return sum(part["counter"]["packets"] for rule in rules for part in rule["expr"] if "counter" in part)


def clear(cluster: Cluster) -> None:
    """Remove all rules made here."""
    run(cluster.inside("nft", "-f", "-"), stdin=REMOVE)


def cut(cluster: Cluster, *filters: str) -> None:
    """End the established connections of all pods that match, as `ss` filters: `dport = :15443`.

    Pools of connections outlive most faults of a network; without them a fault bites at once.
    """
    wanted = " or ".join(f"( {item} )" for item in filters)
    # A pod may end meanwhile, and a connection of its own accord.
    kill = 'nsenter --net="$pod" ss --no-header --kill state established "$0" || true'
    run(cluster.inside("sh", "-c", f"for pod in /run/netns/cni-*; do {kill}; done", wanted))


def _set(cluster: Cluster, matches: tuple[str, ...], verdict: str) -> None:
    rules = "\n".join(f"{match} counter {verdict}" for match in matches)
    chains = "".join(
        f"chain {hook} {{\ntype filter hook {hook} priority -300; policy accept;\n{rules}\n}}\n" for hook in HOOKS
    )
    run(cluster.inside("nft", "-f", "-"), stdin=f"{REMOVE}table {TABLE} {{\n{chains}}}\n")
