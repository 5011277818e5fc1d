"""What is kept of Istio's ConfigMaps: of the mesh configuration, of `meshNetworks` and of the values for injection."""

import re

from kubectl_mcdiag.evidence.names import (
    ADDRESS,
    CLUSTER,
    HOST,
    LABEL,
    LABEL_KEY,
    LABEL_VALUE,
    NETWORK,
    RANGE,
    TRUST_DOMAIN,
    Kind,
)
from kubectl_mcdiag.evidence.names import (
    MESH as MESH_ID,
)
from kubectl_mcdiag.evidence.parsers import certificates
from kubectl_mcdiag.evidence.parsers.kubernetes.istio_shapes import LOCALITY_SETTING as LOCALITY
from kubectl_mcdiag.evidence.redaction import FLAG, WORD, Each, Text, named

_NAMESPACES = Kind("a namespace, or a sign for some", lambda value: value in (".", "*", "~") or LABEL.accepts(value))
_SELECTOR = {
    "matchLabels": Each(LABEL_VALUE),
    "matchExpressions": [{"key": LABEL_KEY, "operator": WORD, "values": [LABEL_VALUE]}],
}


def _server(value: str) -> str:
    """Return a host with its port, or an address."""
    host, _, port = value.rpartition(":")
    if re.fullmatch(r"\d{1,5}", port) and (HOST.accepts(host) or ADDRESS.accepts(host.strip("[]"))):
        return value
    return named(HOST, value)


MESH = {
    "caCertificates": [{"pem": Text(certificates.redact), "trustDomains": [TRUST_DOMAIN]}],
    "defaultConfig": {"discoveryAddress": Text(_server), "meshId": MESH_ID},
    "defaultDestinationRuleExportTo": [_NAMESPACES],
    "defaultServiceExportTo": [_NAMESPACES],
    "defaultVirtualServiceExportTo": [_NAMESPACES],
    "discoverySelectors": [_SELECTOR],
    "enableAutoMtls": FLAG,
    "localityLbSetting": LOCALITY,
    "meshMTLS": {"minProtocolVersion": WORD},
    "outboundTrafficPolicy": {"mode": WORD},
    "rootNamespace": LABEL,
    "serviceScopeConfigs": [{"servicesSelector": _SELECTOR, "namespaceSelector": _SELECTOR, "scope": WORD}],
    "serviceSettings": [{"settings": {"clusterLocal": FLAG}, "hosts": [HOST]}],
    "trustDomain": TRUST_DOMAIN,
    "trustDomainAliases": [TRUST_DOMAIN],
    "zoneAwareLbSetting": {"enabled": FLAG},
}
_ENDPOINT = {"fromRegistry": CLUSTER, "fromCidr": RANGE}
_GATEWAY = {"address": Text(_server), "registryServiceName": HOST, "port": WORD, "locality": WORD}
NETWORKS = {"networks": Each({"endpoints": [_ENDPOINT], "gateways": [_GATEWAY]}, NETWORK)}
VALUES = {
    "global": {
        "meshID": MESH_ID,
        "network": NETWORK,
        "caAddress": Text(_server),
        "multiCluster": {"clusterName": CLUSTER},
    }
}
