"""Nothing leaves by a wrong place: canaries where nobody expects them, hostile recordings, folders in the way.

The whole tool is run, against a kubectl and an istioctl whose answers and complaints hold canaries: in objects of the
wrong shape, in sentences instead of names, on stderr of what succeeds and of what fails. Looked through are the report
in every format, `-v 9`, recordings plain and anonymous, and whatever is left in the temporary folder.
"""

import gzip
import json
import random
import shlex
from collections.abc import Callable
from pathlib import Path

import pytest

from kubectl_mcdiag.cli.main import FORMATS
from kubectl_mcdiag.evidence.model import unchanged
from tests.hostile.conftest import Figure
from tests.impostor import HEALTHY, Impostor, impostor
from tests.scenarios import snapshot
from tests.test_bundle import TAKEN_AT, record
from tests.test_bundle import invocation as asked
from tests.test_failures import HELPERS
from tests.test_saved import AMONG, MALFORMED, SENTENCE, holds, in_base64, wrong
from tests.unredacted import CANARY, unredacted

CLUSTERS = ("--context", "cluster1,cluster2")
RUNS = 12
"""How many runs are made in each way; every second answer of a run is a wrong one."""


def hostile(folder: Path, seed: int) -> tuple[Impostor, int]:
    """Return tools that put canaries into half of their answers and into all of their complaints."""
    dice, deeds = random.Random(seed), dict[tuple[str, str], str]()
    answers = folder / "answers"
    answers.mkdir(parents=True)
    for place, found in enumerate(snapshot(HEALTHY).observations.values()):
        key, context = found.invocation.command.key, found.invocation.context
        if key == "kubeconfig" or not found.output.stdout or dice.random() < 0.5:
            continue
        file = answers / str(place)
        file.write_text(wrong(key, unredacted(found), dice), "utf-8")
        helper = shlex.quote(dice.choice(list(HELPERS.values())).replace("{}", CANARY))
        deeds[key, context] = f"echo {helper} >&2; cat {file}; exit {dice.choice((0, 0, 0, 1))}"
    return impostor(folder / "tools", deeds), len(deeds)


def contents(folder: Path) -> str:
    """Return all names and contents under a path, archives unpacked."""
    files = [path for path in (folder, *folder.rglob("*")) if path.is_file()]
    texts = (gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes() for path in files)
    return "\n".join(map(str, files)) + b"\n".join(texts).decode("utf-8", "replace")


@pytest.mark.parametrize("output", FORMATS)
def test_no_report_and_nothing_told_holds_a_canary(output: str, tmp_path: Path, figure: Figure) -> None:
    planted = 0
    for seed in range(RUNS):
        mesh, answers = hostile(tmp_path / str(seed), seed)
        run = mesh.run("check", *CLUSTERS, "-v", "9", "-o", output)
        assert run.code in (0, 1, 3), run.err
        assert len(run.err) > 1_000
        assert not holds(run.out + run.err), seed
        assert not [path for path in mesh.folder.rglob("mcdiag-crash-*") if holds(path.read_text())]
        planted += answers
    figure(f"`-o {output} -v 9`: runs; wrong answers in them; canaries found", f"{RUNS}; {planted}; 0")


@pytest.mark.parametrize("more", [(), ("--anonymize",)], ids=["plain", "anonymous"])
def test_no_recording_holds_a_canary(more: tuple[str, ...], tmp_path: Path, figure: Figure) -> None:
    planted = 0
    for seed in range(RUNS):
        mesh, answers = hostile(tmp_path / str(seed), seed)
        kept = tmp_path / f"kept{seed}{'.tar.gz' if seed % 2 else ''}"
        run = mesh.run("collect", str(kept), *CLUSTERS, *more)
        assert run.code in (0, 3), run.err
        assert not holds(contents(kept) + run.err), seed
        planted += answers
    kind = "recordings with --anonymize" if more else "recordings"
    figure(f"{kind}: runs; wrong answers in them; canaries found", f"{RUNS}; {planted}; 0")


HEADERS = {
    "flags": "settings: {flags: ['--server=https://attacker.example', --insecure-skip-tls-verify]}",
    "an option for a context": "contexts: [{name: '--server=https://attacker.example', folder: a}]",
    "an option for a namespace": "settings: {istio_namespace: '--server=https://attacker.example'}",
    "a line break in a context": 'contexts: [{name: "a\\nkubectl delete ns x", folder: a}]',
    "a command in a context": "contexts: [{name: '$(touch owned)', folder: a}]",
    "a folder elsewhere": "contexts: [{name: a, folder: ../../..}]",
    "another recording": "extends: ../../../../etc",
}


@pytest.mark.parametrize("kind", HEADERS)
def test_hostile_recording_runs_nothing_and_sends_nothing_anywhere(kind: str, tmp_path: Path) -> None:
    mesh = impostor(tmp_path / "tools")
    sent = tmp_path / "sent"
    sent.mkdir()
    header = f"format: 1\ntaken_at: '{TAKEN_AT.isoformat()}'\ncomplete: true\n"
    (sent / "bundle.yaml").write_text(f"{header}{HEADERS[kind]}\n")

    run = mesh.run("check", "--bundle", str(sent))

    assert run.code in (2, 3), run.out
    assert "attacker.example" not in run.out
    assert "Traceback" not in run.err
    assert not (mesh.folder / "called").exists()
    assert not list(tmp_path.rglob("owned"))


def test_hostile_folder_in_the_way_gives_nothing_and_takes_nothing(tmp_path: Path, figure: Figure) -> None:
    mesh = impostor(tmp_path / "tools")
    precious = tmp_path / "kubeconfig"
    precious.write_text(f"token: {CANARY}")
    tried = 0
    for place, name in enumerate(("mesh.tar.gz", "mesh", "deep/mesh.tgz")):
        folder = tmp_path / str(place)
        kept = folder / name
        for leftover in (f"{kept}.partial", f"{kept}.partial-0"):
            (Path(leftover) / "cluster1").mkdir(parents=True)
            (Path(leftover) / "cluster1" / "pods.txt").symlink_to(precious)
            (Path(leftover) / "bundle.yaml").symlink_to(precious)
            tried += 1
        assert mesh.run("collect", str(kept), *CLUSTERS).code == 0
        assert not holds(contents(kept))
    for way in ("link", "dangling", "file", "folder", "earlier"):
        kept = tmp_path / way
        match way:
            case "link":
                kept.symlink_to(tmp_path)
            case "dangling":
                kept.symlink_to(tmp_path / "nowhere")
            case "file":
                kept.write_text("mine")
            case "folder":
                (kept / "mine").mkdir(parents=True)
            case "earlier":
                record(kept, asked())
        before = {path: path.lstat().st_mtime_ns for path in tmp_path.rglob("*")}
        run = mesh.run("collect", str(kept), *CLUSTERS)
        assert (run.code, "exists; choose another path" in run.err) == (2, True), way
        after = {path: path.lstat().st_mtime_ns for path in tmp_path.rglob("*") if "tools" not in path.parts}
        assert after == {path: moment for path, moment in before.items() if "tools" not in path.parts}
        tried += 1
    assert precious.read_text() == f"token: {CANARY}"
    figure("folders, links and files in the way of a recording: tried; packed or overwritten", f"{tried}; 0")


def planted(folder: Path) -> Impostor:
    """Return tools whose answers hold a canary in each place that somebody was seen to put a secret into."""
    deeds = dict[tuple[str, str], str]()
    for found in snapshot(HEALTHY).observations.values():
        key, context = found.invocation.command.key, found.invocation.context
        answer = PLACES.get(key, unchanged)(unredacted(found)) if found.output.stdout else ""
        if key in PLACES and answer:
            file = folder / f"{key}-{len(deeds)}"
            file.write_text(answer, "utf-8")
            deeds[key, context] = f"echo '{SENTENCE}' >&2; cat {file}"
    assert {key for key, _ in deeds} == PLACES.keys()
    return impostor(folder / "tools", deeds)


def _malformed(answer: str) -> str:
    """Add a remote secret of every malformed kind, and a private key among the certificates of `cacerts`."""
    row = "{}\tOpaque\t2026-11-23T20:00:00Z\t{}\t\t{}:{} \t\n"
    rows = (
        row.format(f"istio-remote-secret-x{place}", "istio/multiCluster=true ", f"x{place}", in_base64(text))
        for place, text in enumerate(MALFORMED.values())
    )
    return answer + "".join(rows) + row.format("cacerts", "", "cert-chain.pem", in_base64(AMONG))


def _keyed(answer: str) -> str:
    document = json.loads(answer)
    document["items"].append(
        {"metadata": {"name": "istio-ca-root-cert"}, "data": {"root-cert.pem": AMONG, "x": CANARY}}
    )
    return json.dumps(document)


def _filtered(answer: str) -> str:
    value = {"name": "a", "typed_config": {"@type": "type.googleapis.com/a.Lua", "inline_code": CANARY}}
    patch = {"applyTo": "HTTP_FILTER", "match": {"context": "ANY"}, "patch": {"operation": "MERGE", "value": value}}
    token = {"issuer": f"https://me:{CANARY}@issuer", "jwksUri": f"https://keys/{CANARY}", "jwks": CANARY}
    document = json.loads(answer)
    about = {"name": "a", "namespace": "sample"}
    document["items"] += [
        {"kind": "EnvoyFilter", "metadata": about, "spec": {"configPatches": [patch]}},
        {"kind": "RequestAuthentication", "metadata": about, "spec": {"jwtRules": [token]}},
    ]
    return json.dumps(document)


PLACES: dict[str, Callable[[str], str]] = {
    "secrets": _malformed,
    "configmaps": _keyed,
    "istio-config": _filtered,
}


def test_every_place_where_a_secret_was_seen_gives_nothing_away(tmp_path: Path, figure: Figure) -> None:
    mesh = planted(tmp_path)
    kept = tmp_path / "kept"

    told = [mesh.run("check", *CLUSTERS, "-v", "9", "-o", form) for form in FORMATS]
    saved = mesh.run("collect", str(kept), *CLUSTERS)

    assert {run.code for run in (*told, saved)} <= {0, 1, 3}
    assert not [form for form, run in zip(FORMATS, told, strict=True) if holds(run.out + run.err)]
    assert not holds(contents(kept) + saved.err)
    assert not list(mesh.folder.rglob("mcdiag-crash-*"))
    assert "unexpected shape" not in saved.err + "".join(run.out for run in told)
    assert "istio-remote-secret-x16" in contents(kept)
    figure(
        "places where secrets were seen, all at once: kinds of remote secrets; formats; canaries found",
        f"{len(MALFORMED)}; {len(FORMATS)}; 0",
    )
