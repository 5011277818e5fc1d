"""What the lab needs of the machine: root, Go, and a few of Debian's packages, which it installs."""

import logging
import os
import shutil
from pathlib import Path

from lab.artifacts.cache import build_log
from lab.artifacts.programs import go_version
from lab.processes import LabError, run_logged

PACKAGES = {
    "busybox-static": "/bin/busybox",
    "containerd": "containerd",
    "containernetworking-plugins": "/usr/lib/cni/bridge",
    "curl": "curl",
    "dnsmasq-base": "dnsmasq",
    "iproute2": "ip",
    "iptables": "/usr/sbin/xtables-nft-multi",
    "nftables": "nft",
    "runc": "runc",
    "util-linux": "setpriv",
}
"""Debian packages, each with a program by which one sees that it is there."""

log = logging.getLogger(__name__)


def prepare_machine() -> None:
    """Install what is missing; raise where that cannot be done."""
    if os.geteuid() != 0:
        raise LabError("the lab makes namespaces and mounts: run it as root")
    missing = [package for package, program in PACKAGES.items() if not _is_there(program)]
    if missing:
        _install(missing)
    go_version()


def _is_there(program: str) -> bool:
    return Path(program).exists() if program.startswith("/") else shutil.which(program) is not None


def _install(packages: list[str]) -> None:
    log.info("installing %s", ", ".join(packages))
    if not shutil.which("apt-get"):
        raise LabError(f"this machine is no Debian; install by hand: {' '.join(packages)}")
    quiet = {"DEBIAN_FRONTEND": "noninteractive"}
    for argv in (
        ("apt-get", "update"),
        ("apt-get", "install", "--yes", "--no-install-recommends", *packages),
    ):
        run_logged(argv, build_log("packages"), Path("/"), quiet)
