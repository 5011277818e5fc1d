"""Back to the healthy mesh after a mutation, whatever has become of it, and proof that it is healthy."""

import json
import logging
import time
from collections.abc import Iterable
from datetime import UTC, datetime

from lab.artifacts.versions import version_named
from lab.clusters.cluster import Cluster
from lab.clusters.tools import kubectl
from lab.e2e.diagnosis import diagnose
from lab.mutate.change import Mutation, Put, Restart, Rule, restart_layers
from lab.mutate.ground import Ground, survey
from lab.mutate.requests import ask
from lab.mutate.shop import open_shop
from lab.mutate.truth import Fate, truths
from lab.objects import Difference, Snapshot, put_back, restore
from lab.places import RUN
from lab.processes import LabError, together
from lab.restarts import restart_mesh, rolled_out
from lab.rules import clear
from lab.running import bring_up, running_shape
from lab.shape import Shape

HEALTHY_SECONDS = 30.0
KEPT = RUN / "ground.json"
log = logging.getLogger(__name__)


def restored(ground: Ground, since: datetime, mutations: Iterable[Mutation], tried: bool) -> Ground:
    """Put everything back and return the ground; one that does not recover is restarted, then brought up anew.

    What has started `since` may hold what was changed, and starts again. `tried`: whether steps were run, which may
    have changed anything. Where something started or may have changed, the tool, too, has to find nothing.
    """
    try:
        together(clear, ground.shape.clusters)
        newer = {cluster: _started(cluster, since) for cluster in ground.shape.clusters}
        rolling = _all_back(ground) if tried else _changes_back(ground, mutations)
        again = _start_again(ground, newer, rolling)
        wait_until_healthy(ground.shape)
        if tried or again:
            wait_until_clean(ground.shape)
    except LabError as error:
        log.info("restarting the mesh: %s", error)
        return _restarted(ground)
    return ground


def wait_until_healthy(shape: Shape, seconds: float = HEALTHY_SECONDS) -> None:
    """Return once every call between clusters is answered by its home; raise with what is not."""
    until = time.monotonic() + seconds
    while wrong := [truth for truth in truths(ask(shape)) if truth.fate is not Fate.ANSWERED]:
        if time.monotonic() > until:
            raise LabError(f"not healthy within {seconds:.0f} s: {wrong[0]}")


def wait_until_clean(shape: Shape, seconds: float = HEALTHY_SECONDS) -> None:
    """Return once the tool finds nothing broken either; what a proxy refused stays a while."""
    until = time.monotonic() + seconds
    while (said := diagnose(shape)).exit_code:
        if time.monotonic() > until:
            raise LabError(f"healthy, but mcdiag names {said}")
        ask(shape)


def _all_back(ground: Ground) -> set[Restart]:
    """Restore all objects; return the Deployments among them."""
    return {place for item in restore(ground.shape, ground.objects) if (place := _deployment(item))}


def _changes_back(ground: Ground, mutations: Iterable[Mutation]) -> set[Restart]:
    """Take back what was changed, the last change first; return the Deployments among it."""
    rolling = set()
    for change in reversed([change for one in mutations for change in one.changes if not isinstance(change, Rule)]):
        if isinstance(change, Put) and not change.exists:
            text = version_named(change.cluster.istio).spoken(json.dumps(change.manifest))
            kubectl(change.cluster, "delete", "-f", "-", "--ignore-not-found", stdin=text)
            continue
        before = ground.found(change.cluster, change.manifest)
        put_back(before.cluster, before.manifest, exists=isinstance(change, Put))
        if before.manifest["kind"] == "Deployment":
            rolling.add(Restart(before.cluster, before.namespace, before.name))
    return rolling


def _start_again(ground: Ground, newer: dict[Cluster, list[tuple[str, str]]], rolling: set[Restart]) -> bool:
    """Wait for what starts by itself, and restart what started meanwhile; return whether there was any."""
    layers = [[one for one in _new(layer, newer) if one not in rolling] for layer in _layers(ground)]
    together(lambda one: rolled_out(one.cluster, one.namespace, one.deployment), rolling)
    restart_layers(layers)
    return bool(rolling or any(layers))


def _layers(ground: Ground) -> list[list[Restart]]:
    """Return everything that can hold state, in the order in which it has to start."""
    by_cluster = [ground.everything(cluster) for cluster in ground.shape.clusters]
    return [[one for layer in layers for one in layer] for layers in zip(*by_cluster, strict=True)]


def _new(layer: list[Restart], newer: dict[Cluster, list[tuple[str, str]]]) -> list[Restart]:
    return [
        one
        for one in layer
        if any(space == one.namespace and pod.startswith(f"{one.deployment}-") for space, pod in newer[one.cluster])
    ]


def _started(cluster: Cluster, since: datetime) -> list[tuple[str, str]]:
    """Return namespace and name of the pods that were made since a moment."""
    listed = json.loads(kubectl(cluster, "get", "pods", "--all-namespaces", "-o", "json"))["items"]
    made = [(pod["metadata"], datetime.fromisoformat(pod["metadata"]["creationTimestamp"])) for pod in listed]
    return [(meta["namespace"], meta["name"]) for meta, moment in made if moment.astimezone(UTC) >= since]


def _deployment(found: Difference) -> Restart | None:
    item = found.before
    if not item or item["kind"] != "Deployment":
        return None
    return Restart(found.cluster, item["metadata"]["namespace"], item["metadata"]["name"])


def _restarted(ground: Ground) -> Ground:
    try:
        restart_mesh(ground.shape)
        restart_layers([_layers(ground)[-1]])
        wait_until_healthy(ground.shape)
        wait_until_clean(ground.shape)
    except LabError as error:
        log.info("bringing the lab up anew: %s", error)
        return fresh(ground.shape)
    return ground


def fresh(shape: Shape) -> Ground:
    """Bring up a new mesh of the shape, with its shop, and return the ground it is."""
    KEPT.unlink(missing_ok=True)
    bring_up(shape)
    return _opened(shape)


def standing(shape: Shape) -> Ground:
    """Return the ground that the lab is: the mesh that is up, where it is healthy and of this shape, or a new one."""
    try:
        if running_shape() == shape:
            return _resumed(shape) if KEPT.exists() else _opened(shape)
    except LabError as error:
        log.info("bringing the lab up anew: %s", error)
    return fresh(shape)


def _opened(shape: Shape) -> Ground:
    """Open the shop, and keep what the mesh is then for a run that follows one that was broken off."""
    open_shop(shape)
    wait_until_healthy(shape)
    ground = survey(shape)
    KEPT.write_text(json.dumps([[list(key), item] for key, item in ground.objects.objects.items()]))
    return ground


def _resumed(shape: Shape) -> Ground:
    """Put back what a run that was broken off has left."""
    ground = Ground(shape, Snapshot({tuple(key): item for key, item in json.loads(KEPT.read_text())}))
    since = datetime.fromtimestamp(KEPT.stat().st_mtime, UTC)
    return restored(ground, since, (), tried=True)
