"""Recordings: what was recorded is replayed, and what else somebody sends is refused in one sentence."""

import gzip
import io
import os
import tarfile
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from kubectl_mcdiag.errors import McdiagError
from kubectl_mcdiag.evidence.model import Command, Failure, Invocation, Output, Settings
from kubectl_mcdiag.sources.bundle import Bundle, Recorder, archive

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


def files(path: Path) -> set[str]:
    return {file.relative_to(path).as_posix() for file in path.rglob("*") if file.is_file()}


@pytest.fixture(params=PARTS)
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    part: str = request.param
    return tmp_path / part


def test_recording_gives_back_what_was_recorded(place: Path) -> None:
    output = Output(1, "héllo\r\n\n", "Error: ✗\n second: line\n", 1.25, Failure.FORBIDDEN)
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
            "argv": ["kubectl", "--context", "cluster1", "get", "proxy"],
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
OUTPUTS = st.builds(
    Output,
    st.integers(-64, 255),
    TEXT,
    TEXT,
    st.floats(0, 1e4).map(lambda seconds: round(seconds, 3)),
    st.sampled_from(sorted(set(Failure) - {Failure.NOT_RECORDED}, key=lambda failure: failure.value)),
)


@settings(max_examples=60)
@given(
    st.dictionaries(st.tuples(TEXT.filter(bool), TEXT, TEXT), OUTPUTS, max_size=6),
    st.lists(TEXT.filter(bool), unique=True, max_size=4),
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
    assert [bundle.run(each, 1) for each in asked] == [outputs[each.identity] for each in asked]
    assert bundle.partial is any(output.failure is Failure.INTERRUPTED for output in outputs.values())


def test_what_utf8_cannot_hold_is_replaced(place: Path) -> None:
    told = Told({invocation().identity: Output(stdout="a\ud800", stderr="b\udfff")})
    with Recorder(told, place, ("cluster1",), SETTINGS, TAKEN_AT) as recorder:
        recorder.run(invocation(), 1)
    assert Bundle.open(place).run(invocation(), 1) == Output(stdout="a?", stderr="b?")


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
    left = place if place.is_dir() else place.with_name("bundle.tar.gz.partial")
    bundle = Bundle.open(left)
    assert bundle.partial
    assert bundle.run(invocation("pods"), 1).stdout
    assert bundle.run(invocation("nodes"), 1).failure is Failure.NOT_RECORDED
    assert Bundle.open(record(place)).partial is False


def test_run_killed_at_any_write_leaves_a_readable_recording(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each write is cut off in turn, as by SIGKILL: nothing after it happens."""
    private = archive.private
    for last in range(12):
        left = [last]

        def cut(path: Path, left: list[int] = left) -> io.BufferedWriter:
            if left[0] == 0:
                path.write_bytes(b"torn")
                raise KeyboardInterrupt
            left[0] -= 1
            return private(path)  # type: ignore[return-value]

        monkeypatch.setattr(archive, "private", cut)
        place = tmp_path / f"cut{last}"
        asked = [invocation(key) for key in ("a", "b", "c")]
        complete = False
        try:
            record(place, *asked)
            complete = True
        except KeyboardInterrupt:
            pass
        if last:
            bundle = Bundle.open(place)
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
    assert Bundle.open(tmp_path / "b").partial


def test_full_disk_does_not_stop_the_run_and_is_said_at_its_end(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    recorder = Recorder(Told(), place, ("cluster1",), SETTINGS, TAKEN_AT)
    recorder.run(invocation("a"), 1)

    def full(path: Path) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(archive, "private", full)
    assert recorder.run(invocation("b"), 1).stdout
    monkeypatch.undo()
    with pytest.raises(McdiagError, match="could not be recorded: No space left on device") as raised:
        recorder.close()
    assert raised.value.exit_code == 3
    left = place if place.is_dir() else place.with_name("bundle.tar.gz.partial")
    assert Bundle.open(left).partial
    assert Bundle.open(left).run(invocation("a"), 1).stdout


def test_real_full_device_leaves_no_temporary_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "private", lambda _: Path("/dev/full").open("wb"))  # noqa: SIM115
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


def test_earlier_recording_is_replaced(place: Path) -> None:
    record(place, invocation("old"), contexts=("cluster1", "gone"))
    bundle = Bundle.open(record(place, invocation("new")))
    assert bundle.run(invocation("old"), 1).failure is Failure.NOT_RECORDED
    assert bundle.run(invocation("new"), 1).failure is Failure.NONE
    if place.is_dir():
        assert not (place / "cluster1/old.txt").exists()
    else:
        assert not place.with_name("bundle.tar.gz.partial").exists()


def test_expectations_beside_a_recording_are_kept(tmp_path: Path) -> None:
    place = record(tmp_path / "b", invocation())
    (place / "expected.yaml").write_text("a: 1")
    record(place, invocation())
    assert (place / "expected.yaml").read_text() == "a: 1"


def test_anything_else_is_never_overwritten(place: Path) -> None:
    if archive.is_archive(place):
        place.write_text("my thesis")
    else:
        place.mkdir()
        (place / "thesis").write_text("my thesis")
    with pytest.raises(McdiagError, match="exists and is not a recording"):
        record(place)
    assert "my thesis" in (place / "thesis" if place.is_dir() else place).read_text()


def test_edited_recording_is_never_overwritten(tmp_path: Path) -> None:
    place = record(tmp_path / "b", invocation())
    header = place / "bundle.yaml"
    header.write_text(header.read_text().replace("origin: recorded", "origin: edited"))
    with pytest.raises(McdiagError, match="edited"):
        record(place)


def test_link_at_a_file_of_the_recording_is_not_written_through(tmp_path: Path) -> None:
    place = record(tmp_path / "b", invocation())
    (tmp_path / "precious").write_text("kept")
    (place / "cluster1/pods.txt").unlink()
    (place / "cluster1/pods.txt").symlink_to(tmp_path / "precious")
    (place / "cluster1/.pods.txt.tmp").symlink_to(tmp_path / "precious")
    with pytest.raises(McdiagError):
        record(place, invocation())
    assert (tmp_path / "precious").read_text() == "kept"


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
        "neither a file nor a folder|larger than itself|cannot be read",
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
        (b"[" * 100_000, "levels deep|maximum nesting depth in line 1"),  # newer releases of libyaml have a limit too
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
        ("a.txt: {command: a, failure: gremlins}", "gremlins"),
        ("a.txt: {command: a, seconds: long}", "long"),
        ("a.txt: {command: a, exit_code: one}", "expected a number"),
        ("&a [*a, *a]", "more than 1,000,000 values"),
    ],
)
def test_strange_entries_are_refused(tmp_path: Path, meta: str, words: str) -> None:
    (tmp_path / "bundle.yaml").write_bytes(HEADER)
    (tmp_path / "meta.yaml").write_text(meta)
    refused(tmp_path, words)


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
