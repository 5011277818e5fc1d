"""One hop of a call: how it stands, why, and by what that was seen."""

from dataclasses import dataclass, field
from enum import Enum

from kubectl_mcdiag.errors import Forgone, Unavailable
from kubectl_mcdiag.evidence.shell import Shell


class Kind(Enum):
    """The hops of a call, in order."""

    NAME = "name"
    ROUTE = "route"
    ENDPOINTS = "endpoints"
    CONNECTION = "connection"
    ENTRANCE = "entrance"
    TRUST = "trust"
    ADMISSION = "admission"
    ANSWER = "answer"


class State(Enum):
    """How a hop stands. `IDLE`: nothing has passed, and nothing speaks against it. `KEPT_AWAY`: by a policy."""

    WORKS = "works"
    IDLE = "idle"
    KEPT_AWAY = "kept away"
    NOT_SEEN = "not seen"
    BROKEN = "broken"


class Reason(Enum):
    """Why a hop is broken or not known to work; the text takes the values of its hop and of its call."""

    NONE = ""
    UNKNOWN_HOST = "The proxy of {client} in {source} has no cluster for {host}:{port}"
    NO_ROUTE = "The proxy of {client} in {source} has no route to {service} for requests without special headers"
    ROUTE_TO_NOWHERE = "{source} routes requests to {service} to {cluster}, which does not exist"
    ABORTED = "{source} answers requests to {service} with {status} instead of sending them"
    REDIRECTED = "{source} redirects requests to {service} instead of sending them"
    STOPPED = "The proxy of {client} in {source} does not pass on requests to {service}: {policy} stops them"
    FILTERED = "The proxy of {client} in {source} passes requests to {service} through the filter {filter} of {objects}"
    NO_CONNECT_TIME = "{source} gives connections to {service} only {timeout}, by {policy}"
    NO_TIME = "{source} gives requests to {service} only {timeout}"
    NO_ENDPOINTS = "The proxy of {client} in {source} has no endpoint of {cluster} that leads to {destination}"
    NO_SUBSET = "{source} routes requests to {service} to {cluster}, which has no endpoint in any cluster"
    POD_ADDRESS = "The proxy of {client} in {source} has pod addresses of another network for {service}: {addresses}"
    EJECTED = "The proxy of {client} in {source} has ejected all endpoints of {service} that lead to {destination}"
    NO_CONNECTION = "The proxy of {client} in {source} cannot connect to {address}"
    FAILED_BEFORE = (
        "{failures} connections of {client} in {source} to {address} have failed, none is open, and nobody calls now"
    )
    NOT_LISTENING = "Gateway {gateway} in {context} does not listen on port {port}{refused}"
    NO_CHAIN = "Gateway {gateway} in {context} has no filter chain for the server name {sni}"
    PROXY_PROTOCOL = "Gateway {gateway} in {context} expects the PROXY protocol on port {port}, which no sidecar sends"
    TURNED_AWAY = "Gateway {gateway} in {context} refuses connections by {policy}"
    NOTHING_BEHIND = "Gateway {gateway} in {context} has no healthy endpoint behind the server name {sni}"
    NOT_MUTUAL = "The proxy of {client} in {source} does not call {cluster} by mutual TLS"
    NO_CERTIFICATE = "The proxy of {pod} in {context} has no certificate"
    CLIENT_DISTRUSTS = "{client} in {source} does not trust the root that signs for {server} in {destination}"
    SERVER_DISTRUSTS = "{server} in {destination} does not trust the root that signs for {client} in {source}"
    OTHER_NAME = "{client} in {source} asks for {wanted}, and {server} in {destination} is {carried}"
    REFUSED = "{server} in {destination} refuses {caller} by {policy}"
    DEPENDS = "{server} in {destination} admits only requests with what {policy} asks for: {conditions}"
    ALL_REFUSED = "{server} in {destination} has refused {denied} requests by {policy}, and admitted none"
    FAULT = "{server} in {destination} answers requests itself with {status}, by {policy}"
    LIMITED = "{server} in {destination} admits only so many requests: {limit}, by {policy}"
    FOREIGN_FILTER = "{server} in {destination} passes requests through the filter {filter} of {objects}"
    NOT_TAKEN = "{server} in {destination} accepts no mutual TLS on port {port}"
    NO_ANSWER = "{failed} of {sent} requests from {source} to {service} failed, none was answered from {destination}"
    NOT_SERVED = (
        "The sidecar of {workload} in {destination} cannot connect to its application on port {port}:"
        " {failures} connections failed, none succeeded"
    )
    ERRORS = "All {errors} requests from {source} to {service} at {address} were answered with errors"


@dataclass(frozen=True, slots=True)
class Seen:
    """A command that shows a hop, and the lines of its output that matter."""

    context: str
    command: Shell
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Hop:
    """How one hop stands; `values` are what its reason is about, `note` says why it was not seen."""

    kind: Kind
    state: State
    reason: Reason = Reason.NONE
    values: dict[str, str] = field(default_factory=dict)
    seen: tuple[Seen, ...] = ()
    note: str = ""

    @property
    def stops(self) -> bool:
        """Whether a call does not get past it."""
        return self.state in (State.BROKEN, State.KEPT_AWAY)


def unread(kind: Kind, why: Unavailable) -> Hop:
    """Return the hop of what could not be read; what the user's choice forgoes speaks neither for nor against it."""
    return Hop(kind, State.IDLE if isinstance(why, Forgone) else State.NOT_SEEN, note=str(why))
