"""Where the lab lives; what has another name or lies elsewhere is never touched."""

import os
from pathlib import Path

HERE = Path(__file__).parent
MANIFESTS = HERE / "manifests"

SECOND = f"-{os.environ['MCDIAG_LAB']}" if os.environ.get("MCDIAG_LAB") else ""
"""What tells a second lab beside the first from it."""

OUTER = f"mcdiag{SECOND}"
"""The network namespace a user's shell would be in; those of the nodes add the cluster's number."""

RUN = Path(f"/run/mcdiag-lab{SECOND}")
STATE = Path(f"/var/lib/mcdiag-lab{SECOND}")
KUBECONFIG = RUN / "kubeconfig"
MOST_CLUSTERS = 5


def cache() -> Path:
    """Return the folder of everything built, which outlives the lab."""
    return Path(os.environ.get("MCDIAG_LAB_CACHE") or "~/.cache/kubectl-mcdiag-lab").expanduser()
