"""One session with clusters or with a recording of them: a snapshot from its options, and its progress."""

import os
import secrets
import time
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from kubectl_mcdiag.errors import McdiagError, ParseError
from kubectl_mcdiag.evidence.model import USUAL_NAMESPACE, Observation, Settings, Snapshot, Source, unchanged
from kubectl_mcdiag.run import terminal
from kubectl_mcdiag.run.options import ClusterOptions
from kubectl_mcdiag.run.progress import reporter
from kubectl_mcdiag.run.terminal import Stop
from kubectl_mcdiag.sources.tools import tools

if TYPE_CHECKING:
    from kubectl_mcdiag.evidence.masking import Rule

_RESERVE = 1.0
_EACH_PAIR = 0.002
_PRINTING = 0.2
_EACH_PAIR_PRINTED = 0.0003


@dataclass(frozen=True, slots=True)
class Recording:
    """Where a run is recorded, if `path` is not empty, and whether with stand-ins for names and addresses.

    `redact`: a file with the operator's own patterns of what is to be masked, empty for none.
    """

    path: str = ""
    anonymous: bool = False
    redact: str = ""


def replayed(path: str, settings: Settings) -> Snapshot:
    """Return what a recording holds, with the services, client and namespace asked for now."""
    if settings.probe:
        raise McdiagError("--probe sends requests to live clusters and --bundle has none; leave one of them out")
    from kubectl_mcdiag.run.collect import AtOnce
    from kubectl_mcdiag.run.collect import collect as gather
    from kubectl_mcdiag.sources.bundle import Bundle

    bundle = Bundle.open(Path(path))
    if bundle.partial:
        terminal.note(f"warning: {path} is a partial recording; what it lacks is unknown")
    chosen = {name: value for name in ("services", "client", "namespace") if (value := getattr(settings, name))}
    blank = Snapshot(bundle.contexts, bundle.taken_at, replace(bundle.settings, **chosen), is_replayed=True)
    return gather(bundle, blank, time.monotonic() + 3600.0, executor=AtOnce())


@dataclass(frozen=True, slots=True, kw_only=True)
class Inquiry:
    """What live clusters are asked: `wanted` are the keys of commands, None for all.

    `earlier` are answers that are taken as they are; with it the contexts are not chosen again. `began` is when the
    time started to count, as `time.monotonic()` has it.
    """

    options: ClusterOptions
    settings: Settings
    wanted: frozenset[str] | None = None
    earlier: Snapshot | None = None
    began: float = field(default_factory=time.monotonic)

    @property
    def end(self) -> float:
        """When all must be over, printing included."""
        return self.began + self.options.timeout


class Remaining:
    """How much time there is to judge so many clusters, so that what was found of them is printed in time.

    Where others load the machine, printing takes as much longer as judging did up to now.
    """

    def __init__(self, inquiry: Inquiry, clusters: int) -> None:
        self._end = inquiry.end
        self._most = inquiry.options.timeout / 6
        self._printing = _PRINTING + _EACH_PAIR_PRINTED * clusters * (clusters - 1)
        self._began, self._used = time.monotonic(), time.process_time()

    def is_over(self) -> bool:
        """Tell whether nothing more is to be judged."""
        left = self._end - time.monotonic()
        return left < self._most and left < self._printing * self._slowness()

    def _slowness(self) -> float:
        passed, used = time.monotonic() - self._began, time.process_time() - self._used
        return max(1.0, passed / max(used, 0.01))


def recorded(inquiry: Inquiry, recording: Recording, stop: Stop) -> tuple[Snapshot, str]:
    """Return what the clusters answered, and why it could not be recorded, if it could not."""
    from kubectl_mcdiag.sources.announced import Announced
    from kubectl_mcdiag.sources.live import Live
    from kubectl_mcdiag.sources.masked import Masked
    from kubectl_mcdiag.sources.together import Together

    options = inquiry.options
    live = Live(tools(os.environ.get("PATH", os.defpath)))
    masked = Masked(Together(live), own_rules(recording.redact))
    stop.on_stop = live.interrupt
    stop.arm()
    # What is learned is judged and printed within the limit, too.
    blank = inquiry.earlier or _choose(masked, options, inquiry.settings, inquiry.end - _reserve(options), stop)
    deadline = inquiry.end - _reserve(options, len(blank.contexts))
    source = Announced(masked, terminal.tell)
    if not recording.path:
        return _asked(source, blank, inquiry, deadline), ""
    from kubectl_mcdiag.anonymity import Disguise
    from kubectl_mcdiag.evidence.parsers.kubernetes.kubeconfig import chosen
    from kubectl_mcdiag.sources.bundle import Recorder

    disguise = Disguise(secrets.token_bytes(32)) if recording.anonymous else None
    taken_at = disguise.moment(blank.taken_at) if disguise else blank.taken_at
    path, hide = Path(recording.path), disguise or unchanged
    recorder = Recorder(source, path, blank.contexts, blank.settings, taken_at, disguise=hide)
    for found in blank.observations.values():
        recorder.keep(found.invocation, replace(found.output, stdout=chosen(found.output.stdout, blank.contexts)))
    snapshot = _asked(recorder, blank, inquiry, deadline)
    recorder.settle(snapshot.settings)
    recorder.note_masked(masked.found)
    try:
        recorder.close()
    except McdiagError as error:
        return snapshot, str(error)
    return snapshot, ""


def _reserve(options: ClusterOptions, clusters: int = 0) -> float:
    """Return the seconds that are kept to judge and print: what each pair of clusters takes, within reason."""
    return min(_RESERVE + _EACH_PAIR * clusters * (clusters - 1), options.timeout / 4)


def own_rules(path: str) -> "tuple[Rule, ...]":
    """Return the operator's own patterns of a file; `McdiagError` where it cannot be read or used."""
    from kubectl_mcdiag.evidence.masking import rules

    if not path:
        return ()
    try:
        return rules(Path(path).read_text("utf-8"))
    except OSError as error:
        raise McdiagError(f"{path} cannot be read: {error.strerror}") from None
    except (UnicodeDecodeError, ParseError) as error:
        why = str(error) if isinstance(error, ParseError) else "it is not UTF-8"
        raise McdiagError(f"{path} cannot be used: {why}") from None


def kept(earlier: Snapshot, again: frozenset[str]) -> Snapshot:
    """Return what is known but for these contexts, as of now: what is left need not be asked again."""
    left = {key: found for key, found in earlier.observations.items() if found.invocation.context not in again}
    return replace(earlier, observations=left, taken_at=datetime.now(UTC))


def _asked(source: Source, blank: Snapshot, inquiry: Inquiry, deadline: float) -> Snapshot:
    """Ask the clusters: once more where istiod is not in its usual namespace and none was named."""
    from kubectl_mcdiag.mesh.services.arguments import home
    from kubectl_mcdiag.mesh.view import View
    from kubectl_mcdiag.run.collect import collect as gather

    options, tell = inquiry.options, reporter(inquiry.options.verbosity)
    snapshot = gather(source, blank, deadline, inquiry.wanted, tell, options.request_timeout)
    place = "" if options.istio_namespace else home(View(snapshot))
    if not place:
        return snapshot
    terminal.note(f"istiod runs in namespace {place}, which is looked at instead of {USUAL_NAMESPACE}")
    there = replace(
        snapshot,
        settings=replace(snapshot.settings, istio_namespace=place),
        observations={key: found for key, found in snapshot.observations.items() if not _depends(found)},
    )
    return gather(source, there, deadline, inquiry.wanted, tell, options.request_timeout)


def _depends(found: Observation) -> bool:
    """Return whether a command was run for istiod's namespace, or for what was found there."""
    command = found.invocation.command
    return command.tool == "istioctl" or bool(found.invocation.target) or "{istio_namespace}" in command.args


def _choose(live: Source, options: ClusterOptions, settings: Settings, deadline: float, stop: Stop) -> Snapshot:
    from kubectl_mcdiag.run.contexts import choose, origin
    from kubectl_mcdiag.run.kubeconfigs import files, shadowed

    try:
        chosen = choose(live, options, Snapshot((), datetime.now(UTC), settings), deadline, dict(os.environ))
    except McdiagError:
        if stop.signal:
            stop.leave(0)
        raise
    if said := origin(options, os.environ):
        terminal.note(said)
    if not options.kubeconfig:
        for warning in shadowed(chosen.contexts, files(os.environ)):
            terminal.note(f"warning: {warning}")
    return chosen
