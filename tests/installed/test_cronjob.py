"""The CronJob of `examples/`, in a pod of the lab, with the published roles and nothing else. It needs the lab."""

import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from conftest import ROOT

from kubectl_mcdiag.report.roles import ACCOUNT, roles
from lab.artifacts.archive import Entry, Image, write
from lab.artifacts.images import ACCOUNTS, linked_program
from lab.artifacts.programs import ISTIO, KUBERNETES, built
from lab.clusters.cluster import Cluster
from lab.clusters.tools import kubectl, try_kubectl
from lab.processes import run
from lab.running import running_shape

NAMES = ("east", "west")
JOB = "job/mcdiag-now"
AUTHORITY = "jsonpath={.clusters[0].cluster.certificate-authority-data}"


@pytest.fixture
def clusters() -> Iterator[tuple[Cluster, Cluster]]:
    """Yield both clusters of the lab with the published roles; roles and namespace are gone afterwards."""
    one, two = running_shape().clusters
    granted = roles("istio-system", ("proxies",), no_exec=True)
    try:
        for cluster in (one, two):
            kubectl(cluster, "apply", "-f", "-", stdin=granted)
        yield one, two
    finally:
        for cluster in (one, two):
            try_kubectl(cluster, "delete", "--ignore-not-found", "-f", "-", stdin=granted)


def test_job_of_the_example_reports_a_healthy_mesh(clusters: tuple[Cluster, Cluster], tmp_path: Path) -> None:
    one, _ = clusters
    job = yaml.safe_load((ROOT / "examples" / "cronjob.yaml").read_text("utf-8"))
    (container,) = job["spec"]["jobTemplate"]["spec"]["template"]["spec"]["containers"]
    name = f"docker.io/library/{container['image']}"
    image = Image(name, ("kubectl-mcdiag",), tuple(_files(tmp_path / "unpacked")), "65532", ("HOME=/tmp",))
    write(image, tmp_path)
    run(one.inside("ctr", "-n", "k8s.io", "images", "import", tmp_path / image.file_name))
    secret = {"kind": "Secret", "apiVersion": "v1", "metadata": {"name": "mcdiag", "namespace": ACCOUNT}}
    secret["stringData"] = {"kubeconfig": yaml.safe_dump(_kubeconfig(clusters))}  # type: ignore[assignment]
    kubectl(one, "apply", "-f", "-", stdin=yaml.safe_dump_all([secret, job]))

    kubectl(one, "-n", ACCOUNT, "create", "job", "mcdiag-now", "--from=cronjob/mcdiag")
    ended = try_kubectl(one, "-n", ACCOUNT, "wait", "--for=condition=complete", JOB, "--timeout=120s")
    said = kubectl(one, "-n", ACCOUNT, "logs", JOB)

    assert ended.exit_code == 0, said or kubectl(one, "-n", ACCOUNT, "describe", "pods")
    assert said.splitlines()[-1].startswith("ok: no root cause"), said


def _files(folder: Path) -> Iterator[Entry]:
    """Yield what examples/Dockerfile puts into the image, and the system's libraries that Debian's image has."""
    (archive,) = (ROOT / "dist").glob("kubectl-mcdiag-*-linux-*.tar.gz")
    with tarfile.open(archive) as tar:
        tar.extractall(folder, filter="data")
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            yield from linked_program(path, f"opt/{path.relative_to(folder)}")
    yield Entry("usr/local/bin/kubectl-mcdiag", link="/opt/kubectl-mcdiag/kubectl-mcdiag")
    yield from linked_program(built(KUBERNETES) / "kubectl", "usr/local/bin/kubectl")
    yield from linked_program(built(ISTIO) / "istioctl", "usr/local/bin/istioctl")
    yield from ACCOUNTS


def _kubeconfig(clusters: tuple[Cluster, Cluster]) -> dict[str, object]:
    """Return the kubeconfig that the example asks for: a context for each cluster, as the service account there."""
    tokens = [kubectl(each, "-n", ACCOUNT, "create", "token", ACCOUNT, "--duration=20m").strip() for each in clusters]
    authorities = [kubectl(each, "config", "view", "--raw", "--minify", "-o", AUTHORITY) for each in clusters]
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [
            {"name": name, "cluster": {"server": cluster.server, "certificate-authority-data": authority}}
            for name, cluster, authority in zip(NAMES, clusters, authorities, strict=True)
        ],
        "users": [{"name": name, "user": {"token": token}} for name, token in zip(NAMES, tokens, strict=True)],
        "contexts": [{"name": name, "context": {"cluster": name, "user": name}} for name in NAMES],
    }
