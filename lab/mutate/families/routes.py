"""VirtualServices: made for a service that is called, changed, deleted."""

from collections.abc import Callable
from random import Random
from typing import Any

from lab.mutate.change import Mutation
from lab.mutate.drawing import NETWORKING, Called, called, created, deleted, edited, name, new, some
from lab.mutate.ground import Ground
from lab.mutate.registry import kind

FAMILY = "routes"
Rule = dict[str, Any]
ALWAYS = {"value": 100}

HTTP: dict[str, Callable[[Called], list[Rule]]] = {
    "as it was": lambda to: [_to(to)],
    "to a service that is not there": lambda to: [_to(to, host=f"nowhere.{to.namespace}.svc.cluster.local")],
    "to a subset that no rule declares": lambda to: [_to(to, subset="v9")],
    "to a port that it has not": lambda to: [_to(to, port={"number": 9999})],
    "by its port": lambda to: [_to(to, port={"number": to.port})],
    "aborted": lambda to: [{"fault": {"abort": {"httpStatus": 503, "percentage": ALWAYS}}, **_to(to)}],
    "half of it aborted": lambda to: [
        {"fault": {"abort": {"httpStatus": 503, "percentage": {"value": 50}}}, **_to(to)}
    ],
    "late": lambda to: [{"fault": {"delay": {"fixedDelay": "20s", "percentage": ALWAYS}}, **_to(to)}],
    "a little late": lambda to: [{"fault": {"delay": {"fixedDelay": "0.05s", "percentage": ALWAYS}}, **_to(to)}],
    "redirected": lambda _: [{"redirect": {"uri": "/elsewhere", "redirectCode": 302}}],
    "answered by the proxy itself": lambda _: [{"directResponse": {"status": 503}}],
    "rewritten": lambda to: [{"rewrite": {"uri": "/"}, **_to(to)}],
    "of one user": lambda to: [{"match": [{"headers": {"x-user": {"exact": "tester"}}}], **_to(to)}],
    "of a path that is called": lambda to: [{"match": [{"uri": {"prefix": "/hello"}}], **_to(to)}],
    "of a path that nobody calls": lambda to: [{"match": [{"uri": {"prefix": "/api/v2"}}], **_to(to)}],
    "of the client's pods": lambda to: [{"match": [{"sourceLabels": {"app": "curl"}}], **_to(to)}],
    "of other pods": lambda to: [{"match": [{"sourceLabels": {"app": "checkout"}}], **_to(to)}],
    "by one port only": lambda to: [{"match": [{"port": to.port}], **_to(to)}],
    "with a timeout that nothing can meet": lambda to: [{"timeout": "0.001s", "retries": {"attempts": 0}, **_to(to)}],
    "with a timeout": lambda to: [{"timeout": "3s", **_to(to)}],
    "half of it to a service that is not there": lambda to: [_split(to, f"nowhere.{to.namespace}.svc.cluster.local")],
    "in two halves": lambda to: [_split(to, to.host)],
    "mirrored to a service that is not there": lambda to: [{"mirror": {"host": "nowhere"}, **_to(to)}],
    "with a header": lambda to: [{"headers": {"request": {"set": {"x-team": "amber"}}}, **_to(to)}],
}
TCP: dict[str, Callable[[Called], list[Rule]]] = {
    "as it was": lambda to: [_to(to)],
    "to a service that is not there": lambda to: [_to(to, host=f"nowhere.{to.namespace}.svc.cluster.local")],
    "to a subset that no rule declares": lambda to: [_to(to, subset="v9")],
    "to a port that it has not": lambda to: [_to(to, port={"number": 9999})],
    "of one port": lambda to: [{"match": [{"port": to.port}], **_to(to)}],
    "of other pods": lambda to: [{"match": [{"sourceLabels": {"app": "checkout"}}], **_to(to)}],
}


@kind
def created_route(chance: Random, ground: Ground) -> Mutation:
    """Draw a new VirtualService for a service."""
    to = called(chance, ground)
    protocol, routes = ("http", HTTP) if to.is_http else ("tcp", TCP)
    about = chance.choice(list(routes))
    spec: dict[str, Any] = {"hosts": [to.host], protocol: routes[about](to)}
    if chance.random() < 0.1:
        spec["exportTo"] = ["."]
    made = new(NETWORKING, "VirtualService", to.namespace, name(chance, "route"), spec)
    what = f"VirtualService for {to.name}: {about}{', seen in its namespace only' if 'exportTo' in spec else ''}"
    return created(FAMILY, what, some(chance, ground.shape.primary_clusters), made)


@kind
def changed_route(chance: Random, ground: Ground) -> Mutation | None:
    """Draw the route of a VirtualService that is there, as one of those that could be new."""
    found = [one for one in ground.of("VirtualService") if one.namespace == "shop"]
    if not found:
        return None
    one = chance.choice(found)
    to = Called(one.name, one.namespace, "stock", 5000)
    about = chance.choice(list(HTTP))
    what = f"VirtualService {one.name}: {about}"
    return edited(FAMILY, what, [one], lambda copy: copy["spec"].update(http=HTTP[about](to)))


@kind
def deleted_route(chance: Random, ground: Ground) -> Mutation | None:
    """Draw a VirtualService that is there no more."""
    found = [one for one in ground.of("VirtualService") if one.namespace == "shop"]
    return deleted(FAMILY, [chance.choice(found)]) if found else None


def _to(to: Called, **destination: Any) -> Rule:
    return {"route": [{"destination": {"host": to.host, **destination}}]}


def _split(to: Called, other: str) -> Rule:
    halves = [{"destination": {"host": host}, "weight": 50} for host in (to.host, other)]
    return {"route": halves}
