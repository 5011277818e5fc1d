"""What a check says of a mesh made in code."""

from collections.abc import Iterable
from types import ModuleType
from typing import Any

from kubectl_mcdiag.checks.contract import Finding
from kubectl_mcdiag.mesh.model import Pair
from kubectl_mcdiag.mesh.view import View
from tests import made

PAIR, BACK = Pair("a", "b"), Pair("b", "a")
INJECTING = made.namespace("shop", {"istio-injection": "enabled"})
WEB = {"app": "web"}


def mesh(
    here: Iterable[Any] = (),
    there: Iterable[Any] = (),
    third: Iterable[Any] | None = None,
    networks: tuple[str, ...] = ("x", "y", "z"),
    more: Any = None,
    **settings: Any,
) -> View:
    """Return two clusters, or three, on networks of their own, each with an istiod."""
    asked = more or {}
    held = zip("abc", (here, there, third), networks, strict=True)
    return made.view(
        {
            name: made.cluster(
                made.istiod(cluster_id=name), *made.flat(*things), network=network, more=asked.get(name, asked.get(""))
            )
            for name, things, network in held
            if things is not None
        },
        **settings,
    )


def told(rule: ModuleType, view: View, unit: Any = PAIR) -> list[Any]:
    """Return status, service, clusters and pairs of what a check finds."""
    found = (one for one in rule.run(view, unit) if isinstance(one, Finding))
    return [
        (
            one.status.value,
            one.scope.service,
            "".join(one.scope.clusters),
            [f"{p.source}{p.destination}" for p in one.scope.pairs],
        )
        for one in found
    ]


def only(rule: ModuleType, view: View, unit: Any = PAIR) -> Finding:
    """Return the one thing that a check finds."""
    (found,) = rule.run(view, unit)
    assert isinstance(found, Finding)
    return found
