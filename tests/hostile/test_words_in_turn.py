"""Every word that reaches a printed command, hostile in turn: in bash, zsh and fish nothing runs but the stand-ins."""

import random
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from kubectl_mcdiag.report.clean import cleaned
from kubectl_mcdiag.verdict.judge import report
from tests.hostile.conftest import Figure
from tests.pasting import SHELLS, heard, pasted
from tests.quoting import MARK, hostile
from tests.scenarios import Scenario, askable, replay, scenarios, snapshot

OWN = frozenset({"kubectl", "istioctl", "printf", "base64", "openssl"})
FORMS = (
    f"$({MARK})`{MARK}`;{MARK}'&{MARK}>{MARK}*?~!${{{MARK}}}",
    f'"; {MARK} #',
    f"'; {MARK}; '",
    f"\\'; {MARK}; \\'",
    f"| {MARK} && {MARK}",
    f"\n{MARK}\n",
    f"\u202e{MARK}\u2066",
    f"\x1b]0;{MARK}\x07",
)
"""What stands behind a word: each would run `pwned`, or show another text, in one shell or terminal at least."""
WORDS = 8
"""Of each recording, by chance; all of them with `--thorough`."""
GROUPS = 16
_WORD = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:/-]{2,}")


def words(scenario: Scenario) -> list[str]:
    """Return the words of what is printed to be pasted that come out of the mesh, or may."""
    answers = {
        word for found in snapshot(scenario).observations.values() for word in _WORD.findall(found.output.stdout)
    }
    printed = {word for text in pasted(replay(scenario)) for word in _WORD.findall(text)}
    return sorted((printed & answers) - OWN)


def turns(scenario: Scenario, thorough: bool) -> Iterator[tuple[str, str]]:
    """Yield words, each with what stands behind it in its turn."""
    dice = random.Random(scenario.name)
    every = words(scenario)
    for word in every if thorough else dice.sample(every, min(WORDS, len(every))):
        yield word, dice.choice(FORMS)


@pytest.mark.parametrize("group", range(GROUPS))
def test_word_that_is_hostile_runs_nothing(group: int, thorough: bool, tmp_path: Path, figure: Figure) -> None:
    texts: dict[str, None] = {}
    count = 0
    for scenario in scenarios()[group::GROUPS]:
        for word, form in turns(scenario, thorough):
            said = cleaned(report(hostile(scenario, (word,), form), askable(scenario)))
            texts |= dict.fromkeys(pasted(said))
            count += 1
    assert not [text for text in texts if any(sign in text for sign in ("\x1b", "\u202e", "\u2066"))]
    for name in SHELLS:
        (tmp_path / name).mkdir()
        calls = heard(name, tuple(texts), tmp_path / name)
        assert {call[0] for block in calls for call in block} <= OWN
    figure(
        f"meshes of group {group + 1} with one word hostile in turn; blocks that three shells have run",
        f"{count:,}; {len(texts):,}",
    )
