r"""Remote secrets of all namespaces: `namespace⇥name⇥labelled` a line, no data.

default⇥istio-remote-secret-cluster2⇥true
"""

from dataclasses import dataclass

from kubectl_mcdiag.errors import ParseError
from kubectl_mcdiag.evidence.names import CLUSTER, LABEL, NAME
from kubectl_mcdiag.evidence.redaction import named

TEMPLATE = (
    '{range .items[*]}{.metadata.namespace}{"\\t"}{.metadata.name}{"\\t"}'
    '{.metadata.annotations.networking\\.istio\\.io/cluster}{"\\n"}{end}'
)


@dataclass(frozen=True, slots=True)
class SecretName:
    """A labelled remote secret; `cluster` is the name that `istioctl create-remote-secret` noted on it."""

    namespace: str
    name: str
    cluster: str


def redact(output: str) -> str:
    """Keep names."""
    return "".join(f"{_redacted(_secret(line))}\n" for line in output.splitlines() if line)


def _redacted(found: SecretName) -> str:
    return "\t".join((LABEL.of(found.namespace), NAME.of(found.name), named(CLUSTER, found.cluster)))


def parse(output: str) -> tuple[SecretName, ...]:
    """Return the secrets in the order printed."""
    return tuple(_secret(line) for line in output.splitlines() if line)


def _secret(line: str) -> SecretName:
    cells = line.split("\t")
    if len(cells) != 3:
        raise ParseError(f"expected 3 columns, got {len(cells)}")
    return SecretName(*cells)
