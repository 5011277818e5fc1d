"""What the annotations of a gateway's Service make of its load balancer, where that is not plain TCP for everybody.

The annotations are those of AWS, Azure, Google, DigitalOcean and Linode as their controllers document them.
"""

from kubectl_mcdiag.evidence.parsers.kubernetes.resources import Service
from kubectl_mcdiag.mesh.networks.gateways import gateway_port

AWS = "service.beta.kubernetes.io/aws-load-balancer-"
HTTP = ("http", "https", "http2", "ssl", "tls")
INTERNAL = (
    (f"{AWS}internal", ("true", "0.0.0.0/0")),
    (f"{AWS}scheme", ("internal",)),
    ("service.beta.kubernetes.io/azure-load-balancer-internal", ("true",)),
    ("networking.gke.io/load-balancer-type", ("internal",)),
    ("cloud.google.com/load-balancer-type", ("internal",)),
)
SPEAKS = (
    (f"{AWS}backend-protocol", HTTP),
    ("service.beta.kubernetes.io/do-loadbalancer-protocol", HTTP),
    ("service.beta.kubernetes.io/linode-loadbalancer-default-protocol", HTTP),
)
HEADER = (
    (f"{AWS}proxy-protocol", ("*",)),
    ("service.beta.kubernetes.io/do-loadbalancer-enable-proxy-protocol", ("true",)),
    ("service.beta.kubernetes.io/linode-loadbalancer-default-proxy-protocol", ("v1", "v2")),
)


def is_internal(service: Service) -> tuple[str, ...]:
    """Return the annotations that give a load balancer an address inside its own cloud network."""
    return _found(service, INTERNAL)


def not_plain(service: Service) -> dict[str, str]:
    """Return the annotations that make a load balancer more than a forwarder of TCP, each with what it does."""
    return {
        **dict.fromkeys(_ends_tls(service), "terminates TLS"),
        **dict.fromkeys(_found(service, SPEAKS), "uses a protocol other than TCP to the gateway"),
        **dict.fromkeys(_found(service, HEADER), "sends a PROXY header before the TLS handshake"),
        **dict.fromkeys(_asks_by_http(service), "checks the health of port 15443 over HTTP"),
    }


def _found(service: Service, rules: tuple[tuple[str, tuple[str, ...]], ...]) -> tuple[str, ...]:
    known = service.annotations
    return tuple(f"{key}={known[key]}" for key, values in rules if known.get(key, "").lower() in values)


def _ends_tls(service: Service) -> tuple[str, ...]:
    key = f"{AWS}ssl-cert"
    if key not in service.annotations:
        return ()
    wanted = service.annotations.get(f"{AWS}ssl-ports", "*").split(",")
    names = {port.name for port in service.ports if port.port == gateway_port(service)}
    concerned = {"*", str(gateway_port(service)), *names} & set(wanted)
    return (f"{key}={service.annotations[key]}",) if concerned else ()


def _asks_by_http(service: Service) -> tuple[str, ...]:
    key, port = f"{AWS}healthcheck-protocol", service.annotations.get(f"{AWS}healthcheck-port", "traffic-port")
    value = service.annotations.get(key, "")
    asks = value.lower() in ("http", "https") and port in ("traffic-port", str(gateway_port(service)))
    return (f"{key}={value}",) if asks else ()
