"""Argv becomes text in one place, which every shell reads back as the same argv."""

import ast
import shutil
import subprocess  # noqa: TID251 - the shells read the text as an operator's does
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kubectl_mcdiag.evidence.shell import Input, Joined, Shell, block, joined, quote, shell

PACKAGE = Path(__file__).parent.parent / "kubectl_mcdiag"
SHELLS = [name for name in ("bash", "zsh", "fish") if shutil.which(name)]
WORDS = st.lists(
    st.text(st.sampled_from("ab01 '\"\\$`!{}[]()|&;<>*?~#=%^é-,:/@+"), max_size=200), min_size=1, max_size=6
)


def run(name: str, text: str, **environment: str) -> subprocess.CompletedProcess[str]:
    path = {"PATH": "/usr/bin:/bin", **environment}
    return subprocess.run([name, "-c", text], capture_output=True, text=True, timeout=20, env=path)


@pytest.mark.parametrize("name", SHELLS)
@settings(max_examples=25, deadline=None)
@given(words=WORDS)
def test_every_shell_reads_the_words_back(name: str, words: list[str]) -> None:
    command = shell("printf", r"[%s]\n", *words)

    assert run(name, command.text()).stdout == "".join(f"[{word}]\n" for word in words)


@given(words=WORDS)
def test_no_line_is_longer_than_78_columns(words: list[str]) -> None:
    assert all(len(line) <= 78 for line in shell("kubectl", *words).piped("kubectl", *words).text().split("\n"))


@pytest.mark.parametrize("name", SHELLS)
def test_block_stops_at_the_first_step_that_fails(name: str) -> None:
    done = run(name, block([shell("printf", "one"), shell("false"), shell("printf", "two")]))

    assert (done.stdout, done.returncode == 0) == ("one", False)


@pytest.mark.parametrize("name", SHELLS)
def test_block_without_its_input_stops_and_says_what_it_is(name: str) -> None:
    step = shell("printf", "%s", Joined(("--server=", Input("API_SERVER", "the URL of cluster2's API server"))))

    done = run(name, block([step, shell("printf", "two")]))

    assert done.stdout == ""
    if name != "fish":
        assert done.returncode
        assert "the URL of cluster2s API server" in done.stderr


@pytest.mark.parametrize("name", [name for name in SHELLS if name != "fish"])
def test_input_is_one_word_whatever_it_holds(name: str) -> None:
    step = shell("printf", "[%s]", Joined(('{"ip":"', Input("IP", "an address"), '"}')))

    assert run(name, step.text(), IP="a b$(c)*'\"").stdout == '[{"ip":"a b$(c)*\'""}]'


def test_inputs_are_named_once() -> None:
    one = Input("A", "a")

    assert Shell((("x", one, Joined(("y", one))), ("z", Input("B", "b")))).inputs == (one, Input("B", "b"))


@pytest.mark.parametrize("word", ["a\nb", "a\x1b[0m", "a\u202eb", "a\u200bb", "\x00", "\ud800"])
def test_word_that_a_terminal_would_not_show_is_noticed(word: str) -> None:
    assert not shell("kubectl", word).is_printable
    assert not shell("kubectl", Joined(("a", word))).is_printable
    assert shell("kubectl", "é ~ 'plain'", Input("A", "a")).is_printable


def test_plain_words_stay_bare() -> None:
    assert joined(["kubectl", "-n", "a/b:c.d", "--x=y", "a b", "=ls", "%self", ""]) == (
        "kubectl -n a/b:c.d --x=y 'a b' '=ls' '%self' ''"
    )
    assert quote("it's") == "'it'\"'\"'s'"
    assert str(shell("a", "b").piped("c", "d e")) == "a b | c 'd e'"


def test_nothing_else_quotes_for_a_shell() -> None:
    for path in PACKAGE.rglob("*.py"):
        imported = {
            alias.name
            for node in ast.walk(ast.parse(path.read_text("utf-8")))
            if isinstance(node, ast.Import)
            for alias in node.names
        }

        assert "shlex" not in imported, path
