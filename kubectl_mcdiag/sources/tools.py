"""Where kubectl and istioctl are: on the PATH, and never in the folder that the operator happens to be in."""

import os
import shutil
from pathlib import Path

TOOLS = ("kubectl", "istioctl")


def tools(path: str) -> dict[str, str | None]:
    """Return each tool's path, None where it is missing; entries of `PATH` that are empty or relative are left out.

    Such an entry means the current folder, which may be anybody's: Go's programs, kubectl among them, refuse it, too.
    """
    absolute = os.pathsep.join(entry for entry in path.split(os.pathsep) if Path(entry).is_absolute())
    return {name: shutil.which(name, path=absolute) if absolute else None for name in TOOLS}
