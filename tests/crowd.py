"""Stand-ins for kubectl and istioctl that answer as a made mesh of many clusters, some of which never answer."""

import math
import shlex
import time
from collections.abc import Iterator
from pathlib import Path

from kubectl_mcdiag.evidence.commands import PROXY_ENDPOINTS
from kubectl_mcdiag.evidence.model import Observation
from kubectl_mcdiag.run.collect import AtOnce, collect
from tests.impostor import Impostor, of_envoy, said
from tests.merged import merged
from tests.scale import Mesh
from tests.unredacted import unredacted

_SCRIPT = """#!/bin/sh
said={tool} context= before=
for part in "$@"; do
  case "$part" in --request-timeout=*) ;; *) said="$said $part" ;; esac
  test "$before" = --context && context=$part
  before=$part
done
. {folder}/{tool}-of-$context
echo "Error from server (NotFound): the stand-in knows nothing of $said" >&2
exit 1
"""


def crowd(folder: Path, mesh: Mesh) -> Impostor:
    """Write both tools; those of a context have its answers alone, so that each starts as fast as one of few."""
    found = collect(mesh, mesh.blank, time.monotonic() + math.inf, executor=AtOnce()).observations.values()
    for tool in ("kubectl", "istioctl"):
        for number, context in enumerate(("", *mesh.contexts)):
            asked = [each for each in found if each.invocation.context == context]
            is_dead = number > mesh.clusters - mesh.dead
            lines = ["exec sleep 600"] if is_dead else _answers(folder / f"{tool}-{context}", tool, asked)
            (folder / f"{tool}-of-{context}").write_text("\n".join(lines) + "\n", "utf-8")
        path = folder / tool
        path.write_text(_SCRIPT.format(tool=tool, folder=folder), "utf-8")
        path.chmod(0o755)
    return Impostor(folder)


def _answers(stem: Path, tool: str, found: list[Observation]) -> Iterator[str]:
    also = [*(of_envoy(each) for each in found if each.invocation.command == PROXY_ENDPOINTS), *merged(found)]
    for number, each in enumerate(one for one in (*found, *also) if one.invocation.command.tool == tool):
        out = Path(f"{stem}-{number}")
        out.write_text(unredacted(each), "utf-8")
        yield f"case $said in {shlex.quote(said(each))}) cat {out}; exit {each.output.exit_code};; esac"
