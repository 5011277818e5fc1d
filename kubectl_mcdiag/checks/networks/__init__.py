"""Networks and gateways: networks of clusters and workloads, east-west gateways, what they expose and where.

Where pods of two clusters cannot reach each other directly, the clusters are on different networks, and calls go
through the east-west gateway of the destination: port 15443, mutual TLS from sidecar to sidecar, forwarded by SNI.
istiod finds a gateway by the label `topology.istio.io/network` of its Service, needs an address that clients can
reach, and a Gateway of mode AUTO_PASSTHROUGH that exposes the services. It must also know the network of every
workload, from the label of its pod or of the system namespace.
"""

from types import ModuleType

from kubectl_mcdiag.checks.networks import (
    client_sni,
    gateway_address,
    gateway_exposure,
    gateway_family,
    gateway_host_name,
    gateway_label,
    gateway_listener,
    gateway_load_balancer,
    gateway_port_label,
    gateway_ports,
    gateway_present,
    gateway_ready,
    gateway_view,
    mesh_networks,
    networks_apart,
    pod_ranges,
    proxies_in_sync,
    system_network,
    workload_network,
)

RULES: tuple[ModuleType, ...] = (
    gateway_present,
    gateway_label,
    gateway_address,
    gateway_host_name,
    gateway_family,
    gateway_port_label,
    gateway_ports,
    mesh_networks,
    system_network,
    workload_network,
    networks_apart,
    pod_ranges,
    gateway_exposure,
    gateway_listener,
    proxies_in_sync,
    gateway_ready,
    gateway_view,
    gateway_load_balancer,
    client_sni,
)
