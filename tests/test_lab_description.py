"""The lab as far as it goes without root: shapes, manifests, the cloud's plan, certificates, the cache."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509

from lab.artifacts.archive import Entry, Image, write
from lab.artifacts.cache import artifact
from lab.artifacts.programs import HELLO, KREW, KUBERNETES, istio
from lab.artifacts.versions import NEWEST, VERSIONS, oldest, version_named
from lab.cloud.daemon import ruleset
from lab.cloud.plan import HOST_NAME, NONE, WANTED, Forward, Seen, forwards, hosts, node_addresses, statuses
from lab.clusters.cluster import Cluster
from lab.mesh.gateways import gateway_objects
from lab.mesh.manifests import Manifest
from lab.mesh.operator import primary, remote
from lab.mesh.trust import Authority, cacerts, intermediate, make_roots
from lab.mesh.workloads import workload_objects, workloads
from lab.objects import Snapshot, differences
from lab.places import HERE
from lab.processes import LabError
from lab.shape import NEIGHBOUR, SERVICE, Shape
from lab.shapes import PLAIN, SHAPES, of_versions, shape_named
from lab.traffic import Judgement

ONE, TWO = Cluster(1), Cluster(2)
by_shape = pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.name)


def objects(shape: Shape) -> Iterator[Manifest]:
    for cluster in shape.clusters:
        yield from gateway_objects(shape, cluster)
        yield from workload_objects(shape, cluster)


def test_shape_names_are_unique() -> None:
    assert len({shape.name for shape in {*SHAPES}}) == len(SHAPES)


def test_unknown_shape_is_told_which_there_are() -> None:
    with pytest.raises(LabError, match="no shape triangle; there are multi-primary-multi-network"):
        shape_named("triangle")


def test_mesh_in_use_has_much_beside_helloworld() -> None:
    noisy = replace(PLAIN, noise=True)
    more = {
        cluster: workload_objects(noisy, cluster)[len(workload_objects(PLAIN, cluster)) :] for cluster in (ONE, TWO)
    }

    services = [item for item in more[TWO] if item["kind"] == "Service"]
    assert len(services) == 30
    assert len({item["metadata"]["namespace"] for item in services}) == 8
    assert {item["metadata"]["name"] for item in more[ONE]} > {item["metadata"]["name"] for item in more[TWO]}
    assert ("monitoring", "deployment/grafana") not in workloads(noisy, ONE)
    assert ("store", "deployment/store") in workloads(noisy, ONE)


def test_unknown_version_is_told_which_there_are() -> None:
    with pytest.raises(LabError, match=r"no Istio 1\.2; there are 1\.20, 1\.22"):
        of_versions(PLAIN, ("1.2",))


def test_each_cluster_has_its_version_and_the_user_the_newest_of_them() -> None:
    mixed = of_versions(shape_named("three-clusters"), ("1.22", NEWEST))

    assert [cluster.istio for cluster in mixed.clusters] == ["1.22", NEWEST, NEWEST]
    assert mixed.istioctl == NEWEST
    assert of_versions(PLAIN, ("1.22",), "1.30").versions == ("1.22", "1.30")
    assert of_versions(PLAIN, ()) == PLAIN


@pytest.mark.parametrize(
    ("written", "spoken"),
    [
        ("networking.istio.io/v1\n", "networking.istio.io/v1beta1\n"),
        ('"security.istio.io/v1",', '"security.istio.io/v1beta1",'),
        ("telemetry.istio.io/v1}", "telemetry.istio.io/v1alpha1}"),
        ("networking.istio.io/v1alpha3", "networking.istio.io/v1alpha3"),
        ("gateway.networking.k8s.io/v1", "gateway.networking.k8s.io/v1"),
        ("gateways.networking.istio.io", "gateways.networking.istio.io"),
    ],
)
def test_objects_speak_the_api_that_the_version_serves(written: str, spoken: str) -> None:
    assert version_named("1.22").spoken(written) == spoken
    assert version_named(NEWEST).spoken(written) == written
    assert oldest((NEWEST, "1.22")).name == "1.22"


@by_shape
def test_objects_say_what_they_are(shape: Shape) -> None:
    for item in objects(shape):
        assert {"apiVersion", "kind", "metadata"} <= item.keys()
        assert item["metadata"]["name"]


@by_shape
def test_objects_are_complete(shape: Shape) -> None:
    assert "$" not in str(list(objects(shape)))


@by_shape
def test_mesh_objects_live_in_the_shapes_namespaces(shape: Shape) -> None:
    own = {item["metadata"]["name"] for item in objects(shape) if item["kind"] == "Namespace"}
    known = {shape.istio_namespace, *own, None}
    assert {item["metadata"].get("namespace") for item in objects(shape)} <= known


@by_shape
def test_operator_file_names_cluster_and_network(shape: Shape) -> None:
    for cluster in shape.primary_clusters:
        settings = primary(shape, cluster)["spec"]["values"]["global"]
        assert settings["multiCluster"] == {"clusterName": cluster.name}
        assert settings["network"] == shape.network(cluster)


@by_shape
def test_every_version_is_expected_somewhere(shape: Shape) -> None:
    expected = {version for caller in shape.clusters for version in shape.expected(caller)[SERVICE]}
    serving = {f"v{cluster.number}" for cluster in shape.clusters if cluster.number not in shape.passive}
    assert expected == serving | {version for extra in shape.extras for version in extra.versions}


@by_shape
def test_every_network_of_several_has_a_gateway(shape: Shape) -> None:
    if not shape.is_flat:
        with_gateway = [shape.network(cluster) for cluster in shape.gateway_clusters()]
        assert sorted(with_gateway) == sorted({shape.network(cluster) for cluster in shape.clusters})


def test_local_service_has_a_neighbour_that_is_not() -> None:
    expected = shape_named("cluster-local").expected(TWO)
    assert expected == {SERVICE: {"v2"}, NEIGHBOUR: {"v1", "v2"}}


def test_remote_is_told_where_its_istiod_is() -> None:
    spec = remote(shape_named("primary-remote-multi-network"), TWO, "172.31.0.41")["spec"]
    assert spec["values"]["global"]["remotePilotAddress"] == "172.31.0.41"
    assert spec["values"]["istiodRemote"] == {"injectionPath": "/inject/cluster/cluster2/net/network2"}


def test_remote_cluster_holds_no_istio_configuration() -> None:
    shape = shape_named("primary-remote-multi-network")
    kinds = {item["apiVersion"] for item in gateway_objects(shape, TWO)}
    assert "networking.istio.io/v1" not in kinds


def test_classic_sidecars_are_asked_for() -> None:
    environment = primary(shape_named("classic-sidecars"), ONE)["spec"]["values"]["pilot"]["env"]
    assert environment["ENABLE_NATIVE_SIDECARS"] == "false"


def test_clusters_share_no_address() -> None:
    clusters = [Cluster(number) for number in (1, 2, 3)]
    addresses = [a for c in clusters for a in (c.address, c.external_address, *c.pool)]
    assert len(set(addresses)) == len(addresses)


@pytest.fixture(scope="module")
def second_authority() -> Authority:
    shape = shape_named("two-roots")
    return intermediate(shape, TWO, make_roots(shape))


def test_each_ca_is_signed_by_the_root_whose_turn_it_is(second_authority: Authority) -> None:
    root = second_authority.roots[1].certificate
    second_authority.identity.certificate.verify_directly_issued_by(root)


def test_bundle_holds_every_root_and_chain_ends_in_its_own(second_authority: Authority) -> None:
    files = cacerts("istio-system", second_authority)["stringData"]
    bundle = x509.load_pem_x509_certificates(files["root-cert.pem"].encode())
    chain = x509.load_pem_x509_certificates(files["cert-chain.pem"].encode())
    roots = [root.certificate for root in second_authority.roots]
    assert bundle == roots
    assert chain[-1] == roots[1]


def service(name: str, **status: Any) -> Manifest:
    return {
        "metadata": {"name": name, "namespace": "default"},
        "spec": {
            "type": "LoadBalancer",
            "clusterIP": "10.11.0.9",
            "ports": [{"name": "tls", "port": 15443, "nodePort": 31000}],
        },
        "status": {"loadBalancer": status},
    }


def wants(name: str, what: str, **status: Any) -> Manifest:
    asked = service(name, **status)
    asked["metadata"]["annotations"] = {WANTED: what}
    return asked


def test_service_gets_the_first_free_address() -> None:
    seen = Seen(ONE, (service("a", ingress=[{"ip": ONE.pool[0]}]), service("b")))
    assert [(s.service, s.ingress) for s in statuses(seen)] == [("b", ({"ip": ONE.pool[1]},))]


def test_service_with_an_address_keeps_it() -> None:
    assert statuses(Seen(ONE, (service("a", ingress=[{"ip": "192.0.2.1"}]),))) == ()


def test_service_that_wants_none_loses_its_address() -> None:
    seen = Seen(ONE, (wants("a", NONE, ingress=[{"ip": ONE.pool[0]}]),))
    assert [s.ingress for s in statuses(seen)] == [()]


def test_host_name_resolves_in_every_cluster_before_it_is_given() -> None:
    (status,) = statuses(Seen(TWO, (wants("a", HOST_NAME),)))
    name = status.ingress[0]["hostname"]
    assert f"{TWO.pool[0]} {name}\n" in hosts(ONE, (Seen(ONE), Seen(TWO)))


def test_host_name_leads_to_the_node_port() -> None:
    named = Seen(TWO, (wants("a", HOST_NAME, ingress=[{"hostname": "lb-61.cluster2.cloud.test"}]),))
    assert forwards(named) == (Forward(TWO.pool[0], 15443, TWO.address, 31000),)
    assert node_addresses(named) == frozenset()


def test_forwards_become_nft_rules() -> None:
    rules = ruleset((Forward("172.31.0.61", 15443, "172.31.0.12", 31000),))
    assert "ip daddr 172.31.0.61 tcp dport 15443 dnat to 172.31.0.12:31000\n" in rules


def test_dns_knows_the_services_of_its_own_cluster_only() -> None:
    everywhere = (Seen(ONE, (service("a"),)), Seen(TWO, (service("b"),)))
    names = [line.split()[1] for line in hosts(ONE, everywhere).splitlines()]
    assert "a.default.svc.cluster.local" in names
    assert "b.default.svc.cluster.local" not in names


def test_dns_knows_the_pods_behind_a_headless_service() -> None:
    piece = {
        "metadata": {"namespace": "default", "labels": {"kubernetes.io/service-name": "db"}},
        "endpoints": [{"addresses": ["10.10.0.7"], "hostname": "db-0"}],
    }
    records = hosts(ONE, (Seen(ONE, slices=(piece,)),)).splitlines()
    name = "db.default.svc.cluster.local"
    assert {f"10.10.0.7 db-0.{name}", f"10.10.0.7 {name}"} <= set(records)


def config_map(value: str, **metadata: Any) -> Manifest:
    return {
        "kind": "ConfigMap",
        "metadata": {"name": "a", "namespace": "b", **metadata},
        "data": {"k": value},
    }


def changes(before: Manifest | None, now: Manifest | None) -> list[str]:
    key = ("cluster1", "ConfigMap", "b", "a")
    moments = (Snapshot({key: item} if item else {}) for item in (before, now))
    return [str(difference) for difference in differences(PLAIN, *moments)]


def test_bookkeeping_is_no_difference() -> None:
    assert changes(config_map("1", resourceVersion="7"), config_map("1", resourceVersion="9")) == []


def test_changed_created_and_deleted_objects_are_differences() -> None:
    one, two = config_map("1"), config_map("2")
    found = changes(one, two) + changes(None, one) + changes(one, None)
    assert found == [f"cluster1: ConfigMap b/a {change}" for change in ("changed", "created", "deleted")]


@pytest.mark.parametrize(
    ("answered", "well"),
    [({"v1": 3, "v2": 1}, True), ({"v1": 4}, False), ({"v1": 3, "v2": 1, "failed": 1}, False)],
)
def test_health_needs_every_version_and_no_failure(answered: dict[str, int], well: bool) -> None:
    assert Judgement(ONE, SERVICE, frozenset({"v1", "v2"}), Counter(answered)).is_healthy is well


@pytest.fixture
def empty_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MCDIAG_LAB_CACHE", str(tmp_path))
    return tmp_path


def fill(folder: Path) -> None:
    (folder / "program").write_text("built")


def break_off(folder: Path) -> None:
    fill(folder)
    raise KeyboardInterrupt


def test_unchanged_inputs_are_built_once(empty_cache: Path) -> None:
    first = artifact("tool", ("a",), fill)
    assert artifact("tool", ("a",), break_off) == first
    assert (first / "program").exists()


def test_changed_input_is_built_anew(empty_cache: Path) -> None:
    assert artifact("tool", ("a", "b"), fill) != artifact("tool", ("ab",), fill)


def test_half_finished_build_does_not_count(empty_cache: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        artifact("tool", ("a",), break_off)
    assert (artifact("tool", ("a",), fill) / "program").exists()
    assert not list(empty_cache.glob("*.partial-*"))


def test_same_entries_give_the_same_archive(tmp_path: Path) -> None:
    image = Image("localhost/mcdiag/a:1", ("/a/b",), (Entry("a/b", content=b"x"), Entry("c", link="a/b")))
    write(image, tmp_path)
    first = (tmp_path / "a-1.tar").read_bytes()
    write(image, tmp_path)
    assert (tmp_path / "a-1.tar").read_bytes() == first


@pytest.mark.parametrize(
    "toolset", [KUBERNETES, KREW, *(istio(version.name) for version in VERSIONS)], ids=lambda toolset: toolset.folder
)
def test_every_target_is_a_tool_of_its_module(toolset: Any) -> None:
    declared = (HERE / toolset.folder / "go.mod").read_text()
    for target in toolset.targets:
        for package in target.packages:
            assert f"\t{package}\n" in declared


def test_sample_application_needs_no_module() -> None:
    assert "require" not in (HERE / HELLO.folder / "go.mod").read_text()
