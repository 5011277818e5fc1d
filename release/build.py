"""The program as a folder that needs no Python: PyInstaller's work, and a name for this platform."""

import platform
import shutil
from pathlib import Path

from PyInstaller.__main__ import run

from kubectl_mcdiag import __version__

NAME = "kubectl-mcdiag"
SYSTEMS = {"Linux": "linux", "Darwin": "darwin"}
MACHINES = {"x86_64": "amd64", "aarch64": "arm64", "arm64": "arm64"}

# The libraries in the archive: their licences and metadata travel with them.
LIBRARIES = ("cffi", "click", "cryptography", "msgspec", "pyyaml", "sh", "tabulate")

# Optional parts of Python that the program never uses: the build machine's OpenSSL and compressors stay out.
UNUSED = ("ssl", "_ssl", "_hashlib", "bz2", "_bz2", "lzma", "_lzma", "multiprocessing", "pdb", "unittest", "pycparser")


def archive_name() -> str:
    """Return the name of the archive for this platform, without its suffix."""
    return f"{NAME}-v{__version__}-{SYSTEMS[platform.system()]}-{MACHINES[platform.machine()]}"


def folder(work: Path) -> Path:
    """Build the program in `work` and return its folder, the licence inside."""
    shutil.rmtree(work, ignore_errors=True)
    run([*_options(work), "kubectl_mcdiag/__main__.py"])
    made = work / "out" / NAME
    shutil.copyfile("LICENSE", made / "LICENSE")
    return made


def _options(work: Path) -> list[str]:
    folders = {"--distpath": work / "out", "--workpath": work / "work", "--specpath": work}
    return [
        "--onedir",
        "--clean",
        "--noconfirm",
        "--log-level=WARN",
        f"--name={NAME}",
        f"--paths={Path.cwd()}",
        *(f"{option}={path}" for option, path in folders.items()),
        *(f"--copy-metadata={name}" for name in LIBRARIES),
        "--collect-data=kubectl_mcdiag",
        *(f"--exclude-module={name}" for name in UNUSED),
        *(["--strip"] if platform.system() == "Linux" else []),
    ]
