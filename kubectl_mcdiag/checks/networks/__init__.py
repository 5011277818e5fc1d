"""Networks and gateways: networks of clusters and workloads, east-west gateways, what they expose and where."""

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
