r"""Deployments and StatefulSets, one line each: kind, namespace, name, replicas wanted, labels of their pods.

Deployment⇥sample⇥helloworld-v2⇥0⇥{"app":"helloworld","version":"v2"}
"""

import json
from dataclasses import dataclass

from kubectl_mcdiag.errors import ParseError
from kubectl_mcdiag.evidence.names import LABEL, LABEL_VALUE, NAME
from kubectl_mcdiag.evidence.parsers.shapes import load_json, number, texts
from kubectl_mcdiag.evidence.redaction import WORD, Each, kept, named

TEMPLATE = (
    '{range .items[*]}{.kind}{"\\t"}{.metadata.namespace}{"\\t"}{.metadata.name}{"\\t"}{.spec.replicas}{"\\t"}'
    '{.spec.template.metadata.labels}{"\\n"}{end}'
)


@dataclass(frozen=True, slots=True)
class Workload:
    """A Deployment or StatefulSet."""

    kind: str
    namespace: str
    name: str
    replicas: int
    labels: dict[str, str]


def redact(output: str) -> str:
    """Keep what `parse` reads."""
    return "".join(f"{_redacted(_cells(line))}\n" for line in output.splitlines() if line)


def _redacted(cells: list[str]) -> str:
    kind, namespace, name, replicas, labels = cells
    kept_labels = json.dumps(kept(Each(LABEL_VALUE), load_json(labels))) if labels else ""
    return "\t".join((named(WORD, kind), LABEL.of(namespace), NAME.of(name), str(number(replicas)), kept_labels))


def parse(output: str) -> tuple[Workload, ...]:
    """Return the workloads in the order printed."""
    return tuple(_workload(line) for line in output.splitlines() if line)


def _workload(line: str) -> Workload:
    kind, namespace, name, replicas, labels = _cells(line)
    return Workload(kind, namespace, name, number(replicas), texts(load_json(labels)) if labels else {})


def _cells(line: str) -> list[str]:
    cells = line.split("\t")
    if len(cells) != 5:
        raise ParseError(f"expected 5 columns, got {len(cells)}")
    return cells
