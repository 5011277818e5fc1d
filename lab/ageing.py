"""What makes a mesh look used: counters of failures that are long past."""

from lab.rules import clear, refuse
from lab.shape import Shape
from lab.traffic import answers

CALLS = 8
MATCH = "tcp dport { 5000, 15443 }"


def age(shape: Shape) -> None:
    """Leave counters of failures that are long past: for a moment, no gateway and no pod could be connected to."""
    for cluster in shape.clusters:
        refuse(cluster, MATCH)
    for cluster in shape.clusters:
        answers(cluster, number=CALLS)
    for cluster in shape.clusters:
        clear(cluster)
