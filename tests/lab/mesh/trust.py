"""The mesh's trust: root certificates, and for each primary an intermediate CA in the secret `cacerts`."""

from dataclasses import dataclass

from lab.clusters.certificates import Identity, Wanted, issue, rsa_key
from lab.clusters.cluster import Cluster
from lab.mesh.manifests import Manifest
from lab.shapes import Shape

ORGANIZATION = "Istio"
TEN_YEARS = 3650.0
TWO_YEARS = 730.0


@dataclass(frozen=True, slots=True)
class Authority:
    """A CA as istiod is given it: its own identity, the chain up to the root, and the trusted roots."""

    identity: Identity
    chain: tuple[Identity, ...]
    roots: tuple[Identity, ...]


def make_root(name: str = "Lab Root CA") -> Identity:
    """Make a root certificate."""
    return issue(Wanted(name, ORGANIZATION, authority=True, until_days=TEN_YEARS), rsa_key())


def make_roots(shape: Shape) -> tuple[Identity, ...]:
    """Make the root certificates that the shape's clusters trust."""
    return tuple(make_root(f"Lab Root CA {number}") for number in range(1, shape.roots + 1))


def intermediate(shape: Shape, cluster: Cluster, roots: tuple[Identity, ...]) -> Authority:
    """Return the cluster's CA, signed by the root whose turn it is."""
    root = roots[(cluster.number - 1) % len(roots)]
    wanted = Wanted(
        f"Intermediate CA {cluster.name}", ORGANIZATION, (f"istiod.{shape.istio_namespace}.svc",),
        authority=True, path_length=0, until_days=TWO_YEARS,
    )  # fmt: skip
    return Authority(issue(wanted, rsa_key(), root), (root,), roots)


def cacerts(namespace: str, authority: Authority) -> Manifest:
    """Return the secret from which istiod takes its CA when it starts."""
    own = authority.identity
    files = {
        "ca-cert.pem": own.certificate_pem,
        "ca-key.pem": own.key_pem,
        "cert-chain.pem": "".join(link.certificate_pem for link in (own, *authority.chain)),
        "root-cert.pem": "".join(root.certificate_pem for root in authority.roots),
    }
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "cacerts", "namespace": namespace},
        "stringData": files,
    }
