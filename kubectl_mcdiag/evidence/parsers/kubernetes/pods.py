r"""Pods of a cluster, one line each, cut by a jsonpath template so that ten thousand of them stay small.

A line: namespace, name, labels, created, being deleted since, phase, pod IPs, node, ready, container names, init
container names, environment of `istio-proxy` (as container, as init container) and of `discovery`, the image of the
proxy or of istiod, how often istiod was restarted in this pod, what containers wait for, service account, whether it is
on the node's own network, its annotation `sidecar.istio.io/inject`, the ports that its containers declare, and the
arguments of `istio-init` or `istio-validation`:

    sample⇥sleep-7c9⇥{"app":"sleep"}⇥2026-11-23T…Z⇥⇥Running⇥[{"ip":"10.10.0.9"}]⇥c1⇥True⇥sleep⇥istio-init istio-proxy⇥…
"""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from kubectl_mcdiag.errors import ParseError
from kubectl_mcdiag.evidence.names import ADDRESS, LABEL, LABEL_VALUE, NAME, Kind
from kubectl_mcdiag.evidence.parsers.kubernetes import redirection
from kubectl_mcdiag.evidence.parsers.kubernetes.redirection import Redirection
from kubectl_mcdiag.evidence.parsers.shapes import load_json, mapping, number, sequence, text, texts
from kubectl_mcdiag.evidence.redaction import WORD, Each, kept, named

_PROXY = '[?(@.name=="istio-proxy")]'
_DISCOVERY = '[?(@.name=="discovery")]'
_INIT = '[?(@.name=="istio-init")]'
_VALIDATION = '[?(@.name=="istio-validation")]'
INJECT = "sidecar.istio.io/inject"
COLUMNS = (
    "{.metadata.namespace}",
    "{.metadata.name}",
    "{.metadata.labels}",
    "{.metadata.creationTimestamp}",
    "{.metadata.deletionTimestamp}",
    "{.status.phase}",
    "{.status.podIPs}",
    "{.spec.nodeName}",
    '{.status.conditions[?(@.type=="Ready")].status}',
    "{.spec.containers[*].name}",
    "{.spec.initContainers[*].name}",
    f"{{.spec.containers{_PROXY}.env}}",
    f"{{.spec.initContainers{_PROXY}.env}}",
    f"{{.spec.containers{_DISCOVERY}.env}}",
    f"{{.spec.containers{_PROXY}.image}}{{.spec.initContainers{_PROXY}.image}}{{.spec.containers{_DISCOVERY}.image}}",
    f"{{.status.containerStatuses{_DISCOVERY}.restartCount}}",
    "{.status.containerStatuses[*].state.waiting.reason}",
    "{.spec.serviceAccountName}",
    "{.spec.hostNetwork}",
    "{.metadata.annotations.sidecar\\.istio\\.io/inject}",
    "{.spec.containers[*].ports[*].containerPort}",
    f"{{.spec.initContainers{_INIT}.args}}{{.spec.initContainers{_VALIDATION}.args}}",
)
REDIRECTION = len(COLUMNS) - 1
OLDEST = 15
"""How many of these columns the oldest recordings have; later ones were added at the end."""
TEMPLATE = "{range .items[*]}" + '{"\\t"}'.join(COLUMNS) + '{"\\n"}{end}'
ENVIRONMENT = frozenset(
    {
        "AMBIENT_ENABLE_MULTI_NETWORK",
        "AMBIENT_ENABLE_MULTI_NETWORK_INGRESS",
        "CA_ADDR",
        "CLUSTER_ID",
        "ENABLE_CA_SERVER",
        "ENABLE_MCS_SERVICE_DISCOVERY",
        "EXTERNAL_CA",
        "EXTERNAL_ISTIOD",
        "ISTIO_META_CLUSTER_ID",
        "ISTIO_META_DNS_CAPTURE",
        "ISTIO_META_GENERATOR",
        "ISTIO_META_MESH_ID",
        "ISTIO_META_NETWORK",
        "ISTIO_META_REQUESTED_NETWORK_VIEW",
        "ISTIO_MULTIROOT_MESH",
        "LOCAL_CLUSTER_SECRET_WATCHER",
        "PILOT_CERT_PROVIDER",
        "PILOT_ENABLE_AMBIENT",
        "PILOT_ENABLE_CA_CRL",
        "PILOT_INSECURE_MULTICLUSTER_KUBECONFIG_OPTIONS",
        "PILOT_MULTICLUSTER_KUBECONFIG_PATH",
        "PILOT_REMOTE_CLUSTER_TIMEOUT",
        "PILOT_SCOPE_GATEWAY_TO_NAMESPACE",
        "PILOT_SKIP_VALIDATE_TRUST_DOMAIN",
        "RESOLVE_HOSTNAME_GATEWAYS",
        "REVISION",
        "ROOT_CA_DIR",
        "TRUST_DOMAIN",
        "USE_CACERTS_FOR_SELF_SIGNED_CA",
    }
)
"""The only environment variables that are kept; everything else is dropped before it is stored."""


@dataclass(frozen=True, slots=True)
class Pod:
    """A pod; `environment` is that of its proxy, or of istiod; `version` the tag of that image.

    `restarts`: of istiod within this pod. `waiting`: reasons such as `CrashLoopBackOff` or `ContainerCreating`.
    `service_account` is empty in recordings older than that column, and so are `ports`, those that it declares.
    `redirection`: which of its connections pass through its Envoy, None where nothing says so.
    """

    name: str
    namespace: str
    labels: dict[str, str]
    created: str
    is_terminating: bool
    phase: str
    addresses: tuple[str, ...]
    node: str
    ready: bool
    containers: tuple[str, ...]
    init_containers: tuple[str, ...]
    environment: dict[str, str]
    version: str
    restarts: int = 0
    waiting: tuple[str, ...] = ()
    service_account: str = ""
    is_on_host_network: bool = False
    inject: str = ""
    ports: tuple[int, ...] = ()
    redirection: Redirection | None = None

    @property
    def full_name(self) -> str:
        """`name.namespace`, as istioctl writes it."""
        return f"{self.name}.{self.namespace}"

    @property
    def is_injected(self) -> bool:
        """Whether it has a sidecar, native (1.27 and newer) or classic."""
        return "istio-proxy" in self.containers + self.init_containers

    @property
    def is_crashing(self) -> bool:
        """Whether its istiod ends again and again."""
        return bool(self.restarts) and not self.ready

    @property
    def state(self) -> str:
        """How it is, in words: its phase, or that it ends again and again."""
        return (
            f"{' '.join(self.waiting) or 'not ready'} after {self.restarts} restarts"
            if self.is_crashing
            else self.phase
        )

    @property
    def is_proxyless(self) -> bool:
        """Whether its agent serves gRPC in the application itself, without an Envoy."""
        return self.environment.get("ISTIO_META_GENERATOR") == "grpc"

    @property
    def answers_dns(self) -> bool:
        """Whether its proxy answers the DNS queries of its containers."""
        return self.environment.get("ISTIO_META_DNS_CAPTURE", "").lower() == "true"

    @property
    def is_gateway(self) -> bool:
        """Whether its proxy stands alone, as in gateways."""
        return self.containers == ("istio-proxy",)


def redact(output: str) -> str:
    """Drop every environment variable and argument that is not on a list."""
    return "".join(f"{_redacted(line)}\n" for line in output.splitlines())


def _redacted(line: str) -> str:
    cells = line.split("\t")
    if not OLDEST <= len(cells) <= len(COLUMNS):
        raise ParseError(f"expected {len(COLUMNS)} columns, got {len(cells)}")
    return "\t".join(redact(cell) for redact, cell in zip(_KEPT, cells, strict=False))


def _json(shape: Any) -> Callable[[str], str]:
    return lambda cell: json.dumps(kept(shape, load_json(cell))) if cell else ""


def _words(kind: Kind) -> Callable[[str], str]:
    return lambda cell: " ".join(named(kind, word) for word in cell.split())


def _variables(cell: str) -> str:
    found = [{"name": name, "value": named(SETTING, value)} for name, value in _environment(cell).items()]
    return json.dumps(found) if cell else ""


def _image(cell: str) -> str:
    """Keep the tag: the registry is nobody's business."""
    return f":{named(WORD, tag)}" if (tag := _tag(cell)) else ""


_is_setting = re.compile(r"[\w.,:/@*=-]{0,253}", re.ASCII).fullmatch
COUNT = Kind("a number", lambda value: value.isdigit() and value.isascii() and len(value) < 10)
SETTING = Kind("a setting", lambda value: _is_setting(value) is not None)
_KEPT: tuple[Callable[[str], str], ...] = (
    LABEL.of,
    NAME.of,
    _json(Each(LABEL_VALUE)),
    _words(SETTING),
    _words(SETTING),
    _words(WORD),
    _json([{"ip": ADDRESS}]),
    _words(NAME),
    _words(WORD),
    _words(LABEL),
    _words(LABEL),
    _variables,
    _variables,
    _variables,
    _image,
    _words(COUNT),
    _words(WORD),
    _words(NAME),
    _words(WORD),
    _words(WORD),
    _words(COUNT),
    redirection.redact,
)
"""What is kept of each column."""


def parse(output: str) -> tuple[Pod, ...]:
    """Return the pods in the order printed; an unexpected number of columns raises `ParseError`."""
    return tuple(_pod(line) for line in output.splitlines() if line)


def _pod(line: str) -> Pod:
    cells = line.split("\t")
    if not OLDEST <= len(cells) <= len(COLUMNS):
        raise ParseError(f"expected {len(COLUMNS)} columns, got {len(cells)}")
    cells += [""] * (len(COLUMNS) - len(cells))
    labels = texts(load_json(cells[2])) if cells[2] else {}
    addresses = sequence(load_json(cells[6])) if cells[6] else []
    return Pod(
        namespace=cells[0],
        name=cells[1],
        labels=labels,
        created=cells[3],
        is_terminating=bool(cells[4]),
        phase=cells[5],
        addresses=tuple(text(mapping(entry).get("ip")) for entry in addresses),
        node=cells[7],
        ready=cells[8] == "True",
        containers=tuple(cells[9].split()),
        init_containers=tuple(cells[10].split()),
        environment=_environment(cells[11]) | _environment(cells[12]) | _environment(cells[13]),
        version=_tag(cells[14]),
        restarts=number(cells[15]),
        waiting=tuple(cells[16].split()),
        service_account=cells[17],
        is_on_host_network=cells[18] == "true",
        inject=labels.get(INJECT, cells[19]),
        ports=tuple(map(number, cells[20].split())),
        redirection=redirection.parse(cells[REDIRECTION]),
    )


def _environment(cell: str) -> dict[str, str]:
    if not cell:
        return {}
    entries: list[dict[str, Any]] = [mapping(entry) for entry in sequence(load_json(cell))]
    return {
        text(entry.get("name")): text(entry.get("value"))
        for entry in entries
        if text(entry.get("name")) in ENVIRONMENT and "valueFrom" not in entry
    }


def _tag(image: str) -> str:
    name = image.split("@", 1)[0].rsplit("/", 1)[-1]
    return name.partition(":")[2].removesuffix("-distroless")
