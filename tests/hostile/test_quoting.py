"""Printed steps are safe to paste: on every recorded mesh, with names that a shell would trip over, read by bash."""

from pathlib import Path

from kubectl_mcdiag.verdict.judge import report
from tests.hostile.conftest import Figure
from tests.quoting import HOSTILE, called, hostile, printed, torn
from tests.scenarios import askable, scenarios


def test_hostile_name_is_one_word_of_every_printed_command(tmp_path: Path, figure: Figure) -> None:
    counts = {"steps": 0, "words": 0}
    for number, scenario in enumerate(scenarios()):
        steps = printed(report(hostile(scenario), askable(scenario)))
        (tmp_path / str(number)).mkdir()
        words = [word for call in called(steps, tmp_path / str(number)) for word in call]
        assert torn(words) == [], scenario.name
        counts["steps"] += len(steps)
        counts["words"] += sum(HOSTILE in word for word in words)
    figure(
        "printed commands that bash has read, of as many meshes with hostile names as are recorded",
        f"{counts['steps']:,}",
    )
    figure("hostile names in their words, none of them taken apart", f"{counts['words']:,}")
    assert counts["words"] > 1_000
