"""CAs for a running mesh, good and bad: a folder with the four files that Istio's "Plug in CA Certificates" names."""

import base64
import json
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path

from lab.clusters.certificates import Identity, Wanted, issue, rsa_key
from lab.clusters.cluster import Cluster
from lab.clusters.tools import kubectl
from lab.mesh.trust import ORGANIZATION, TWO_YEARS, Authority, files, kept_roots, make_root
from lab.places import RUN
from lab.shape import Shape

PLACE = RUN / "authorities"


@dataclass(frozen=True, slots=True)
class Flaws:
    """How a CA differs from a good one; days count from now."""

    own_root: bool = False
    from_days: float = -0.05
    until_days: float = TWO_YEARS
    no_authority: bool = False
    other_key: bool = False
    other_chain: bool = False


def present_folder(shape: Shape, cluster: Cluster) -> Path:
    """Write the files that the cluster's `cacerts` holds now, and return their folder."""
    named = ("-n", shape.istio_namespace, "secret", "cacerts", "-o", "json")
    held = json.loads(kubectl(cluster, "get", *named))["data"]
    return _folder(cluster, {name: base64.b64decode(text).decode() for name, text in held.items()})


def issued_folder(cluster: Cluster, flaws: Flaws) -> Path:
    """Write the files of a new CA for the cluster, and return their folder."""
    roots = (make_root(f"Root CA of {cluster.name}"),) if flaws.own_root else kept_roots()
    return _folder(cluster, files(_authority(cluster, roots, flaws)))


def plug_in(shape: Shape, cluster: Cluster, folder: Path) -> None:
    """Replace the cluster's `cacerts` by the files of a folder."""
    data = {path.name: base64.b64encode(path.read_bytes()).decode() for path in sorted(folder.iterdir())}
    meta = {"name": "cacerts", "namespace": shape.istio_namespace}
    secret = {"apiVersion": "v1", "kind": "Secret", "metadata": meta, "data": data}
    kubectl(cluster, "replace", "-f", "-", stdin=json.dumps(secret))


def _authority(cluster: Cluster, roots: tuple[Identity, ...], flaws: Flaws) -> Authority:
    root = roots[(cluster.number - 1) % len(roots)]
    wanted = Wanted(
        f"Another CA {cluster.name}", ORGANIZATION, authority=not flaws.no_authority,
        path_length=None if flaws.no_authority else 0, from_days=flaws.from_days, until_days=flaws.until_days,
    )  # fmt: skip
    own = issue(wanted, rsa_key(), make_root("Root CA of nobody") if flaws.other_chain else root)
    return Authority(replace(own, key=rsa_key()) if flaws.other_key else own, (root,), roots)


def _folder(cluster: Cluster, texts: dict[str, str]) -> Path:
    PLACE.mkdir(mode=0o700, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix=f"{cluster.name}-", dir=PLACE))
    for name, text in texts.items():
        (folder / name).write_text(text)
    return folder
