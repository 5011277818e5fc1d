"""Which words an anonymous recording keeps: those that the code compares with, taken from its constants.

`kubectl_mcdiag/anonymity/words.txt` holds them; `pytest tests/test_anonymity.py --update` writes it.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parent.parent / "kubectl_mcdiag"
WORD = re.compile(r"[^\W_]+")
SOURCES = ("evidence", "mesh", "checks", "path")
WORDED = (
    "evidence/phrases.py",
    "evidence/parsers/failures.py",
    "evidence/parsers/istiod/istiod_log.py",
    "evidence/parsers/probes",
    "evidence/parsers/kubernetes/remote_kubeconfig.py",
    "evidence/parsers/shapes.py",
)
"""Where constants are sentences of other programs, which are read word by word; elsewhere a sentence is our own."""
HELPFUL = """
admin alpha amd64 app apps arm64 authenticated beta beta1 by CA canonical certificate client cluster clusters
CN cni com component ConfigMap connection dataplane default Deployment DestinationRule disabled eastwest eastwestgateway
egressgateway enabled endpoint endpoints EndpointSlice ERROR Error error failed false Gateway gateway go GRPC grpc Helm
helm hostname HTTP http HTTPS https INFO info ingressgateway inject injection install instance Intermediate intermediate
io k8s kube kubernetes lease limit linux List local localhost managed mode mtls MutatingWebhookConfiguration name
Namespace namespace namespaces net Node node nodes None none null of operator org OU owning package part
PeerAuthentication Pilot pilot Pod pod pods proxy proxyv2 reader release request resource resourceVersion response rev
revision Root root Secret secret self server Service service serviceaccount serviceaccounts services Sidecar sidecar
signed stable StatefulSet svc system tag TCP tcp timeout tls token true UDP udp uid unknown v1alpha1 v1alpha3 v1beta1
v1beta3 validator version VirtualService WARN warn warning waypoint webhook ztunnel
"""


def words() -> list[str]:
    """Return the words, in order."""
    texts = (HELPFUL, *(constant for source in SOURCES for path in _modules(source) for constant in _constants(path)))
    found = {word for text in texts for word in WORD.findall(text)}
    return sorted(word for word in found if word.isascii() and not word.isdigit() and 1 < len(word) <= 60)


def _modules(source: str) -> list[Path]:
    return sorted((ROOT / source).rglob("*.py"))


def _constants(path: Path) -> Iterator[str]:
    tree = ast.parse(path.read_text("utf-8"))
    documentation = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    worded = path.relative_to(ROOT).as_posix().startswith(WORDED)
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in documentation:
            yield from [node.value] * (worded or " " not in node.value.strip())
