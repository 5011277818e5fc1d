"""Firewalls: packets that a node loses or refuses."""

from random import Random

from lab.mutate.change import Mutation, Rule, Subject
from lab.mutate.ground import Ground
from lab.mutate.registry import kind

FAMILY = "firewalls"


@kind
def data(chance: Random, ground: Ground) -> Mutation:
    """Draw a rule between the data planes of two clusters: the gateway's port, or pods where they reach each other."""
    caller, home = chance.sample(ground.shape.clusters, 2)
    if ground.shape.network(caller) == ground.shape.network(home):
        match, alias = f"ip saddr {caller.pods} ip daddr {home.pods}", home.pods.removesuffix("0/24")
    else:
        match, alias = f"ip saddr {caller.address} tcp dport 15443", "15443"
    return _made(f"{caller.name} → {home.name}: {match}", Rule(home, match, chance.random() < 0.5), alias)


@kind
def control(chance: Random, ground: Ground) -> Mutation:
    """Draw a rule between an istiod and the API server of another cluster."""
    caller, home = chance.sample(ground.shape.clusters, 2)
    match = f"ip saddr {caller.address} tcp dport 6443"
    return _made(f"{caller.name} → {home.name}: {match}", Rule(home, match, chance.random() < 0.5), "6443")


def _made(about: str, rule: Rule, *aliases: str) -> Mutation:
    how = "refused" if rule.refused else "lost"
    subject = Subject(rule.cluster.name, "Firewall", "", rule.match, tuple((alias,) for alias in aliases))
    return Mutation(FAMILY, f"{about} {how}", (subject,), (rule,), inside=False)
