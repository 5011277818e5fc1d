"""The words that anonymity leaves as they are, gathered from the constants of the code that reads the answers."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1] / "kubectl_mcdiag"
PAGE = ROOT / "anonymity" / "vocabulary.txt"
SOURCES = ("parsers", "facts", "checks", "commands.py", "evidence.py", "remedies.py")
COMMON = """
true false null none None default public kube node lease http https tcp udp grpc tls mtls HTTP HTTPS TCP UDP GRPC
svc cluster local com org net io dev latest stable canary alpha beta app apps version release name instance managed by
part of component Helm helm chart sh install operator owning resource unknown admin root system masters authenticated
serviceaccount serviceaccounts account reader secret token legacy last used uid rev tag revision injection inject
enabled disabled sidecar gateway eastwest eastwestgateway ingressgateway egressgateway proxy pilot ztunnel cni waypoint
validator webhook monitoring error Error warning warn info debug INFO ERROR WARN failed refused timeout closed CN OU
connection server client request response endpoint endpoints cluster clusters service services pod pods node nodes
namespace namespaces CA Root Intermediate intermediate authority certificate signed self memory limited skipping package
github github.com KimMachineGun automemlimit memlimit k8s kubernetes arch os amd64 arm64 linux beta hostname region zone
beta1 v1beta1 v1alpha3 v1alpha1 v1beta3 List Service Pod Node Namespace Secret ConfigMap Deployment StatefulSet
canonical dataplane mode component Pilot reflector go limit resourceVersion proxyv2 localhost
EndpointSlice Gateway DestinationRule VirtualService Sidecar PeerAuthentication MutatingWebhookConfiguration
"""
_WORD = re.compile(r"[^\W_]+")


def page() -> str:
    """Return what `vocabulary.txt` should hold."""
    found = {word for text in (*_constants(), COMMON) for word in _WORD.findall(text)}
    return "# Made by `make docs`; see tests/vocabulary.py.\n" + "".join(f"{word}\n" for word in sorted(found))


def _constants() -> Iterator[str]:
    for source in SOURCES:
        path = ROOT / source
        for file in sorted(path.rglob("*.py")) if path.is_dir() else [path]:
            tree = ast.parse(file.read_text("utf-8"))
            told = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
            for node in ast.walk(tree):
                if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in told:
                    yield node.value
