"""One session with clusters or with a recording of them: a snapshot from its options, and what is told meanwhile."""

import os
import secrets
import shutil
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from kubectl_mcdiag.errors import McdiagError
from kubectl_mcdiag.evidence.model import Observation, Settings, Snapshot, unchanged
from kubectl_mcdiag.evidence.shell import joined
from kubectl_mcdiag.run import terminal
from kubectl_mcdiag.run.options import ClusterOptions
from kubectl_mcdiag.run.terminal import Stop

if TYPE_CHECKING:
    from kubectl_mcdiag.sources.live import Live

_RESERVE = 1.0


@dataclass(frozen=True, slots=True)
class Recording:
    """Where a run is recorded, if `path` is not empty, and whether with stand-ins for names and addresses."""

    path: str = ""
    anonymous: bool = False


NOWHERE = Recording()


def replayed(path: str, settings: Settings) -> Snapshot:
    """Return what a recording holds, with the services, client and namespace asked for now."""
    if settings.probe:
        raise McdiagError("--probe sends requests to live clusters and --bundle has none; leave one of them out")
    from kubectl_mcdiag.run.collect import AtOnce
    from kubectl_mcdiag.run.collect import collect as gather
    from kubectl_mcdiag.sources.bundle import Bundle

    bundle = Bundle.open(Path(path))
    if bundle.partial:
        terminal.tell(f"warning: {path} is a partial recording; what it lacks is unknown")
    chosen = {name: value for name in ("services", "client", "namespace") if (value := getattr(settings, name))}
    blank = Snapshot(bundle.contexts, bundle.taken_at, replace(bundle.settings, **chosen))
    return gather(bundle, blank, time.monotonic() + 3600.0, executor=AtOnce())


def recorded(
    options: ClusterOptions, settings: Settings, recording: Recording, stop: Stop, wanted: frozenset[str] | None
) -> tuple[Snapshot, str]:
    """Return what the clusters answered, and why it could not be recorded, if it could not."""
    from kubectl_mcdiag.run.collect import collect as gather
    from kubectl_mcdiag.sources.announced import Announced
    from kubectl_mcdiag.sources.live import Live

    live = Live({tool: shutil.which(tool) for tool in ("kubectl", "istioctl")})
    stop.on_stop = live.interrupt
    stop.arm()
    # What is learnt is judged and printed within the limit, too.
    deadline = time.monotonic() + options.timeout - min(_RESERVE, options.timeout / 4)
    blank = _choose(live, options, settings, deadline, stop)
    tell = _teller(options.verbosity)
    source = Announced(live, terminal.tell)
    if not recording.path:
        return gather(source, blank, deadline, wanted, tell, options.request_timeout), ""
    from kubectl_mcdiag.anonymity import Disguise
    from kubectl_mcdiag.sources.bundle import Recorder

    disguise = Disguise(secrets.token_bytes(32)) if recording.anonymous else unchanged
    path = Path(recording.path)
    recorder = Recorder(source, path, blank.contexts, settings, blank.taken_at, disguise=disguise)
    for found in blank.observations.values():
        recorder.keep(found.invocation, found.output)
    snapshot = gather(recorder, blank, deadline, wanted, tell, options.request_timeout)
    try:
        recorder.close()
    except McdiagError as error:
        return snapshot, str(error)
    return snapshot, ""


def _choose(live: "Live", options: ClusterOptions, settings: Settings, deadline: float, stop: Stop) -> Snapshot:
    from kubectl_mcdiag.run.contexts import choose
    from kubectl_mcdiag.run.kubeconfigs import files, shadowed

    try:
        chosen = choose(live, options, Snapshot((), datetime.now(UTC), settings), deadline, dict(os.environ))
    except McdiagError:
        if stop.signal:
            stop.leave(0)
        raise
    if not options.kubeconfig:
        for warning in shadowed(chosen.contexts, files(os.environ)):
            terminal.tell(f"warning: {warning}")
    return chosen


def _trace(found: Observation, verbosity: int) -> str:
    """Return a line for a command: 6 as an operator types it, 7 with how it ended, 9 as it was run.

    What it printed is never shown: it can hold what is dropped before anything is stored.
    """
    output, argv = found.output, found.invocation.argv if verbosity >= 9 else found.invocation.shown
    ended = f"exit {output.exit_code}, {len(output.stdout):,} characters" if verbosity >= 7 else ""
    said = output.stderr.strip() if verbosity >= 8 else ""
    words = (f"{output.seconds:6.2f}s", joined(argv), ended, found.reason, said)
    return "  ".join(filter(None, words))


def _teller(verbosity: int) -> Callable[[Observation, int], None]:
    """Return what reports progress: commands with `-v 6`, a counter on a terminal, else nothing."""
    if verbosity >= 6:
        return lambda found, _left: terminal.tell(_trace(found, verbosity))
    if not sys.stderr.isatty():
        return lambda _found, _left: None
    answers = [0]

    def count(_found: Observation, left: int) -> None:
        answers[0] += 1
        end = "\r" if left else "\r\x1b[K"
        terminal.progress(f"\r\x1b[Kasked {answers[0] + left}, answered {answers[0]}" * bool(left) + end)

    return count
