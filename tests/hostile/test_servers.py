"""Real kubectl against API servers that mean harm, and with credential plugins that do.

The servers listen on the loopback; kubectl is the one of the lab's programs, or else that on the PATH.
"""

import os
import shutil
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.hostile.conftest import Figure
from tests.impostor import Impostor
from tests.unredacted import CANARY

CACHE = Path(os.environ.get("MCDIAG_LAB_CACHE", Path.home() / ".cache" / "kubectl-mcdiag-lab"))
KUBECTL = next((str(path) for path in sorted(CACHE.glob("kubernetes-*/kubectl"))), shutil.which("kubectl"))
TIMEOUT = 4.0
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"

pytestmark = pytest.mark.skipif(not KUBECTL, reason="there is no kubectl: make lab builds one")

Manner = Callable[[socket.socket], None]


def _silent(connection: socket.socket) -> None:
    time.sleep(30)


def _slow(connection: socket.socket) -> None:
    for byte in HEAD + b"Content-Length: 100000\r\n\r\n" + b" " * 100_000:
        connection.send(bytes([byte]))
        time.sleep(0.05)


def _dying(connection: socket.socket) -> None:
    connection.sendall(HEAD + b'Content-Length: 5000\r\n\r\n{"kind": "APIGroupList", "groups": [')


def _flooding(connection: socket.socket) -> None:
    connection.sendall(HEAD + b"Content-Length: 50000000\r\n\r\n")
    for _ in range(50):
        connection.sendall(b" " * 1_000_000)


def _endless(connection: socket.socket) -> None:
    connection.sendall(HEAD + b"\r\n")
    while True:
        connection.sendall(b" " * 100_000)


def _portal(connection: socket.socket) -> None:
    body = b"<html><script>alert(1)</script>\x1b[2J please log in</html>"
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: %d\r\n\r\n" % len(body) + body)


def _redirecting(connection: socket.socket) -> None:
    port = connection.getsockname()[1]
    connection.sendall(b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:%d/\r\nContent-Length: 0\r\n\r\n" % port)


def _garbage(connection: socket.socket) -> None:
    connection.sendall(os.urandom(100_000))


MANNERS: dict[str, Manner] = {
    "accepts and never answers": _silent,
    "answers byte by byte": _slow,
    "dies in the middle": _dying,
    "sends 50 MB of blanks": _flooding,
    "sends without end": _endless,
    "is a captive portal": _portal,
    "redirects to itself": _redirecting,
    "sends garbage": _garbage,
}


@contextmanager
def server(manner: Manner) -> Iterator[int]:
    """Yield the port of a server that does this to every connection."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=64)

    def serve(connection: socket.socket) -> None:
        with connection, suppress(OSError):
            connection.recv(65_536)
            manner(connection)

    def accept() -> None:
        with suppress(OSError):
            while True:
                threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    try:
        yield listener.getsockname()[1]
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()


def installed(folder: Path, port: int, user: dict[str, Any]) -> Impostor:
    """Return a home with the real kubectl and a kubeconfig that leads two contexts to a port."""
    (folder / "kubectl").symlink_to(KUBECTL or "")
    servers = {"left": f"http://127.0.0.1:{port}", "right": f"http://localhost:{port}"}
    document = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "left",
        "clusters": [{"name": name, "cluster": {"server": server}} for name, server in servers.items()],
        "users": [{"name": "u", "user": user}],
        "contexts": [{"name": name, "context": {"cluster": name, "user": "u"}} for name in servers],
    }
    (folder / "config").write_text(yaml.safe_dump(document))
    return Impostor(folder)


def run(mesh: Impostor) -> Any:
    arguments = ("check", "--context", "left,right", "--timeout", f"{TIMEOUT}s", "-o", "json")
    return mesh.run(*arguments, environment={"KUBECONFIG": str(mesh.folder / "config")})


@pytest.mark.parametrize("manner", MANNERS)
def test_server_that_misbehaves_costs_no_more_than_the_limit(tmp_path: Path, manner: str, figure: Figure) -> None:
    with server(MANNERS[manner]) as port:
        mesh = installed(tmp_path, port, {})
        found = run(mesh)

    assert (found.code, found.err) == (3, "")
    assert found.seconds < TIMEOUT + 2
    assert {pair["verdict"] for pair in found.report["pairs"]} == {"unknown"}
    assert found.report["unknown"]
    assert "\x1b" not in found.out
    assert mesh.left_behind() == []
    figure(
        f"an API server that {manner}: seconds until the report, with `--timeout {TIMEOUT:.0f}s`",
        f"{found.seconds:.1f}",
    )


PLUGINS = {
    "sleeps": "exec sleep 60",
    "asks on the terminal": "read -r answer </dev/tty || exit 1",
    "asks on stdin": "read -r answer || exit 1",
    "leaves a helper behind": "sleep 60 & exit 1",
    "quotes its secret": f"echo 'sent Bearer {CANARY}.{CANARY}' >&2; exit 1",
    "floods": "exec cat /dev/zero",
}


@pytest.mark.parametrize("plugin", PLUGINS)
def test_credential_plugin_that_misbehaves_is_ended_with_its_command(
    tmp_path: Path, plugin: str, figure: Figure
) -> None:
    script = tmp_path / "plugin"
    script.write_text(f"#!/bin/sh\n{PLUGINS[plugin]}\n")
    script.chmod(0o755)
    executed = {
        "apiVersion": "client.authentication.k8s.io/v1",
        "command": str(script),
        "interactiveMode": "IfAvailable",
    }
    with server(_silent) as port:
        mesh = installed(tmp_path, port, {"exec": executed})
        found = run(mesh)

    assert found.code == 3
    assert found.seconds < TIMEOUT + 2
    assert CANARY not in found.out + found.err
    assert mesh.left_behind() == []
    figure(f"a credential plugin that {plugin}: seconds, with `--timeout {TIMEOUT:.0f}s`", f"{found.seconds:.1f}")
