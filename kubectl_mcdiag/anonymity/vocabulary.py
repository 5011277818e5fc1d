"""The words that stay: whatever the code that reads answers has in its constants, and some that help a reader."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable

_SOURCES = ("evidence", "mesh", "checks", "path")
_WORD = re.compile(r"[^\W_]+")
_HELPFUL = """
account admin alpha amd64 app apps arch arm64 authenticated authority automemlimit beta beta1 by CA canary canonical
certificate chart client closed cluster clusters CN cni com component ConfigMap connection dataplane debug default
Deployment DestinationRule dev disabled eastwest eastwestgateway egressgateway enabled endpoint endpoints
EndpointSlice ERROR Error error failed false Gateway gateway github github.com go GRPC grpc Helm helm hostname HTTP
http HTTPS https INFO info ingressgateway inject injection install instance Intermediate intermediate io k8s
KimMachineGun kube kubernetes last latest lease legacy limit limited linux List local localhost managed masters
memlimit memory mode monitoring mtls MutatingWebhookConfiguration name Namespace namespace namespaces net Node node
nodes None none null of operator org os OU owning package part PeerAuthentication Pilot pilot Pod pod pods proxy
proxyv2 public reader reflector refused region release request resource resourceVersion response rev revision Root
root Secret secret self server Service service serviceaccount serviceaccounts services sh Sidecar sidecar signed
skipping stable StatefulSet svc system tag TCP tcp timeout tls token true UDP udp uid unknown used v1alpha1 v1alpha3
v1beta1 v1beta3 validator version VirtualService WARN warn warning waypoint webhook zone ztunnel
"""


@cache
def vocabulary() -> frozenset[str]:
    """Return the words that tell nothing of anybody's mesh.

    What a check compares with a constant has to stay, and no check compares with anything else; so the constants are
    taken from the source itself, and no list can be out of date.
    """
    return frozenset(word for text in (_HELPFUL, *_constants()) for word in _WORD.findall(text))


def _constants() -> Iterator[str]:
    package = files("kubectl_mcdiag")
    for module in (module for source in _SOURCES for module in _modules(package.joinpath(source))):
        tree = ast.parse(module.read_text("utf-8"))
        documentation = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in documentation:
                yield node.value


def _modules(place: Traversable) -> list[Traversable]:
    if place.is_dir():
        return [module for inner in place.iterdir() for module in _modules(inner)]
    return [place] * (place.name.endswith(".py") and place.is_file())
