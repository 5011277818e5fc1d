"""The mesh's trust: root certificates, and for each primary an intermediate CA in the secret `cacerts`."""

from dataclasses import dataclass

from lab.clusters.certificates import Identity, Wanted, issue, read_identity, rsa_key
from lab.clusters.cluster import Cluster
from lab.mesh.manifests import Manifest
from lab.places import RUN
from lab.processes import LabError
from lab.shape import Shape

ORGANIZATION = "Istio"
TEN_YEARS = 3650.0
TWO_YEARS = 730.0
KEPT = RUN / "roots"
"""The roots of the mesh that is up, for whoever issues another CA from them."""


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


def keep_roots(roots: tuple[Identity, ...]) -> None:
    """Keep the roots as long as the lab is up."""
    KEPT.mkdir(mode=0o700, exist_ok=True)
    for number, root in enumerate(roots, 1):
        (KEPT / f"{number}.pem").write_text(root.key_pem + root.certificate_pem)


def kept_roots() -> tuple[Identity, ...]:
    """Return the roots of the mesh that is up."""
    if not KEPT.is_dir():
        raise LabError("the roots of this lab were not kept: bring it up anew")
    return tuple(read_identity(path.read_text()) for path in sorted(KEPT.glob("*.pem")))


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
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "cacerts", "namespace": namespace},
        "stringData": files(authority),
    }


def files(authority: Authority) -> dict[str, str]:
    """Return the four files that istiod reads, by name."""
    own = authority.identity
    return {
        "ca-cert.pem": own.certificate_pem,
        "ca-key.pem": own.key_pem,
        "cert-chain.pem": "".join(link.certificate_pem for link in (own, *authority.chain)),
        "root-cert.pem": "".join(root.certificate_pem for root in authority.roots),
    }
