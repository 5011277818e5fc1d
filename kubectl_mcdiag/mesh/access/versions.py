"""Versions of istiods and proxies, and how far proxies have taken what they were sent."""

import re
from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime

from kubectl_mcdiag.evidence.commands import SYNCZ
from kubectl_mcdiag.evidence.parsers.istiod.syncz import ConnectedProxy, Stream
from kubectl_mcdiag.evidence.parsers.kubernetes.pods import Pod
from kubectl_mcdiag.mesh.access.identity import cluster_id, control_planes, istiods, pods
from kubectl_mcdiag.mesh.view import View, fact

SLOW_SECONDS = 30
_NUMBERS = re.compile(r"\D{0,2}1\.(\d+)")


@dataclass(frozen=True, slots=True)
class Strayed:
    """Proxies (`pod.namespace`) of one version that is `apart` minor versions behind (below 0: ahead of) istiod's."""

    plane: str
    istiod: Pod
    version: str
    apart: int
    proxies: tuple[str, ...]


def minor(pod: Pod) -> int:
    """Return the minor version of an istiod pod by its image's tag, 0 where the tag tells none."""
    return _minor(pod.version)


def _minor(version: str) -> int:
    found = _NUMBERS.match(version)
    return int(found[1]) if found else 0


@fact
def connected(view: View, context: str) -> tuple[tuple[str, Pod, ConnectedProxy], ...]:
    """Return the proxies of a cluster, each with the istiod pod it is connected to and that one's context.

    istiod lists a proxy for a while after its pod is gone; those are left out.
    """
    own, alive = cluster_id(view, context), {pod.full_name for pod in pods(view, context)}
    return tuple(
        (plane, istiod, proxy)
        for plane in control_planes(view, context)
        for istiod in istiods(view, plane)
        for proxy in view.read(SYNCZ, plane, istiod.full_name)
        if proxy.cluster in ("", own) and proxy.name in alive
    )


@fact
def strayed(view: View, context: str) -> tuple[Strayed, ...]:
    """Return the proxies that are ahead of their istiod, or more than one minor version behind it."""
    groups: dict[tuple[str, str, str], list[tuple[Pod, str]]] = defaultdict(list)
    for plane, istiod, proxy in connected(view, context):
        groups[(plane, istiod.name, proxy.version)].append((istiod, proxy.name))
    found = []
    for (plane, _, version), members in groups.items():
        istiod, names = members[0][0], tuple(sorted(name for _, name in members))
        apart = minor(istiod) - _minor(version)
        if minor(istiod) and _minor(version) and apart not in (0, 1):
            found.append(Strayed(plane, istiod, version, apart, names))
    return tuple(found)


@fact
def refusing(view: View, context: str) -> tuple[tuple[str, Pod, ConnectedProxy, Stream], ...]:
    """Return the proxies that refused what they were sent, or have not taken it for long, each with what it was."""
    return tuple(
        (plane, istiod, proxy, stream)
        for plane, istiod, proxy in connected(view, context)
        for stream in proxy.streams
        if stream.error or (stream.sent != stream.acked and _age(view, stream.sent) > SLOW_SECONDS)
    )


def _age(view: View, version: str) -> float:
    """Return how long ago istiod made a version, in seconds: it begins with the time, `2026-11-24T21:54:48Z/…`."""
    try:
        made = datetime.strptime(version.partition("/")[0], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    except ValueError:
        return 0.0
    return (view.snapshot.taken_at - made).total_seconds()
