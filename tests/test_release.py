"""The archive is the same wherever it is written, and the manifest and the bill of materials say what is in it."""

import json
import os
import re
import tarfile
from pathlib import Path
from typing import Any

import pytest
import yaml
from cryptography.hazmat.backends.openssl import backend
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from kubectl_mcdiag import __version__
from release.archive import sha256, write
from release.manifest import manifest
from release.sbom import LOCK, sbom

ROOT = Path(__file__).parent.parent
TEMPLATE = ROOT / "plugin.yaml"
WORKFLOW: dict[str, Any] = yaml.safe_load((ROOT / ".github" / "workflows" / "release.yml").read_text("utf-8"))
EXAMPLE: dict[str, Any] = yaml.safe_load((ROOT / "examples" / "github-workflow.yml").read_text("utf-8"))
PLATFORMS = {("linux", "amd64"), ("linux", "arm64"), ("darwin", "amd64"), ("darwin", "arm64")}


def program(where: Path, names: list[str], moment: int) -> Path:
    """Return a folder with these files, last changed at `moment`."""
    folder = where / "kubectl-mcdiag"
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"content of {path.name}")
        path.chmod(0o700 if path.name == "kubectl-mcdiag" else 0o640)
        os.utime(path, (moment, moment))
    return folder


def locked(name: str) -> str:
    """Return the version that the lock pins."""
    (line,) = (line for line in LOCK.read_text("utf-8").splitlines() if line.startswith(f"{name}=="))
    return line.removeprefix(f"{name}==").split()[0]


def test_archive_is_the_same_whatever_the_order_times_and_modes(tmp_path: Path) -> None:
    names = ["kubectl-mcdiag", "LICENSE", "_internal/b.so", "_internal/a.so"]
    one = program(tmp_path / "one", names, 1_000_000_000)
    other = program(tmp_path / "other", names[::-1], 1_500_000_000)
    (other / "LICENSE").chmod(0o600)

    first, second = tmp_path / "first.tar.gz", tmp_path / "second.tar.gz"

    assert write(one, first, 315532800) == write(other, second, 315532800) == sha256(second)
    assert first.read_bytes() == second.read_bytes()


def test_archive_holds_the_program_executable_and_no_installers_notes(tmp_path: Path) -> None:
    folder = program(tmp_path, ["kubectl-mcdiag", "LICENSE", "_internal/x-1.dist-info/RECORD"], 1_000_000_000)
    write(folder, tmp_path / "x.tar.gz", 315532800)

    with tarfile.open(tmp_path / "x.tar.gz") as tar:
        modes = {member.name: member.mode for member in tar}

    assert modes == {"kubectl-mcdiag/LICENSE": 0o644, "kubectl-mcdiag/kubectl-mcdiag": 0o755}


def test_archive_keeps_links_to_files_and_folders(tmp_path: Path) -> None:
    folder = program(tmp_path, ["_internal/Python.framework/Versions/3.11/Python"], 1_000_000_000)
    (folder / "_internal" / "Python").symlink_to("Python.framework/Versions/3.11/Python")
    (folder / "_internal" / "Python.framework" / "Versions" / "Current").symlink_to("3.11")
    write(folder, tmp_path / "x.tar.gz", 315532800)

    with tarfile.open(tmp_path / "x.tar.gz") as tar:
        links = {member.name.removeprefix("kubectl-mcdiag/_internal/"): member.linkname for member in tar}

    assert links == {
        "Python": "Python.framework/Versions/3.11/Python",
        "Python.framework/Versions/3.11/Python": "",
        "Python.framework/Versions/Current": "3.11",
    }


def test_template_has_this_version_and_all_platforms() -> None:
    document = yaml.safe_load(TEMPLATE.read_text("utf-8"))
    platforms = [each["selector"]["matchLabels"] for each in document["spec"]["platforms"]]

    assert document["spec"]["version"] == f"v{__version__}"
    assert {(each["os"], each["arch"]) for each in platforms} == PLATFORMS
    for each, labels in zip(document["spec"]["platforms"], platforms, strict=True):
        name = f"kubectl-mcdiag-v{__version__}-{labels['os']}-{labels['arch']}.tar.gz"
        assert each["uri"].endswith(f"/v{__version__}/{name}")


def test_manifest_has_the_checksums_of_what_was_built(tmp_path: Path) -> None:
    name = f"kubectl-mcdiag-v{__version__}-darwin-arm64.tar.gz"
    (tmp_path / name).write_bytes(b"abc")

    (entry,) = yaml.safe_load(manifest(TEMPLATE, tmp_path, "https://example.test/x/", ""))["spec"]["platforms"]

    assert entry["selector"]["matchLabels"] == {"os": "darwin", "arch": "arm64"}
    assert entry["uri"] == f"https://example.test/x/{name}"
    assert entry["sha256"] == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


def test_manifest_of_nothing_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="holds none of"):
        manifest(TEMPLATE, tmp_path, "", "")


def test_bill_of_materials_names_libraries_and_keeps_to_the_standard(tmp_path: Path) -> None:
    folder = program(tmp_path, ["kubectl-mcdiag", "_internal/libz.so.1"], 1_000_000_000)
    info = folder / "_internal" / "click.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.4\nName: click\nVersion: {locked('click')}\n")

    bill = sbom(folder, "0" * 64, 315532800)

    names = [part["name"] for part in json.loads(bill)["components"]]
    assert names == ["CPython", "pyinstaller", "click", "_internal/libz.so.1", "zlib", "libmpdec"]
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(bill) is None


def test_bill_of_materials_names_what_is_linked_in(tmp_path: Path) -> None:
    folder = program(tmp_path, ["kubectl-mcdiag"], 1_000_000_000)
    for name in ("cryptography", "pyyaml"):
        info = folder / "_internal" / f"{name}-{locked(name)}.dist-info"
        (info / "sboms").mkdir(parents=True)
        (info / "METADATA").write_text(f"Metadata-Version: 2.4\nName: {name}\nVersion: {locked(name)}\n")
    crate = {"name": "asn1", "version": "0.24.1", "purl": "pkg:cargo/asn1@0.24.1", "licenses": [{"expression": "MIT"}]}
    shipped = folder / "_internal" / f"cryptography-{locked('cryptography')}.dist-info" / "sboms" / "rust.json"
    shipped.write_text(json.dumps({"components": [crate, {"name": "openssl", "version": "0.0"}, {"name": "bare"}]}))

    bill = sbom(folder, "0" * 64, 315532800)

    parts = {part["name"]: part for part in json.loads(bill)["components"]}
    held = {each["ref"]: each["dependsOn"] for each in json.loads(bill)["dependencies"]}
    assert f"OpenSSL {parts['openssl']['version']} " in f"{backend.openssl_version_text()} "
    assert parts["libyaml"]["version"] == yaml._yaml.get_version_string()
    assert parts["asn1"]["description"] == "linked into cryptography"
    linked_in = [parts[name]["bom-ref"] for name in ("openssl", "asn1", "bare")]
    assert held[f"pkg:pypi/cryptography@{locked('cryptography')}"] == linked_in
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(bill) is None


def test_library_that_is_not_locked_is_refused(tmp_path: Path) -> None:
    info = tmp_path / "_internal" / "click.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.4\nName: click\nVersion: 0.0.1\n")

    with pytest.raises(LookupError, match=r"does not hold click==0\.0\.1"):
        sbom(tmp_path, "0" * 64, 315532800)


def test_every_dependency_is_locked_by_hash() -> None:
    text = LOCK.read_text("utf-8")

    assert "://" not in text
    for entry in text.split("\n    # via"):
        assert entry.count("==") == 0 or "--hash=sha256:" in entry


def steps(workflow: dict[str, Any], job: str = "") -> list[dict[str, Any]]:
    return [step for name, each in workflow["jobs"].items() if job in ("", name) for step in each["steps"]]


def before(job: str) -> set[str]:
    """Return the jobs that must have ended well before this one starts."""
    needed = set(WORKFLOW["jobs"][job].get("needs", []))
    return needed.union(*map(before, needed))


@pytest.mark.parametrize("workflow", [WORKFLOW, EXAMPLE], ids=["release", "example"])
def test_actions_are_pinned_by_commit(workflow: dict[str, Any]) -> None:
    used = [step["uses"] for step in steps(workflow) if "uses" in step]

    assert len(used) > 1
    assert [each for each in used if not re.fullmatch(r"[\w/-]+@[0-9a-f]{40}", each)] == []


def test_one_step_alone_has_a_token_that_writes() -> None:
    writing = {name for name, job in WORKFLOW["jobs"].items() if job.get("permissions", {}).get("contents") == "write"}
    told = [step["name"] for step in steps(WORKFLOW) if "github.token" in json.dumps(step)]

    assert WORKFLOW["permissions"] == {"contents": "read"}
    assert writing == {"publish"}
    assert told == ["Publish"]
    # Beside it nothing runs that could read the token: no checkout, and no code of ours.
    assert [step.get("run", step.get("uses", "")).partition("@")[0] for step in steps(WORKFLOW, "publish")] == [
        "actions/download-artifact",
        'gh release create "$GITHUB_REF_NAME" --verify-tag --title "$GITHUB_REF_NAME" dist/*',
    ]


def test_archive_is_installed_and_run_and_attested_before_it_is_published() -> None:
    assert before("publish") == {"audit", "archive", "try", "attest"}
    tried = "\n".join(step.get("run", "") for step in steps(WORKFLOW, "try"))
    assert "validate-krew-manifest -manifest dist/mcdiag.yaml" in tried
    assert "kubectl krew install" in tried
    assert "make dist-test" in [step.get("run") for step in steps(WORKFLOW, "archive")]
    (attest,) = [step for step in steps(WORKFLOW, "attest") if step["uses"].startswith("actions/attest@")]
    assert attest["with"] == {"subject-path": "dist/*"}
    assert before("attest") >= {"try"}
