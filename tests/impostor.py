"""A kubectl and an istioctl that answer as the clusters of a scenario did, and misbehave where they are told to.

They are sh scripts, for the tool is run as a process with nothing but a PATH; an answer costs a few milliseconds.
"""

import json
import math
import os
import shlex
import signal
import subprocess  # noqa: TID251 - the whole tool is started as its users start it
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from kubectl_mcdiag.evidence.commands import ENVOY_CLUSTERS, PROXY_ENDPOINTS
from kubectl_mcdiag.evidence.model import Failure, Observation, Settings
from kubectl_mcdiag.run.collect import Wish, invoke
from tests.merged import merged
from tests.scenarios import FIXTURES, Scenario, snapshot
from tests.unredacted import unredacted

ROOT = Path(__file__).parents[1]
HEALTHY = Scenario(FIXTURES / "1.31" / "healthy-multi-network")
LIMIT = 60.0

Deeds = Mapping[tuple[str, str], str]
"""What to do instead of answering: sh code by (command key, context); an empty one stands for all of them."""

_SCRIPT = """#!/bin/sh
said={tool} context= before=
for part in "$@"; do
  case "$part" in --request-timeout=*) ;; *) said="$said $part" ;; esac
  test "$before" = --context && context=$part
  before=$part
done
echo "$context" >> {folder}/called
{lines}
echo "Error from server (NotFound): the impostor knows nothing of $said" >&2
exit 1
"""


@dataclass(frozen=True)
class Run:
    """How a run ended, and after how many seconds."""

    code: int
    out: str
    err: str
    seconds: float

    @property
    def report(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.out)
        return found


@dataclass(frozen=True)
class Impostor:
    """A folder with both tools, which is the PATH and the home of a run."""

    folder: Path

    @property
    def environment(self) -> dict[str, str]:
        """All the variables of a run."""
        place = str(self.folder)
        return {"PATH": f"{place}:/usr/bin:/bin", "HOME": place, "TMPDIR": place, "MCDIAG_IMPOSTOR": place}

    def start(
        self,
        *arguments: str,
        program: tuple[str, ...] = (sys.executable, "-m", "kubectl_mcdiag"),
        environment: Mapping[str, str] | None = None,
        **options: Any,
    ) -> Any:
        """Start `kubectl-mcdiag ARGUMENTS`, or another program, in a session of its own."""
        given: dict[str, Any] = {
            "stdin": subprocess.DEVNULL,
            "stdout": subprocess.PIPE,
            "stderr": subprocess.PIPE,
            "start_new_session": True,
            "cwd": ROOT,
            "env": {**self.environment, **(environment or {})},
        }
        return subprocess.Popen([*program, *arguments], **given | options)

    def run(self, *arguments: str, **options: Any) -> Run:
        """Run it to its end."""
        began = time.monotonic()
        return finished(self.start(*arguments, **options), began)

    def left_behind(self) -> list[str]:
        """Return the command lines of the run's processes that are still there after two tenths of a second."""
        end = time.monotonic() + 0.2
        while (found := list(self._alive())) and time.monotonic() < end:
            time.sleep(0.02)
        return found

    def waited_for(self, name: str, lines: int = 1) -> Path:
        """Return a file of the folder once a deed has written that many lines into it."""
        path, end = self.folder / name, time.monotonic() + LIMIT
        while not path.exists() or path.read_bytes().count(b"\n") < lines:
            assert time.monotonic() < end, f"no {lines} lines in {name}"
            time.sleep(0.01)
        return path

    def _alive(self) -> Iterator[str]:
        mark = f"MCDIAG_IMPOSTOR={self.folder}".encode()
        for entry in Path("/proc").glob("[0-9]*"):
            try:
                if mark in (entry / "environ").read_bytes().split(b"\0"):
                    yield (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            except OSError:
                continue  # it has ended, or is a zombie


def finished(process: Any, began: float) -> Run:
    """Wait for the end of a run; one that does not end is killed, and the test fails."""
    try:
        out, err = process.communicate(timeout=LIMIT)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        raise
    return Run(process.returncode, (out or b"").decode(), (err or b"").decode(), time.monotonic() - began)


def impostor(
    folder: Path,
    deeds: Deeds | None = None,
    scenario: Scenario = HEALTHY,
    more: tuple[str, ...] = (),
) -> Impostor:
    """Write both tools; `more` are further contexts of the kubeconfig, which know no answer."""
    folder.mkdir(parents=True, exist_ok=True)
    found = [each for each in snapshot(scenario).observations.values() if each.output.failure != Failure.NOT_RECORDED]
    found += [of_envoy(each) for each in found if each.invocation.command == PROXY_ENDPOINTS]
    found += merged([each for each in found if not _is_misdone(each, deeds or {})])
    for tool in ("kubectl", "istioctl"):
        asked = [each for each in found if each.invocation.command.tool == tool]
        lines = [*_misdeeds(deeds or {}, asked), *_answers(folder / f"answer-{tool}", asked, more)]
        path = folder / tool
        path.write_text(_SCRIPT.format(tool=tool, folder=folder, lines="\n".join(lines)), "utf-8")
        path.chmod(0o755)
    return Impostor(folder)


def of_envoy(found: Observation) -> Observation:
    """Return what the proxy itself answers, given what it answered through istioctl."""
    asked = found.invocation
    return replace(found, invocation=invoke(Wish(ENVOY_CLUSTERS, asked.context, asked.target), Settings(), math.inf))


def _is_misdone(found: Observation, deeds: Deeds) -> bool:
    return any(
        found.invocation.command.key == key and context in ("", found.invocation.context) for key, context in deeds
    )


def _misdeeds(deeds: Deeds, asked: list[Observation]) -> Iterator[str]:
    for (key, context), body in deeds.items():
        if not key:
            yield f"case $context in {shlex.quote(context) if context else '?*'})\n{body}\nexit 0;; esac"
        for each in asked:
            if key == each.invocation.command.key and context in ("", each.invocation.context):
                yield f"case $said in {shlex.quote(said(each))})\n{body}\nexit 0;; esac"


def _answers(stem: Path, asked: list[Observation], more: tuple[str, ...]) -> Iterator[str]:
    for number, each in enumerate(asked):
        out, err = Path(f"{stem}-{number}"), Path(f"{stem}-{number}.err")
        is_kubeconfig = each.invocation.command.key == "kubeconfig"
        out.write_text(_with(more, unredacted(each)) if is_kubeconfig else unredacted(each), "utf-8")
        err.write_text(each.output.stderr, "utf-8")
        yield f"case $said in {shlex.quote(said(each))}) cat {out}; cat {err} >&2; exit {each.output.exit_code};; esac"


def said(found: Observation) -> str:
    """Return what a tool was asked, its time limit left out."""
    return " ".join(part for part in found.invocation.argv if not part.startswith("--request-timeout="))


def _with(more: tuple[str, ...], kubeconfig: str) -> str:
    document = json.loads(kubeconfig)
    document["contexts"] += [{"name": name, "context": {"cluster": name, "user": name}} for name in more]
    return json.dumps(document)
