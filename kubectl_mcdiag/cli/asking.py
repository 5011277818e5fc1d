"""What a run asks of live clusters, once or again: the clusters, the settings, the checks."""

import gc
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from kubectl_mcdiag.cli.judging import commands_for, judged
from kubectl_mcdiag.evidence.model import USUAL_NAMESPACE, Settings, Snapshot
from kubectl_mcdiag.run import session, terminal
from kubectl_mcdiag.run.options import ClusterOptions
from kubectl_mcdiag.run.session import Inquiry, Recording, Remaining
from kubectl_mcdiag.run.terminal import Stop

if TYPE_CHECKING:
    from kubectl_mcdiag.checks.contract import Check
    from kubectl_mcdiag.verdict.ignore import Entry
    from kubectl_mcdiag.verdict.model import Report


def settings(options: ClusterOptions, given: Mapping[str, Any], services: tuple[str, ...] = ()) -> Settings:
    """Return what the operator chose, by the options that several verbs have."""
    return Settings(
        istio_namespace=options.istio_namespace or USUAL_NAMESPACE,
        namespace=given["namespace"],
        revision=options.revision,
        services=services,
        client=given["client"],
        probe=given["probe"],
        no_exec=options.no_exec,
        no_secrets=options.no_secrets,
        flags=options.flags,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """The clusters that are asked, what is wanted of them, and what of the answer is known already.

    `redact`: a file with the operator's own patterns of what is to be masked.
    """

    options: ClusterOptions
    settings: Settings
    checks: tuple["Check", ...]
    ignored: tuple["Entry", ...] = ()
    redact: str = ""


class Clusters:
    """Live clusters that can be asked again; `last` is what they answered, `inquiry` what they were asked."""

    def __init__(self, question: Question, stop: Stop) -> None:
        self.question = question
        self.last = Snapshot((), datetime.now(UTC), question.settings)
        self.inquiry = Inquiry(options=question.options, settings=question.settings)
        self._stop = stop

    def recorded(self, recording: Recording) -> tuple[Snapshot, str]:
        """Ask once and record it; return the answers, and why they could not be recorded, if they could not."""
        self._inquire(self.question.checks)
        self.last, unsaved = session.recorded(self.inquiry, recording, self._stop)
        return self.last, unsaved

    def judge(self, checks: tuple["Check", ...]) -> "Report":
        """Return the report of the last answers, as far as there is time to judge them."""
        remaining = Remaining(self.inquiry, len(self.last.contexts))
        report = judged(self.last, checks, self.question.ignored, remaining.is_over)
        if self.question.options.verbosity:
            from kubectl_mcdiag.report.words import fetched_text

            terminal.tell(fetched_text(report))
        return report

    def ask(self, checks: tuple["Check", ...], again: frozenset[str] | None = None) -> "Report":
        """Return the report of these checks; with `again`, only these contexts are asked again."""
        if self.last.contexts:
            gc.collect()  # the process runs without a collector, and this can go on for days
        earlier = session.kept(self.last, again) if again is not None else None
        self._inquire(checks, earlier)
        self.last, _ = session.recorded(self.inquiry, Recording(redact=self.question.redact), self._stop)
        return self.judge(checks)

    def _inquire(self, checks: tuple["Check", ...], earlier: Snapshot | None = None) -> None:
        asked = self.question
        wanted = commands_for(checks)
        self.inquiry = Inquiry(options=asked.options, settings=asked.settings, wanted=wanted, earlier=earlier)
