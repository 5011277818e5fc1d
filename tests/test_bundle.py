"""Recordings: what was recorded is replayed, and what else somebody sends is refused in one sentence."""

import gzip
import io
import os
import tarfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from kubectl_mcdiag.errors import McdiagError
from kubectl_mcdiag.evidence.model import Command, Failure, Invocation, Output, Settings
from kubectl_mcdiag.evidence.names import CONTEXT
from kubectl_mcdiag.evidence.parsers.failures import said
from kubectl_mcdiag.sources.bundle import Bundle, Recorder, archive, folder, tar
from kubectl_mcdiag.sources.bundle.reader import CONTEXT_LIMIT

TAKEN_AT = datetime(2026, 11, 23, 12, 30, 15, tzinfo=UTC)
SETTINGS = Settings(istio_namespace="mesh", services=("a.b", "c"))
PARTS = ("bundle", "bundle.tar.gz")


class Told:
    """A source that says what it is told."""

    def __init__(self, outputs: dict[tuple[str, str, str], Output] | None = None) -> None:
        self.outputs = outputs or {}

    def run(self, invocation: Invocation, timeout: float) -> Output:
        return self.outputs.get(invocation.identity, Output(stdout=f"{invocation.identity}", seconds=timeout))


def invocation(key: str = "pods", context: str = "cluster1", target: str = "", suffix: str = "txt") -> Invocation:
    argv = ("kubectl", "--context", context, "get", key)
    return Invocation(Command(key, "kubectl", ("get", key), str, suffix=suffix), context, target, argv, argv)


def record(path: Path, *invocations: Invocation, contexts: tuple[str, ...] = ("cluster1", "cluster2")) -> Path:
    with Recorder(Told(), path, contexts, SETTINGS, TAKEN_AT) as recorder:
        for each in invocations:
            recorder.run(each, 2.5)
    return path


def left(path: Path) -> Path:
    """Return the one folder that a run left beside a path without having come to its end."""
    (found,) = path.parent.glob(f"{path.name}.partial-*")
    return found


def files(path: Path) -> set[str]:
    return {file.relative_to(path).as_posix() for file in path.rglob("*") if file.is_file()}


@pytest.fixture(params=PARTS)
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    part: str = request.param
    return tmp_path / part


def test_recording_gives_back_what_was_recorded(place: Path) -> None:
    output = Output(1, "héllo\r\n\n", "Error: …\n", 1.25, Failure.FORBIDDEN)
    asked = invocation("proxy-endpoints", "cluster2", "sleep.sample")
    with Recorder(Told({asked.identity: output}), place, ("b", "cluster2"), SETTINGS, TAKEN_AT) as recorder:
        assert recorder.run(asked, 1) == output
    bundle = Bundle.open(place)
    assert bundle.run(asked, 1) == output
    assert (bundle.contexts, bundle.settings, bundle.taken_at) == (("b", "cluster2"), SETTINGS, TAKEN_AT)
    assert not bundle.partial


def test_what_was_not_recorded_is_said(place: Path) -> None:
    bundle = Bundle.open(record(place, invocation("pods")))
    for other in (invocation("pods", "cluster2"), invocation("pods", target="x")):
        assert bundle.run(other, 1) == Output(failure=Failure.NOT_RECORDED)


def test_command_that_is_younger_than_the_recording_is_said(place: Path) -> None:
    bundle = Bundle.open(record(place, invocation("pods")))

    assert bundle.run(invocation("nodes"), 1) == Output(
        stderr="the mcdiag that made it did not ask this yet", failure=Failure.NOT_RECORDED
    )


def test_layout_is_the_published_one(tmp_path: Path) -> None:
    record(
        tmp_path / "b",
        invocation("kubeconfig", "", suffix="json"),
        invocation("proxy", target="sleep.sample"),
    )
    assert files(tmp_path / "b") == {
        "bundle.yaml",
        "kubeconfig.json",
        "meta.yaml",
        "cluster1/meta.yaml",
        "cluster1/proxy--sleep.sample.txt",
    }
    header = yaml.safe_load((tmp_path / "b/bundle.yaml").read_text())
    assert (header["format"], header["origin"], header["complete"]) == (1, "recorded", True)
    assert yaml.safe_load((tmp_path / "b/cluster1/meta.yaml").read_text()) == {
        "proxy--sleep.sample.txt": {
            "command": "proxy",
            "target": "sleep.sample",
            "seconds": 2.5,
        }
    }


def test_flags_are_not_recorded(tmp_path: Path) -> None:
    chosen = Settings(flags=("--kubeconfig", "/home/jo/secret"))
    Recorder(Told(), tmp_path / "b", ("a",), chosen, TAKEN_AT).close()
    assert Bundle.open(tmp_path / "b").settings.flags == ()


def test_same_recording_gives_the_same_bytes(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    first, second = tmp_path / "b.tar.gz", tmp_path / "other" / "b.tar.gz"
    assert record(first, invocation()).read_bytes() == record(second, invocation()).read_bytes()


def test_only_its_owner_may_read_it(place: Path) -> None:
    old = os.umask(0)
    try:
        record(place, invocation())
    finally:
        os.umask(old)
    for path in (place, *place.rglob("*")):
        assert path.stat().st_mode & 0o777 == (0o700 if path.is_dir() else 0o600)


def test_second_answer_to_a_question_replaces_the_first(place: Path) -> None:
    told = Told({invocation().identity: Output(stdout="first")})
    with Recorder(told, place, ("cluster1",), SETTINGS, TAKEN_AT) as recorder:
        recorder.run(invocation(), 1)
        told.outputs[invocation().identity] = Output(stdout="second")
        recorder.run(invocation(), 1)
    assert Bundle.open(place).run(invocation(), 1).stdout == "second"


def test_context_that_was_not_announced_is_recorded_too(place: Path) -> None:
    asked = invocation(context="late")
    assert Bundle.open(record(place, asked)).run(asked, 1).stdout == str(asked.identity)


def test_odd_names_stay_inside_and_apart(tmp_path: Path) -> None:
    contexts = (
        "../x",
        "x",
        "X",
        "a/b",
        "a:b",
        "a@b",
        "..",
        "",
        "bundle.yaml",
        "kubeconfig.json",
        "y" * 300,
        "é",
        "ü",
    )
    asked = [
        invocation(key, context, target)
        for context in contexts
        for key in ("meta", "k/../e")
        for target in ("", "../t", "t", "T", "/t")
    ]
    asked += [invocation("meta", "x", suffix="yaml"), invocation("kubeconfig", "", suffix="json")]
    place = record(tmp_path / "in" / "b", *asked, contexts=tuple(context for context in contexts if context))
    assert {path.name for path in (tmp_path / "in").iterdir()} == {"b"}
    names = [name.casefold() for name in files(place)]
    assert len(set(names)) == len(names)
    bundle = Bundle.open(place)
    for each in asked:
        assert bundle.run(each, 1).stdout == str(each.identity)


# What can be written as UTF-8: no lone surrogates.
TEXT = st.text(st.characters(exclude_categories=("Cs",)), max_size=60)
TARGETS = st.from_regex(r"[a-z]{1,9}\.[a-z]{1,9}( [a-z0-9][a-z0-9.:/-]{0,9})?", fullmatch=True)
CONTEXTS = TEXT.filter(CONTEXT.accepts)
OUTPUTS = st.builds(
    Output,
    st.integers(-64, 255),
    TEXT,
    TEXT,
    st.floats(0, 1e4).map(lambda seconds: round(seconds, 3)),
    st.sampled_from(sorted(set(Failure) - {Failure.NOT_RECORDED}, key=lambda failure: failure.value)),
)


def kept(output: Output) -> Output:
    """Return an output with what is kept of its stderr."""
    has_failed = output.exit_code or output.failure is not Failure.NONE
    return replace(output, stderr=said(output.stderr) if has_failed else "")


@settings(max_examples=60)
@given(
    st.dictionaries(st.tuples(TEXT.filter(bool), st.just("") | CONTEXTS, st.just("") | TARGETS), OUTPUTS, max_size=6),
    st.lists(CONTEXTS, unique=True, max_size=4),
    st.sampled_from(PARTS),
)
def test_any_names_and_outputs_come_back(
    tmp_path_factory: pytest.TempPathFactory,
    outputs: dict[tuple[str, str, str], Output],
    contexts: list[str],
    part: str,
) -> None:
    place = tmp_path_factory.mktemp("any") / part
    asked = [invocation(*identity) for identity in outputs]
    with Recorder(Told(outputs), place, tuple(contexts), SETTINGS, TAKEN_AT) as recorder:
        for each in asked:
            recorder.run(each, 1)
    bundle = Bundle.open(place)
    assert bundle.contexts == tuple(contexts)
    assert [bundle.run(each, 1) for each in asked] == [kept(outputs[each.identity]) for each in asked]
    assert bundle.partial is any(output.failure is Failure.INTERRUPTED for output in outputs.values())


def test_what_utf8_cannot_hold_is_replaced(place: Path) -> None:
    told = Told({invocation().identity: Output(stdout="a\ud800")})
    with Recorder(told, place, ("cluster1",), SETTINGS, TAKEN_AT) as recorder:
        recorder.run(invocation(), 1)
    assert Bundle.open(place).run(invocation(), 1) == Output(stdout="a?")


def test_many_threads_record_all(place: Path) -> None:
    asked = [invocation("k", f"cluster{number % 3}", f"pod-{number}") for number in range(90)]
    recorder = Recorder(Told(), place, ("cluster0", "cluster1"), SETTINGS, TAKEN_AT)
    with recorder, ThreadPoolExecutor(16) as pool:
        list(pool.map(lambda each: recorder.run(each, 1), asked))
    bundle = Bundle.open(place)
    assert all(bundle.run(each, 1).stdout == str(each.identity) for each in asked)


# Killed, interrupted, full.


def test_killed_run_leaves_a_partial_recording(place: Path) -> None:
    recorder = Recorder(Told(), place, ("cluster1",), SETTINGS, TAKEN_AT)
    recorder.run(invocation("pods"), 1)
    bundle = Bundle.open(left(place))
    assert not place.exists()
    assert bundle.partial
    assert bundle.run(invocation("pods"), 1).stdout
    assert bundle.run(invocation("nodes"), 1).failure is Failure.NOT_RECORDED
    assert Bundle.open(record(place)).partial is False


def test_run_killed_at_any_write_leaves_a_readable_recording(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each write is cut off in turn, as by SIGKILL: nothing after it happens."""
    create = folder.create
    for last in range(12):
        ahead = [last]

        def cut(name: str, place: int | None = None, ahead: list[int] = ahead) -> int:
            if ahead[0] == 0:
                raise KeyboardInterrupt
            ahead[0] -= 1
            return create(name, place)

        monkeypatch.setattr(folder, "create", cut)
        place = tmp_path / f"cut{last}"
        asked = [invocation(key) for key in ("a", "b", "c")]
        complete = False
        try:
            record(place, *asked)
            complete = True
        except KeyboardInterrupt:
            pass
        if last:
            bundle = Bundle.open(place if complete else left(place))
            assert bundle.partial is not complete
            assert all(bundle.run(each, 1).stdout in ("", str(each.identity)) for each in asked)
    assert complete


def test_interrupted_output_makes_the_recording_partial(place: Path) -> None:
    told = Told({invocation().identity: Output(failure=Failure.INTERRUPTED)})
    with Recorder(told, place, ("cluster1",), SETTINGS, TAKEN_AT) as recorder:
        recorder.run(invocation(), 1)
    assert Bundle.open(place).partial
    assert Bundle.open(place).run(invocation(), 1).failure is Failure.INTERRUPTED


def test_error_in_the_run_leaves_a_partial_recording_and_is_not_hidden(tmp_path: Path) -> None:
    def broken() -> None:
        with Recorder(Told(), tmp_path / "b", ("cluster1",), SETTINGS, TAKEN_AT) as recorder:
            recorder.run(invocation(), 1)
            raise RuntimeError("a bug")

    with pytest.raises(RuntimeError, match="a bug"):
        broken()
    assert Bundle.open(left(tmp_path / "b")).partial


def test_full_disk_does_not_stop_the_run_and_is_said_at_its_end(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    recorder = Recorder(Told(), place, ("cluster1",), SETTINGS, TAKEN_AT)
    recorder.run(invocation("a"), 1)

    def full(name: str, place: int | None = None) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(folder, "create", full)
    assert recorder.run(invocation("b"), 1).stdout
    monkeypatch.undo()
    with pytest.raises(McdiagError, match="could not be recorded: No space left on device; what was had is") as raised:
        recorder.close()
    assert raised.value.exit_code == 3
    assert Bundle.open(left(place)).partial
    assert Bundle.open(left(place)).run(invocation("a"), 1).stdout


def test_real_full_device_leaves_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folder, "create", lambda *_: os.open("/dev/full", os.O_WRONLY))
    with pytest.raises(McdiagError, match="No space left"):
        Recorder(Told(), tmp_path / "b", ("cluster1",), SETTINGS, TAKEN_AT)
    assert files(tmp_path) == set()


@pytest.mark.parametrize("part", PARTS)
def test_path_that_cannot_be_written_is_said_before_anything_runs(tmp_path: Path, part: str) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(McdiagError, match="cannot be written") as raised:
        Recorder(Told(), tmp_path / "file" / part, ("a",), SETTINGS, TAKEN_AT)
    assert raised.value.exit_code == 2


# What is there already.


def nothing(place: Path) -> None:
    """Leave the path as it is: free."""


def empty(place: Path) -> None:
    """Make an empty folder there."""
    place.mkdir()


@pytest.mark.parametrize("before", [nothing, empty])
def test_free_path_and_empty_folder_are_taken(tmp_path: Path, before: Callable[[Path], None]) -> None:
    before(tmp_path / "b")
    assert Bundle.open(record(tmp_path / "b", invocation())).run(invocation(), 1).stdout
    assert [path.name for path in tmp_path.iterdir()] == ["b"]


def earlier(place: Path) -> None:
    """Record there."""
    record(place, invocation("old"))


def somebodys(place: Path) -> None:
    """Put a file, or a folder with one, there."""
    if archive.is_archive(place):
        place.write_text("my thesis")
    else:
        place.mkdir()
        (place / "thesis").write_text("my thesis")


def link(place: Path) -> None:
    """Put a link to an empty folder there."""
    (place.parent / "elsewhere").mkdir()
    place.symlink_to(place.parent / "elsewhere")


def dangling(place: Path) -> None:
    """Put a link that leads nowhere yet there."""
    place.symlink_to(place.parent / "nowhere")


@pytest.mark.parametrize("before", [earlier, somebodys, link, dangling])
def test_whatever_is_there_is_neither_taken_nor_replaced(place: Path, before: Callable[[Path], None]) -> None:
    before(place)
    there = {path: path.read_bytes() for path in place.parent.rglob("*") if path.is_file()}
    with pytest.raises(McdiagError, match="exists; choose another path, or remove it") as raised:
        record(place, invocation())
    assert raised.value.exit_code == 2
    assert {path: path.read_bytes() for path in place.parent.rglob("*") if path.is_file()} == there


def test_folder_of_somebody_else_is_not_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "b").mkdir()
    monkeypatch.setattr(os, "geteuid", lambda: (tmp_path / "b").stat().st_uid + 1)
    with pytest.raises(McdiagError, match="exists"):
        record(tmp_path / "b", invocation())


def test_folder_prepared_beside_the_path_is_not_packed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Finding H3: what lay in PATH.partial was packed, through links."""
    (tmp_path / "kubeconfig").write_text("token: s3cret")
    for name in ("b.tar.gz.partial", "b.tar.gz.partial-00"):
        (tmp_path / name / "cluster1").mkdir(parents=True)
        (tmp_path / name / "bundle.yaml").write_text("format: 1")
        (tmp_path / name / "cluster1/nodes.txt").symlink_to(tmp_path / "kubeconfig")
    record(tmp_path / "b.tar.gz", invocation())
    packed = archive.read(tmp_path / "b.tar.gz")
    assert set(packed) == {"b/bundle.yaml", "b/cluster1/meta.yaml", "b/cluster1/pods.txt"}
    assert b"s3cret" not in b"".join(packed.values())


def test_name_that_somebody_guessed_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folder.secrets, "token_hex", lambda _: "guessed")
    (tmp_path / "b.partial-guessed").symlink_to(tmp_path)
    with pytest.raises(McdiagError, match="cannot be written: File exists"):
        record(tmp_path / "b", invocation())


def test_killed_run_leaves_nothing_to_the_next(tmp_path: Path) -> None:
    """Finding H3: a killed plain run, then an anonymous one, packed the real names."""
    place = tmp_path / "b.tar.gz"
    Recorder(Told(), place, ("payments",), SETTINGS, TAKEN_AT).run(invocation("pods", "payments"), 1)
    hidden = Recorder(
        Told(), place, ("payments",), SETTINGS, TAKEN_AT, disguise=lambda text: text.replace("payments", "n1")
    )
    hidden.run(invocation("nodes", "payments"), 1)
    hidden.close()
    assert set(archive.read(place)) == {"mesh/bundle.yaml", "mesh/n1/meta.yaml", "mesh/n1/nodes.txt"}
    assert b"payments" not in b"".join(archive.read(place).values())


def test_file_that_came_to_be_meanwhile_stays(tmp_path: Path) -> None:
    recorder = Recorder(Told(), tmp_path / "b.tar.gz", ("cluster1",), SETTINGS, TAKEN_AT)
    (tmp_path / "b.tar.gz").symlink_to(tmp_path / "precious")
    (tmp_path / "precious").write_text("kept")
    with pytest.raises(McdiagError, match="could not be recorded: File exists; what was had is in"):
        recorder.close()
    assert (tmp_path / "precious").read_text() == "kept"
    assert Bundle.open(left(tmp_path / "b.tar.gz")).contexts == ("cluster1",)


def test_file_system_without_links_takes_an_archive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object, **__: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", refused)
    assert Bundle.open(record(tmp_path / "b.tar.gz", invocation())).run(invocation(), 1).stdout
    recorder = Recorder(Told(), tmp_path / "c.tar.gz", ("cluster1",), SETTINGS, TAKEN_AT)
    (tmp_path / "c.tar.gz").write_text("kept")
    with pytest.raises(McdiagError, match="File exists"):
        recorder.close()
    assert (tmp_path / "c.tar.gz").read_text() == "kept"


def test_link_put_into_the_folder_is_not_followed(tmp_path: Path) -> None:
    recorder = Recorder(Told(), tmp_path / "b.tar.gz", ("cluster1",), SETTINGS, TAKEN_AT)
    recorder.run(invocation(), 1)
    (tmp_path / "precious").write_text("kept")
    inside = left(tmp_path / "b.tar.gz") / "cluster1"
    (inside / "pods.txt").unlink()
    (inside / "pods.txt").symlink_to(tmp_path / "precious")
    (inside / ".nodes.txt.tmp").symlink_to(tmp_path / "precious")
    recorder.run(invocation("nodes"), 1)
    with pytest.raises(McdiagError, match="could not be recorded"):
        recorder.close()
    assert (tmp_path / "precious").read_text() == "kept"
    assert not (tmp_path / "b.tar.gz").exists()


# What somebody else may send.


def refused(path: Path, words: str) -> None:
    with pytest.raises(McdiagError, match=words) as raised:
        Bundle.open(path)
    assert raised.value.exit_code == 2
    assert "\n" not in str(raised.value)


def packed(path: Path, *members: tuple[tarfile.TarInfo, bytes]) -> Path:
    with tarfile.open(path, "w:gz", format=tarfile.PAX_FORMAT) as tar:
        for member, content in members:
            member.size = member.size or len(content)
            tar.addfile(member, io.BytesIO(content))
    return path


HEADER = b"format: 1\ntaken_at: '2026-11-23T00:00:00Z'\ncomplete: true\n"


def test_missing_path_is_no_bundle(tmp_path: Path) -> None:
    refused(tmp_path / "none", "no such file or folder; make one with `kubectl mcdiag collect PATH`")


def test_empty_folder_is_no_bundle(tmp_path: Path) -> None:
    refused(tmp_path, "is not a bundle: it has no bundle.yaml; make one")


CUT_OFF = gzip.compress(b"", mtime=0)[:-4]


@pytest.mark.parametrize(
    "content", [b"", b"text", b"\x1f\x8b", gzip.compress(b"no tar at all" * 100, mtime=0), CUT_OFF]
)
def test_file_of_another_kind_is_no_bundle(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "b.tar.gz").write_bytes(content)
    refused(tmp_path / "b.tar.gz", "cannot be read as a .tar.gz|has no bundle.yaml")


def test_truncated_archive_is_refused_wherever_it_ends(tmp_path: Path) -> None:
    whole = record(tmp_path / "b.tar.gz", invocation()).read_bytes()
    for length in range(0, len(whole), 7):
        (tmp_path / "cut.tar.gz").write_bytes(whole[:length])
        refused(tmp_path / "cut.tar.gz", "cannot be read")


@pytest.mark.parametrize("name", ["../evil", "/etc/passwd", "a/../../evil", ".."])
def test_name_that_leads_out_is_refused(tmp_path: Path, name: str) -> None:
    refused(packed(tmp_path / "b.tar.gz", (tarfile.TarInfo(name), b"x")), "leads out of it")


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.FIFOTYPE, tarfile.BLKTYPE])
def test_link_or_device_is_refused(tmp_path: Path, kind: bytes) -> None:
    member = tarfile.TarInfo("bundle.yaml")
    member.type, member.linkname = kind, "/etc/passwd"
    refused(packed(tmp_path / "b.tar.gz", (member, b"")), "neither a file nor a folder")


def test_sparse_file_is_refused(tmp_path: Path) -> None:
    member = tarfile.TarInfo("b/bundle.yaml")
    member.pax_headers = {
        "GNU.sparse.map": "0,1",
        "GNU.sparse.size": str(1 << 40),
        "GNU.sparse.numblocks": "1",
    }
    refused(
        packed(tmp_path / "b.tar.gz", (member, b"x")),
        "cannot be read as a .tar.gz: a member in it is neither a file nor a folder",
    )


def test_bomb_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "b.tar.gz"
    path.write_bytes(gzip.compress(bytes(20_000_000), 9))
    with pytest.raises(McdiagError, match="unpacks to more than 10,000,000 bytes"):
        archive.read(path, size_limit=10_000_000)


def test_too_many_files_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "MEMBER_LIMIT", 5)
    refused(packed(tmp_path / "b.tar.gz", *((tarfile.TarInfo(f"{n}"), b"") for n in range(6))), "too many files")


def test_archive_packed_by_hand_is_read(tmp_path: Path) -> None:
    folder = record(tmp_path / "mine", invocation())
    for name, top in (("a", "."), ("b", "mine"), ("c", "./deep/mine")):
        path = tmp_path / f"{name}.tgz"
        with tarfile.open(path, "w:gz") as tar:
            tar.add(folder, top)
        assert Bundle.open(path).run(invocation(), 1).stdout == str(invocation().identity)


@pytest.mark.parametrize(
    ("header", "words"),
    [
        (b"", "has no bundle.yaml"),
        (b"[]", "expected an object"),
        (b"just text", "expected an object"),
        (b"a: [", "not YAML"),
        (b"\xff\xfe\x00", "not YAML"),
        (b"[" * 200, "more than 100 levels deep"),
        (b"[" * 100_000, "levels deep|not YAML"),  # newer releases of libyaml have a limit too
        (b"format: 2", "format 2 and this mcdiag .* reads format 1"),
        (b"format: x", "expected a number"),
        (b"format: .inf", "expected a number"),
        (b"format: 1", "taken_at"),
        (b"format: 1\ntaken_at: soon", "taken_at"),
        (HEADER + b"contexts: {a: b}", "expected a list"),
        (HEADER + b"contexts: [a]", "expected an object"),
        (HEADER + b"contexts: [{name: a}]", "plain name"),
        (HEADER + b"contexts: [{name: a, folder: ../a}]", "plain name"),
        (HEADER + b"contexts: [{name: a, folder: /etc}]", "plain name"),
        (HEADER + b"settings: {services: x}", "expected a list"),
        (HEADER + b"settings: {namespace: [x]}", "expected a text"),
        (HEADER + b"extends: /etc", "neighbouring folders"),
        (HEADER + b"extends: ../none", "no such file or folder"),
        (HEADER + b"extends: .", "not in circles"),
        (HEADER + b"extends: ../../../../etc", "neighbouring folders"),
        (HEADER + b"extends: ../a/../../b", "neighbouring folders"),
        (HEADER + b"contexts: [{name: --all, folder: a}]", "no command can be made of"),
        (HEADER + b'contexts: [{name: "a\\nb", folder: a}]', "no command can be made of"),
        (HEADER + b'contexts: [{name: a, folder: "b\\e[2J"}]', "plain name"),
        (HEADER + b"settings: {istio_namespace: --server=https://a}", "settings.istio_namespace: expected a DNS-1123"),
        (HEADER + b"settings: {namespace: a b}", "settings.namespace: expected a DNS-1123 label"),
        (HEADER + b"settings: {services: [-A]}", "settings.services"),
        (HEADER + b"settings: {client: --all}", "settings.client"),
    ],
)
def test_strange_header_is_refused(tmp_path: Path, header: bytes, words: str) -> None:
    (tmp_path / "bundle.yaml").write_bytes(header)
    refused(tmp_path, words)


@pytest.mark.parametrize(
    ("meta", "words"),
    [
        ("[]", "expected an object"),
        ("a: b", "expected an object"),
        ("../../etc/passwd: {command: a}", "plain name"),
        ("..: {command: a}", "plain name"),
        ("a.txt: {command: [a]}", "expected a text"),
        ("a.txt: {command: a, failure: gremlins}", "`failure` or `seconds`"),
        ("a.txt: {command: a, seconds: long}", "`failure` or `seconds`"),
        ("a.txt: {command: a, exit_code: one}", "expected a number"),
        ("a.txt: {command: a, target: --all}", "no command can be made of"),
        ("a.txt: {command: a, target: 'a.b -A'}", "no command can be made of"),
        ("a.txt: {command: a, context: --all}", "no command can be made of"),
        ("&a [*a, *a]", "more than 1,000,000 values"),
    ],
)
def test_strange_entries_are_refused(tmp_path: Path, meta: str, words: str) -> None:
    (tmp_path / "bundle.yaml").write_bytes(HEADER)
    (tmp_path / "meta.yaml").write_text(meta)
    refused(tmp_path, words)


def test_header_sets_no_flag_and_nothing_that_a_replay_does_not_need(tmp_path: Path) -> None:
    """Finding H5: `flags` of a header came into every printed command, and sent the operator's token elsewhere."""
    flags = b"settings: {flags: [--server=https://a, --insecure-skip-tls-verify], probe: true, mood: good}\n"
    (tmp_path / "bundle.yaml").write_bytes(HEADER + flags)
    assert Bundle.open(tmp_path).settings == Settings(probe=True)


def crafted(record: bytes) -> bytes:
    """Return a tar with one extended header."""
    header = tarfile.TarInfo("b/bundle.yaml")
    header.size, header.type = len(record), tarfile.XHDTYPE
    file = tarfile.TarInfo("b/bundle.yaml")
    return header.tobuf() + record.ljust(tar.BLOCK, b"\0") + file.tobuf() + bytes(1024)


@pytest.mark.parametrize(
    "record",
    [
        b"0 path=a\n",
        b"1 path=a\n",
        b"2 path=a\n",
        b"-9 path=a\n",
        b"9999999999 path=a\n",
        b"path",
        b"12 size=-512\n",
        b"26 GNU.sparse.size=999999\n",
    ],
)
def test_crafted_extended_header_is_refused_and_never_hangs(tmp_path: Path, record: bytes) -> None:
    """Some releases of Python go round in circles on such headers."""
    (tmp_path / "b.tar.gz").write_bytes(gzip.compress(crafted(record), mtime=0))
    refused(tmp_path / "b.tar.gz", "cannot be read as a .tar.gz: (an extended header|a member)")


@pytest.mark.parametrize("kind", [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
def test_names_of_every_kind_of_tar_are_read(tmp_path: Path, kind: int) -> None:
    names = ["b/bundle.yaml", f"{'d' * 90}/{'f' * 90}", *(["é" * 80] if kind != tarfile.USTAR_FORMAT else [])]
    with tarfile.open(tmp_path / "b.tar.gz", "w:gz", format=kind) as found:
        for name in names:
            member = tarfile.TarInfo(name)
            member.size = len(name)
            found.addfile(member, io.BytesIO(name.encode()[: member.size]))
    assert list(archive.read(tmp_path / "b.tar.gz")) == names


def test_link_in_a_folder_is_not_followed_out_of_it(tmp_path: Path) -> None:
    place = record(tmp_path / "b", invocation())
    (tmp_path / "secret").write_text("secret")
    (place / "cluster1/pods.txt").unlink()
    (place / "cluster1/pods.txt").symlink_to(tmp_path / "secret")
    assert Bundle.open(place).run(invocation(), 1) == Output(failure=Failure.NOT_RECORDED)


def test_output_that_is_no_file_is_not_recorded(tmp_path: Path) -> None:
    place = record(tmp_path / "b", invocation())
    (place / "cluster1/pods.txt").unlink()
    os.mkfifo(place / "cluster1/pods.txt")
    assert Bundle.open(place).run(invocation(), 1).failure is Failure.NOT_RECORDED


def test_unknown_keys_are_ignored(tmp_path: Path) -> None:
    place = record(tmp_path / "b", invocation())
    for name in ("bundle.yaml", "cluster1/meta.yaml"):
        text = (place / name).read_text()
        (place / name).write_text(text.replace("command: pods", "command: pods\n  mood: good") + "later: {a: 1}\n")
    assert Bundle.open(place).run(invocation(), 1).stdout


@settings(max_examples=150)
@given(st.binary(max_size=300), st.data())
def test_any_bytes_are_a_bundle_or_a_sentence(
    tmp_path_factory: pytest.TempPathFactory, noise: bytes, data: st.DataObject
) -> None:
    path = tmp_path_factory.mktemp("noise") / "b.tar.gz"
    plain = bytearray(gzip.decompress(_sample()))
    at = data.draw(st.integers(0, len(plain)))
    plain[at : at + len(noise)] = noise
    path.write_bytes(data.draw(st.sampled_from((noise, gzip.compress(bytes(plain), 1)))))
    try:
        Bundle.open(path).run(invocation(), 1)
    except McdiagError as error:
        assert "\n" not in str(error)  # noqa: PT017 - either is right


def _sample(cache: list[bytes] = []) -> bytes:  # noqa: B006 - made once
    if not cache:
        folder = Path(os.environ.get("TMPDIR", "/tmp")) / f"mcdiag-sample-{os.getpid()}.tar.gz"
        cache.append(record(folder, invocation()).read_bytes())
        folder.unlink()
    return cache[0]


# Fixtures edited for another version.


def test_extended_recording_answers_what_this_one_lacks(tmp_path: Path) -> None:
    record(tmp_path / "base", invocation("a"), invocation("b"))
    edited = tmp_path / "edited"
    (edited / "c").mkdir(parents=True)
    (edited / "bundle.yaml").write_text(
        "format: 1\norigin: edited\nextends: ../base\n"
        "contexts: [{name: cluster1, folder: c}, {name: cluster2, folder: d}]\n"
    )
    (edited / "c/meta.yaml").write_text("a.txt: {command: a}\n")
    (edited / "c/a.txt").write_text("edited")
    bundle = Bundle.open(edited)
    assert bundle.run(invocation("a"), 1).stdout == "edited"
    assert bundle.run(invocation("b"), 1).stdout == str(invocation("b").identity)
    assert bundle.run(invocation("c"), 1).failure is Failure.NOT_RECORDED
    assert (bundle.settings, bundle.taken_at, bundle.partial) == (SETTINGS, TAKEN_AT, False)
    assert (bundle.origin, bundle.contexts) == ("edited", ("cluster1", "cluster2"))


def test_archive_cannot_extend_anything(tmp_path: Path) -> None:
    member = tarfile.TarInfo("bundle.yaml")
    refused(packed(tmp_path / "b.tar.gz", (member, HEADER + b"extends: ../x\n")), "neighbouring folders only")


@pytest.mark.parametrize(
    ("folders", "words"),
    [
        (["one", "one"], "two of its contexts have one folder"),
        ([f"f{place}" for place in range(CONTEXT_LIMIT + 1)], f"it has more than {CONTEXT_LIMIT} contexts"),
    ],
)
def test_few_bytes_do_not_make_millions_of_pairs(tmp_path: Path, folders: list[str], words: str) -> None:
    """3,000 contexts of one folder were 9 million pairs, and took minutes."""
    rows = [{"name": f"c{place}", "folder": folder} for place, folder in enumerate(folders)]
    (tmp_path / "bundle.yaml").write_bytes(b"format: 1\n" + yaml.safe_dump({"contexts": rows}).encode())
    refused(tmp_path, words)
