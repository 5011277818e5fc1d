"""The east-west gateways: what each kind of them consists of."""

from lab.cloud.plan import HOST_NAME, NONE, WANTED
from lab.clusters.cluster import Cluster
from lab.mesh.manifests import Manifest, manifests
from lab.shape import EXPOSED_PORT, GatewayKind, Shape

NAME = "istio-eastwestgateway"
GATEWAY_API_NAME = "eastwestgateway-istio"


def gateway_objects(shape: Shape, cluster: Cluster) -> list[Manifest]:
    """Return everything the cluster's east-west gateway is made of; nothing where it needs none."""
    if cluster not in shape.gateway_clusters():
        return []
    values = {"istio_namespace": shape.istio_namespace, "network": shape.network(cluster)}
    if shape.gateway is GatewayKind.GATEWAY_API:
        return manifests("gateway-api", hosts=shape.hosts(cluster), **values)
    return [
        *_with_revision(shape, manifests("gateway-workload", **values)),
        *(_reached_by(shape, cluster, service) for service in manifests("gateway-service", **values)),
        *_exposure(shape, cluster),
    ]


def gateway_deployment(shape: Shape) -> str:
    """Return the name of the gateways' Deployment, which is also their Service's."""
    return GATEWAY_API_NAME if shape.gateway is GatewayKind.GATEWAY_API else NAME


def _exposure(shape: Shape, cluster: Cluster) -> list[Manifest]:
    """Return what is open on the gateway; a remote cluster's configuration is read from its primary."""
    if cluster in shape.remote_clusters:
        return []
    objects = [] if shape.is_flat else _exposed_services(shape, cluster)
    if shape.remote_clusters and cluster == shape.clusters[0]:
        objects += manifests(
            "expose-istiod", istio_namespace=shape.istio_namespace, istiod=shape.istiod, domain=shape.domain
        )
    return objects


def _exposed_services(shape: Shape, cluster: Cluster) -> list[Manifest]:
    return manifests("expose-services", istio_namespace=shape.istio_namespace, hosts=shape.hosts(cluster))


def _with_revision(shape: Shape, objects: list[Manifest]) -> list[Manifest]:
    if shape.tag:
        for item in objects:
            if item["kind"] == "Deployment":
                item["spec"]["template"]["metadata"]["labels"]["istio.io/rev"] = shape.tag
    return objects


def _reached_by(shape: Shape, cluster: Cluster, service: Manifest) -> Manifest:
    """Return the gateway's Service with what other clusters reach it by."""
    if shape.gateway_port != EXPOSED_PORT:
        service["metadata"]["labels"]["networking.istio.io/gatewayPort"] = str(shape.gateway_port)
        exposed = next(port for port in service["spec"]["ports"] if port["port"] == EXPOSED_PORT)
        exposed |= {"port": shape.gateway_port, "targetPort": EXPOSED_PORT}
    if shape.mesh_networks:
        del service["metadata"]["labels"]["topology.istio.io/network"]
    if shape.gateway is GatewayKind.HOST_NAME:
        service["metadata"]["annotations"] = {WANTED: HOST_NAME}
    if shape.gateway is GatewayKind.EXTERNAL_IPS:
        service["metadata"]["annotations"] = {WANTED: NONE}
        service["spec"]["externalIPs"] = [cluster.external_address]
    return service
