"""The programs built with Go: Kubernetes and etcd, Istio, krew, and the sample application.

Each tool set is a Go module of its own under `tools/`, so that their versions do not mix.
"""

import shutil
import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from lab.artifacts.cache import artifact, build_log
from lab.artifacts.versions import NEWEST, Correction, Version, version_named
from lab.places import HERE
from lab.processes import LabError, attempt, run_logged

KUBERNETES_VERSION = "v1.34.4"
KREW_VERSION = "v0.5.0"

KUBERNETES_COMMANDS = (
    "kube-apiserver", "kube-controller-manager", "kube-proxy", "kube-scheduler", "kubectl", "kubelet",
)  # fmt: skip

ENVIRONMENT = {"CGO_ENABLED": "0", "GOFLAGS": "-trimpath -buildvcs=false -mod=readonly"}
ISTIO_MODULE = "istio.io/istio"
STRIPPED = ("-s", "-w")


@dataclass(frozen=True, slots=True)
class Target:
    """One `go build`: the packages, what their binaries are told of themselves, build tags, another name."""

    packages: tuple[str, ...]
    settings: tuple[str, ...] = ()
    tags: str = ""
    binary: str = ""

    def argv(self, folder: Path) -> tuple[str, ...]:
        """Return the command that builds this target into `folder`."""
        flags = " ".join((*STRIPPED, *(f"-X {s}" for s in self.settings)))
        return (
            "go",
            "build",
            "-tags",
            self.tags,
            "-ldflags",
            flags,
            "-o",
            f"{folder}/{self.binary}",
            *self.packages,
        )


@dataclass(frozen=True, slots=True)
class Toolset:
    """The targets of one Go module in the lab's folder."""

    name: str
    folder: str
    targets: tuple[Target, ...]
    corrections: tuple[Correction, ...] = ()


def _kubernetes_settings() -> tuple[str, ...]:
    values = (
        f"gitVersion={KUBERNETES_VERSION}", "gitMajor=1", "gitMinor=34", "gitTreeState=clean",
        "gitCommit=lab", "buildDate=2026-01-01T00:00:00Z",
    )  # fmt: skip
    packages = ("k8s.io/component-base/version", "k8s.io/client-go/pkg/version")
    return tuple(f"{package}.{value}" for package in packages for value in values)


def _istio_settings(version: Version) -> tuple[str, ...]:
    values = (
        f"buildVersion={version.build}", f"buildTag={version.build}", "buildGitRevision=lab",
        "buildStatus=Clean", "buildHub=localhost/mcdiag",
    )  # fmt: skip
    return tuple(f"istio.io/istio/pkg/version.{value}" for value in values)


KUBERNETES = Toolset(
    "kubernetes",
    "tools/kubernetes",
    (
        Target(
            tuple(f"k8s.io/kubernetes/cmd/{command}" for command in KUBERNETES_COMMANDS),
            _kubernetes_settings(),
        ),
        Target(("go.etcd.io/etcd/server/v3",), binary="etcd"),
    ),
)  # fmt: skip
ISTIO_COMMANDS = (
    "istio.io/istio/istioctl/cmd/istioctl",
    "istio.io/istio/pilot/cmd/pilot-agent",
    "istio.io/istio/pilot/cmd/pilot-discovery",
)


def istio(version: str = NEWEST) -> Toolset:
    """Return what makes a version of Istio, with the tags of its own release build."""
    chosen = version_named(version)
    target = Target(ISTIO_COMMANDS, _istio_settings(chosen), tags="vtprotobuf,disable_pgv")
    return Toolset("istio", chosen.folder, (target,), chosen.corrections)


ISTIO = istio()
KREW = Toolset(
    "krew",
    "tools/krew",
    (
        Target(
            ("sigs.k8s.io/krew/cmd/krew", "sigs.k8s.io/krew/cmd/validate-krew-manifest"),
            (f"sigs.k8s.io/krew/internal/version.gitTag={KREW_VERSION}",),
        ),
    ),
)
HELLO = Toolset("hello", "hello", (Target((".",)),))


@cache
def built(toolset: Toolset) -> Path:
    """Return the folder of a tool set's binaries, building them where they are missing."""
    return artifact(toolset.name, _inputs(toolset), lambda folder: _build(toolset, folder))


def module_folder(module: str, version: str = NEWEST) -> Path:
    """Return where the module cache keeps a module that Istio is built from, downloading it where needed."""
    return _folder_of(istio(version), module)


def _folder_of(toolset: Toolset, module: str) -> Path:
    folder = HERE / toolset.folder
    result = attempt(("go", "-C", folder, "mod", "download", "-json", module), seconds=600)
    listed = attempt(("go", "-C", folder, "list", "-mod=readonly", "-m", "-f", "{{.Dir}}", module))
    if listed.exit_code or not listed.stdout.strip():
        raise LabError(f"no folder for the Go module {module}: {result.stderr}{listed.stderr}")
    return Path(listed.stdout.strip())


def _inputs(toolset: Toolset) -> tuple[str, ...]:
    sources = sorted(p for p in (HERE / toolset.folder).iterdir() if p.is_file())
    commands = (str(target.argv(Path("out"))) for target in toolset.targets)
    corrections = map(repr, toolset.corrections)
    return (go_version(), str(ENVIRONMENT), *commands, *corrections, *(p.read_text() for p in sources))


def go_version() -> str:
    """Return what the installed Go says of itself; without it nothing can be built."""
    try:
        return attempt(("go", "env", "GOVERSION", "GOOS", "GOARCH")).stdout
    except FileNotFoundError as missing:
        raise LabError("Go is not on the PATH: install Go 1.24 or newer (https://go.dev/dl)") from missing


def _build(toolset: Toolset, folder: Path) -> None:
    """Build from a copy: a checkout that changes branch meanwhile would take the sources away."""
    with tempfile.TemporaryDirectory() as place:
        sources = shutil.copytree(HERE / toolset.folder, Path(place) / "module")
        _correct(toolset, sources)
        for target in toolset.targets:
            run_logged(target.argv(folder), build_log(toolset.name), sources, ENVIRONMENT)


def _correct(toolset: Toolset, sources: Path) -> None:
    """Let a copied module be built from a copy of Istio's sources with the corrections in them."""
    if not toolset.corrections:
        return
    copied = shutil.copytree(_folder_of(toolset, ISTIO_MODULE), sources.parent / "istio")
    for correction in toolset.corrections:
        file = copied / correction.file
        file.write_text(file.read_text().replace(correction.words, correction.instead))
    with (sources / "go.mod").open("a") as declared:
        declared.write(f"\nreplace {ISTIO_MODULE} => ../istio\n")
