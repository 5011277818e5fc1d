"""Meshes whose names are written for a shell to trip over, and what bash makes of the steps printed for them."""

import json
import re
import subprocess  # noqa: TID251 - bash reads the steps as an operator's shell does
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from kubectl_mcdiag.checks.contract import Finding
from kubectl_mcdiag.evidence.model import Observation, Snapshot
from kubectl_mcdiag.run.collect import observe
from kubectl_mcdiag.verdict.model import Report
from tests.scenarios import Scenario, snapshot

MARK = "pwned"
HOSTILE = f"$({MARK})`{MARK}`;{MARK}'&{MARK}>{MARK}*?~!${{{MARK}}}"
"""Ends every name: whatever is not quoted calls a command or writes a file of this mark, or breaks the syntax.

Left out are the characters that tools' own formats take apart: blanks, quotes of JSON, dots, slashes, pipes.
"""
_NAMES = ("sample", "helloworld", "curl", "network1", "network2", "network3")
_SECONDS = 60
_ASKED = re.compile(r"\$\{([A-Z][A-Z_]+):\?")
# A script of Istio's own, in a folder whose variable is the operator's to set.
_MISSING = re.compile(r" /given/samples/multicluster/[\w-]+\.sh: No such file or directory$")
# Nothing is on the PATH, so that every command comes here: its words, between the ASCII separators.
_BASH = r"""
command_not_found_handle() { printf '%s\x1f' "$@" >&9; printf '\x1e' >&9; }
while IFS= read -r -d '' step; do ( eval "$step" ) 9>&9; done
"""


def hostile(scenario: Scenario, words: tuple[str, ...] = (), form: str = HOSTILE) -> Snapshot:
    """Return a scenario with hostile words: those given, else all contexts, clusters, networks, namespaces, services.

    `form` stands behind each; in what tools print it is escaped as in JSON.
    """
    whole = snapshot(scenario)
    pattern = re.compile(rf"\b({'|'.join(map(re.escape, words or (*whole.contexts, *_NAMES)))})\b")
    escaped = json.dumps(form)[1:-1]

    def named(text: str, behind: str = form) -> str:
        return pattern.sub(lambda match: match[0] + behind, text)

    def renamed(found: Observation) -> Observation:
        asked = found.invocation
        # The tool's own words stay: a context and what a command is about are the mesh's.
        kept = words and not pattern.search(f"{asked.context} {asked.target}")
        invocation = replace(
            asked,
            context=named(asked.context),
            target=named(asked.target),
            argv=asked.argv if kept else tuple(map(named, asked.argv)),
            shown=asked.shown if kept else tuple(map(named, asked.shown)),
        )
        output = found.output
        output = replace(output, stdout=named(output.stdout, escaped), stderr=named(output.stderr, escaped))
        return observe(invocation, output)

    answers = [renamed(found) for found in whole.observations.values()]
    settings = replace(
        whole.settings,
        services=tuple(map(named, whole.settings.services)),
        client=named(whole.settings.client),
        namespace=named(whole.settings.namespace),
    )
    return replace(
        whole,
        contexts=tuple(map(named, whole.contexts)),
        settings=settings,
        observations={found.invocation.identity: found for found in answers},
    )


def findings(report: Report) -> tuple[Finding, ...]:
    """Return every finding that a report shows."""
    causes = (one.finding for cause in report.root_causes for one in (cause, *cause.consequences))
    return (*causes, *(note.finding for note in report.notes))


def shown(report: Report) -> tuple[str, ...]:
    """Return the commands that a report shows beside its fixes, each once."""
    proofs = [proof.command for finding in findings(report) for proof in finding.evidence]
    asked = [unknown.command for unknown in report.unknowns] + [run.command for run in report.runs]
    return tuple(dict.fromkeys(filter(None, (*proofs, *asked))))


def printed(report: Report) -> tuple[str, ...]:
    """Return every command that a report offers to be pasted, each once."""
    steps = [step.command for finding in findings(report) for step in finding.fix]
    return tuple(dict.fromkeys((*steps, *shown(report))))


def called(steps: tuple[str, ...], folder: Path) -> Iterator[tuple[str, ...]]:
    """Yield the words of every command that bash would run for these steps; an error of bash is raised."""
    heard = folder / "heard"
    with heard.open("wb") as log:
        done = subprocess.run(
            ["/bin/bash", "--noprofile", "--norc", "-c", f"exec 9>&{log.fileno()}\n{_BASH}"],
            input="".join(f"{step}\0" for step in steps).encode(),
            capture_output=True,
            cwd=folder,
            env={"PATH": "/nonexistent", **dict.fromkeys(_ASKED.findall("\n".join(steps)), "/given")},
            pass_fds=(log.fileno(),),
            timeout=_SECONDS,
        )
    complaints = [line for line in done.stderr.decode("utf-8", "replace").splitlines() if not _MISSING.search(line)]
    assert (done.returncode, complaints) == (0, [])
    assert list(folder.iterdir()) == [heard], "a name became a redirection"
    for call in heard.read_text("utf-8").split("\x1e")[:-1]:
        yield tuple(call.split("\x1f")[:-1])


def torn(words: list[str]) -> list[str]:
    """Return the words that hold a part of a hostile name, and not the whole of it."""
    return [word for word in words if MARK in word.replace(HOSTILE, "")]
