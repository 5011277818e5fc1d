"""Requests from the client of every cluster, all of a cluster in one go, and what its Envoy counted meanwhile."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from lab.clusters.cluster import Cluster
from lab.clusters.tools import kubectl
from lab.mesh.workloads import SAMPLE
from lab.mutate.shop import SHOP
from lab.processes import together
from lab.rules import cut
from lab.shape import SERVICE, Locality, Shape

NUMBER = 12
SECONDS = 15
"""Long, for a busy machine is slow and nothing else; what is lost or refused fails sooner."""
COUNTERS = "curl -s -m 5 localhost:15000/clusters | grep -E '(sample|shop).*::(rq_error|cx_connect_fail)::[1-9]'"
BURST = (
    "( r=$(curl -s -Z --parallel-max {number} -m {seconds} '{url}?[1-{number}]' 2>/dev/null);"
    ' printf "== {service}\\n%s\\n" "$r" ) &'
)
COUNTED = re.compile(r"^outbound\|\d+\|[^|]*\|([^:]+)::(.+):\d+::(?:rq_error|cx_connect_fail)::(\d+)$")
KEPT_OPEN = "( dport != :15012 and sport != :15012 and dport != :443 and dport != :6443 and sport != :15017 )"
"""Connections to istiod and to API servers: those of the data plane are all others."""


@dataclass(frozen=True, slots=True)
class Call:
    """One service that a client calls, and the clusters whose pods answer when all is well."""

    service: str
    namespace: str
    port: int
    homes: frozenset[str]

    @property
    def url(self) -> str:
        """Where the requests go."""
        return f"http://{self.service}.{self.namespace}:{self.port}/hello"

    @property
    def name(self) -> str:
        """The service as reports call it."""
        return f"{self.service}.{self.namespace}"


@dataclass(frozen=True, slots=True)
class Seen:
    """What came of one call's requests.

    `answers`: by the cluster that answered. `errors`: failures that the client's Envoy counted, by the cluster
    that the endpoint leads to.
    """

    call: Call
    failed: int
    answers: Mapping[str, int] = field(default_factory=dict)
    errors: Mapping[str, int] = field(default_factory=dict)

    def __str__(self) -> str:
        counts = [f"{home} {number}" for home, number in sorted(self.answers.items())]
        errors = [f"errors at {home} {number}" for home, number in sorted(self.errors.items())]
        return ", ".join((*counts, *([f"failed {self.failed}"] if self.failed else ()), *errors))


def calls(shape: Shape) -> tuple[Call, ...]:
    """Return what every client calls: helloworld, and for each cluster what is only there."""
    everywhere = frozenset(cluster.name for cluster in shape.clusters)
    shared = () if shape.locality is not Locality.NONE else (Call(SERVICE, SAMPLE, 5000, everywhere),)
    single = (
        Call(f"{name}-{cluster.number}", SHOP, port, frozenset({cluster.name}))
        for cluster in shape.clusters
        for name, port in (("stock", 5000), ("ledger", 6000))
    )
    return (*shared, *single)


def ask(shape: Shape) -> Mapping[str, tuple[Seen, ...]]:
    """Send requests from every cluster over new connections; return what came of them by the caller's cluster."""
    together(lambda cluster: cut(cluster, KEPT_OPEN), shape.clusters)
    seen = together(lambda cluster: _ask(shape, cluster), shape.clusters)
    return {cluster.name: found for cluster, found in zip(shape.clusters, seen, strict=True)}


def _ask(shape: Shape, caller: Cluster) -> tuple[Seen, ...]:
    wanted = calls(shape)
    said = kubectl(
        caller, "-n", SAMPLE, "exec", "deployment/curl", "-c", "curl", "--", "sh", "-c", script(wanted)
    )  # fmt: skip
    return tuple(read(said, wanted, shape))


def script(wanted: tuple[Call, ...]) -> str:
    """Return what the client runs: counters, all bursts at once, counters again."""
    bursts = "\n".join(BURST.format(number=NUMBER, seconds=SECONDS, url=call.url, service=call.name) for call in wanted)
    return f"{COUNTERS}\necho == sent\n{bursts}\nwait\necho == counted\n{COUNTERS}\ntrue"


def read(said: str, wanted: tuple[Call, ...], shape: Shape) -> Iterator[Seen]:
    """Yield what came of each call, from all that the client's script printed."""
    sections = {title: text for title, _, text in (part.partition("\n") for part in f"\n{said}".split("\n== "))}
    before = _counters(said.partition("== sent")[0], shape)
    errors = _counters(sections.get("counted", ""), shape)
    for call in wanted:
        answers = Counter(f"cluster{number}" for number in re.findall(r"version: v(\d+),", sections.get(call.name, "")))
        counted = {
            home: number - before.get((host, home), 0)
            for (host, home), number in errors.items()
            if host.startswith(f"{call.name}.svc") and number > before.get((host, home), 0)
        }
        yield Seen(call, NUMBER - answers.total(), dict(answers), counted)


def _counters(text: str, shape: Shape) -> Counter[tuple[str, str]]:
    """Return what Envoy counted as failed, by host and by the cluster behind the address."""
    found: Counter[tuple[str, str]] = Counter()
    for host, address, number in (match.groups() for match in map(COUNTED.match, text.splitlines()) if match):
        for cluster in shape.clusters:
            if leads_to(address, cluster):
                found[host, cluster.name] += int(number)
    return found


def leads_to(address: str, cluster: Cluster) -> bool:
    """Return whether an endpoint's address is a pod, or a gateway, of the cluster."""
    return address in (*cluster.pool, cluster.external_address, cluster.address) or address.startswith(
        cluster.pods.removesuffix("0/24")
    )
