"""The calls of a pair: which client's proxy calls which port of which service in another cluster."""

from dataclasses import dataclass

from kubectl_mcdiag.evidence.parsers.kubernetes.resources import ServicePort
from kubectl_mcdiag.mesh.access.identity import clients, services
from kubectl_mcdiag.mesh.model import Pair
from kubectl_mcdiag.mesh.services.endpoints import crossing
from kubectl_mcdiag.mesh.view import View, fact


@dataclass(frozen=True, slots=True)
class Call:
    """A client's proxy (`name.namespace`) calls a port of a service (`name.namespace`) in another cluster."""

    pair: Pair
    client: str
    service: str
    port: int

    @property
    def source(self) -> str:
        """The cluster of the client."""
        return self.pair.source

    @property
    def destination(self) -> str:
        """The cluster where the call should also arrive."""
        return self.pair.destination

    @property
    def values(self) -> dict[str, str]:
        """What it is called in sentences."""
        return {
            "client": self.client,
            "service": self.service,
            "port": str(self.port),
            "source": self.source,
            "destination": self.destination,
        }


@fact
def calls(view: View, pair: Pair) -> tuple[Call, ...]:
    """Return every call of a pair that is judged: each sampled client, each TCP port of each service that crosses."""
    return tuple(
        Call(pair, client.full_name, service, port.port)
        for client in clients(view, pair.source)
        for service in crossing(view, pair.source, pair.destination)
        for port in ports(view, pair.source, service)
    )


def ports(view: View, context: str, service: str) -> tuple[ServicePort, ...]:
    """Return the ports of a Service that a sidecar takes calls to."""
    return tuple(port for port in services(view, context)[service].ports if port.protocol in ("", "TCP"))
