"""The IstioOperator file that `istioctl install` is given for a cluster of a shape."""

from dataclasses import replace
from typing import Any

from lab.artifacts.images import HUB
from lab.artifacts.versions import version_named
from lab.cloud.plan import host_name
from lab.clusters.cluster import Cluster
from lab.mesh.manifests import Manifest
from lab.shape import EXPOSED_PORT, SERVICE, TENANT, Locality, Shape

MESH_ID = "mesh1"


def primary(shape: Shape, cluster: Cluster) -> Manifest:
    """Return the file for a cluster that runs istiod."""
    spec = _common(shape, cluster, "minimal")
    if shape.remote_clusters and cluster == shape.clusters[0]:
        spec["values"]["pilot"]["env"]["EXTERNAL_ISTIOD"] = "true"
        if shape.istiod_by_name:
            spec["values"]["pilot"]["env"]["ISTIOD_CUSTOM_HOST"] = host_name(cluster, cluster.pool[0])
    # A restart is quick only if the old pod does not linger.
    patches = [{"path": "spec.template.spec.terminationGracePeriodSeconds", "value": 1}]
    overlay = {"kind": "Deployment", "name": shape.istiod, "patches": patches}
    spec["components"] = {"pilot": {"k8s": {"overlays": [overlay]}}}
    return _operator(spec)


def tenant(shape: Shape, cluster: Cluster) -> Manifest:
    """Return the file for another tenant's istiod, which has a mesh of its own in the same cluster."""
    own = {"discoverySelectors": [{"matchLabels": {TENANT: "other"}}]}
    wanted = primary(replace(shape, revision=TENANT, istio_namespace="tenant-system", mesh_config=own), cluster)
    wanted["spec"]["values"]["global"]["meshID"] = "another-mesh"
    return wanted


def remote(shape: Shape, cluster: Cluster, discovery: str) -> Manifest:
    """Return the file for a cluster that is served by an istiod elsewhere, at the address `discovery`."""
    spec = _common(shape, cluster, "remote")
    spec["values"]["global"]["remotePilotAddress"] = discovery
    path = f"/inject/cluster/{cluster.name}/net/{shape.network(cluster)}"
    # A Service that is another name maps no port: the webhook goes to the gateway's own one.
    by_name = {"injectionURL": f"https://{discovery}:15017{path}"}
    spec["values"]["istiodRemote"] = by_name if shape.istiod_by_name else {"injectionPath": path}
    return _operator(spec)


def east_west(shape: Shape, cluster: Cluster) -> Manifest:
    """Return the file for a cluster's east-west gateway, as Istio's `gen-eastwest-gateway.sh` prints it."""
    network = shape.network(cluster)
    names = {"istio": "eastwestgateway", "app": "istio-eastwestgateway", "topology.istio.io/network": network}
    ports = [
        {"name": name, "port": port, "targetPort": port}
        for name, port in (("status-port", 15021), ("tls", 15443), ("tls-istiod", 15012), ("tls-webhook", 15017))
    ]
    gateway = {
        "name": "istio-eastwestgateway",
        "label": names,
        "enabled": True,
        "k8s": {
            "env": [{"name": "ISTIO_META_REQUESTED_NETWORK_VIEW", "value": network}],
            "service": {"ports": ports},
        },
    }
    values = {
        "gateways": {"istio-ingressgateway": {"injectionTemplate": "gateway", "autoscaleEnabled": False}},
        "global": {**_global(shape, cluster), "network": network},
    }
    spec = {**_common(shape, cluster, "empty"), "components": {"ingressGateways": [gateway]}, "values": values}
    return {**_operator(spec), "metadata": {"name": "eastwest"}}


def _operator(spec: dict[str, Any]) -> Manifest:
    return {"apiVersion": "install.istio.io/v1alpha1", "kind": "IstioOperator", "spec": spec}


def _common(shape: Shape, cluster: Cluster, profile: str) -> dict[str, Any]:
    return {
        "profile": profile,
        "hub": HUB,
        "tag": version_named(cluster.istio).build,
        "namespace": shape.istio_namespace,
        "revision": shape.revision,
        "meshConfig": _mesh_config(shape),
        "values": {
            "global": _global(shape, cluster),
            "pilot": _pilot(shape),
            # Upstream Envoy has none of Istio's own filters.
            "telemetry": {"enabled": False},
        },
    }


def _mesh_config(shape: Shape) -> dict[str, Any]:
    config: dict[str, Any] = {
        **(shape.mesh_config or {}),
        "accessLogFile": "/dev/stdout",
        "connectTimeout": "2s",
        "defaultConfig": {
            "concurrency": 1,
            "terminationDrainDuration": "0s",
            # A 503 says again which TLS error it was.
            "runtimeValues": {"envoy.reloadable_features.hide_transport_failure_reason_in_response_body": "false"},
            **(shape.mesh_config or {}).get("defaultConfig", {}),
        },
    }
    if shape.locality is Locality.CLUSTER_LOCAL:
        host = f"{SERVICE}.sample.svc.cluster.local"
        config["serviceSettings"] = [{"settings": {"clusterLocal": True}, "hosts": [host]}]
    return config


def _global(shape: Shape, cluster: Cluster) -> dict[str, Any]:
    small = {"resources": {"requests": {"cpu": "10m", "memory": "40Mi"}}}
    return {
        "istioNamespace": shape.istio_namespace,
        "meshID": MESH_ID,
        "multiCluster": {"clusterName": cluster.name},
        "network": shape.network(cluster),
        "imagePullPolicy": "Never",
        "proxy": {**small, "clusterDomain": shape.domain},
        "proxy_init": small,
        **({"meshNetworks": _mesh_networks(shape)} if shape.mesh_networks else {}),
    }


def _mesh_networks(shape: Shape) -> dict[str, Any]:
    """Return the networks as mesh configuration declares them, where no label does."""
    service = f"istio-eastwestgateway.{shape.istio_namespace}.svc.{shape.domain}"
    gateways = [{"registryServiceName": service, "port": EXPOSED_PORT}]
    return {
        shape.network(cluster): {"endpoints": [{"fromRegistry": cluster.name}], "gateways": gateways}
        for cluster in shape.clusters
    }


def _pilot(shape: Shape) -> dict[str, Any]:
    return {
        "autoscaleEnabled": False,
        "replicaCount": shape.istiods,
        "resources": {"requests": {"cpu": "50m", "memory": "128Mi"}},
        "env": {
            "PILOT_ENABLE_METADATA_EXCHANGE": "false",
            "PILOT_ENABLE_ALPN_FILTER": "false",
            "PILOT_REMOTE_CLUSTER_TIMEOUT": "5s",
            **({} if shape.native_sidecars else {"ENABLE_NATIVE_SIDECARS": "false"}),
        },
    }
