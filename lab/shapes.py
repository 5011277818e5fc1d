"""The shapes of mesh that the lab can take, each one record."""

from dataclasses import replace
from typing import Any

from lab.artifacts.versions import NEWEST, version_named
from lab.processes import LabError
from lab.shape import TENANT, Extra, GatewayKind, Locality, Reach, Shape

PLAIN = Shape("multi-primary-multi-network", "two primaries, each on its own network: what most people run")
FLAT = replace(PLAIN, name="multi-primary-one-network", about="two primaries, pods reach each other", joined=2)

SHOWN_DNS = {"ISTIO_META_DNS_CAPTURE": "true", "ISTIO_META_DNS_AUTO_ALLOCATE": "true"}
KINDS = {
    "hello-tcp": Reach.EVERYWHERE,
    "hello-grpc": Reach.EVERYWHERE,
    "hello-headless": Reach.HERE,
    "hello-set": Reach.HERE,
    "hello-members": Reach.EVERYWHERE,
}


def _like_plain(name: str, about: str, **differs: Any) -> Shape:
    return replace(PLAIN, name=name, about=about, **differs)


REMOTE = _like_plain("primary-remote-multi-network", "cluster1's istiod serves both networks", primaries=1)
OTHERS = (
    _like_plain("five-clusters", "five primaries on five networks", size=5, primaries=5),
    _like_plain("ingress", "ingress gateways in a namespace of their own, as with Helm", extras=(Extra("ingress"),)),
    _like_plain(
        "ingress-gateway-api",
        "ingress gateways of the Kubernetes Gateway API in the application's namespace",
        extras=(Extra("ingress-gateway-api", gateway_api=True),),
    ),
    _like_plain(
        "narrow-exposure",
        "the gateways are open for the hosts that are called from elsewhere, and for no other",
        exposed=("helloworld.sample.svc.cluster.local", "*.sample.svc.cluster.local"),
    ),
    _like_plain("gateway-port", "gateways reached on port 8443, as their label says", gateway_port=8443),
    _like_plain("cluster-domain", "Services end in a domain of the company's own", domain="hello.internal"),
    _like_plain("mesh-networks", "networks declared by mesh configuration, not by labels", mesh_networks=True),
    _like_plain("pods-overlap", "pods of both networks have addresses of the same range", pods_overlap=True),
    _like_plain("active-passive", "helloworld is scaled to 0 in cluster1 and served by cluster2", passive=(1,)),
    _like_plain("canary", "a second istiod beside the first; half of the mesh has gone over", canary=NEWEST),
    replace(
        REMOTE,
        name="remote-by-name",
        about="the remote cluster's proxies reach istiod by a DNS name",
        istiod_by_name=True,
    ),
    _like_plain("strict-mtls", "mutual TLS is demanded everywhere", extras=(Extra("strict-mtls"),)),
    _like_plain(
        "registry-only",
        "proxies know their own namespace alone and lead nowhere else",
        mesh_config={"outboundTrafficPolicy": {"mode": "REGISTRY_ONLY"}},
        extras=(Extra("sidecars"),),
    ),
    _like_plain(
        "dns-capture",
        "proxies answer DNS; one Service is in cluster2 alone",
        mesh_config={"defaultConfig": {"proxyMetadata": SHOWN_DNS}},
        extras=(Extra("elsewhere", numbers=(2,), services={"elsewhere": Reach.SECOND}),),
    ),
    _like_plain(
        "service-kinds", "TCP, gRPC, headless Services, a StatefulSet", extras=(Extra("service-kinds", services=KINDS),)
    ),
    _like_plain(
        "dual-network",
        "cluster2's pods are on two networks, each with a gateway",
        extras=(Extra("dual-network", numbers=(2,), versions=("apart",)),),
    ),
    _like_plain(
        "two-meshes",
        "another tenant has a mesh of its own in the same clusters",
        tenant=True,
        mesh_config={"discoverySelectors": [{"matchExpressions": [{"key": TENANT, "operator": "DoesNotExist"}]}]},
        extras=(Extra("tenant"),),
    ),
    _like_plain(
        "virtual-machine",
        "a WorkloadEntry serves in cluster2, where the Deployment is at 0",
        passive=(2,),
        extras=(Extra("virtual-machine", numbers=(2,), versions=("machine",)),),
    ),
)

SHAPES: tuple[Shape, ...] = (
    PLAIN,
    replace(PLAIN, name="three-clusters", about="three primaries on three networks", size=3, primaries=3),
    FLAT,
    replace(
        PLAIN,
        name="three-clusters-two-networks",
        about="cluster1 and cluster2 share a network and its gateway, cluster3 is on another",
        size=3,
        primaries=3,
        joined=2,
    ),
    replace(
        PLAIN,
        name="two-primaries-one-remote",
        about="three networks; cluster1's istiod serves cluster3 as well",
        size=3,
    ),
    REMOTE,
    replace(FLAT, name="primary-remote-one-network", about="cluster1's istiod serves one network", primaries=1),
    replace(
        PLAIN,
        name="classic-sidecars",
        about="istio-proxy is an ordinary container, not a native sidecar",
        native_sidecars=False,
    ),
    replace(PLAIN, name="two-istiods", about="two replicas of istiod in each cluster", istiods=2),
    replace(
        PLAIN,
        name="revision-tag",
        about="istiod of a revision; namespaces choose it by a tag",
        revision="canary",
        tag="prod",
    ),
    replace(PLAIN, name="system-namespace", about="Istio lives in mesh-system", istio_namespace="mesh-system"),
    replace(PLAIN, name="two-roots", about="two trusted roots, each cluster's CA signed by another", roots=2),
    replace(
        PLAIN,
        name="locality",
        about="locality load balancing keeps calls near on purpose",
        locality=Locality.NEAREST,
    ),
    replace(
        PLAIN,
        name="cluster-local",
        about="helloworld is meant to be local to each cluster",
        locality=Locality.CLUSTER_LOCAL,
    ),
    replace(PLAIN, name="gateway-host-name", about="gateways reached by host name", gateway=GatewayKind.HOST_NAME),
    replace(
        PLAIN,
        name="gateway-external-ips",
        about="gateways reached by externalIPs",
        gateway=GatewayKind.EXTERNAL_IPS,
    ),
    replace(
        PLAIN,
        name="gateway-api",
        about="gateways of the Kubernetes Gateway API",
        gateway=GatewayKind.GATEWAY_API,
    ),
    *OTHERS,
)


def of_versions(shape: Shape, istio: tuple[str, ...], istioctl: str = "") -> Shape:
    """Return the shape with other versions of Istio: one for each cluster, or one for all."""
    for version in (*istio, *filter(None, (istioctl,))):
        version_named(version)
    chosen = replace(shape, istio=istio or shape.istio)
    return replace(chosen, chosen_istioctl="" if istioctl == chosen.istioctl else istioctl)


def shape_named(name: str) -> Shape:
    """Return the shape of this name."""
    for shape in SHAPES:
        if shape.name == name:
            return shape
    raise LabError(f"no shape {name}; there are {', '.join(shape.name for shape in SHAPES)}")
