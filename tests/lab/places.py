"""Where the lab lives; what has another name or lies elsewhere is never touched."""

import os
from pathlib import Path

HERE = Path(__file__).parent
MANIFESTS = HERE / "manifests"

OUTER = "mcdiag"
"""The network namespace a user's shell would be in; those of the nodes add the cluster's number."""

RUN = Path("/run/mcdiag-lab")
STATE = Path("/var/lib/mcdiag-lab")
KUBECONFIG = RUN / "kubeconfig"
MOST_CLUSTERS = 3


def cache() -> Path:
    """Return the folder of everything built, which outlives the lab."""
    return Path(os.environ.get("MCDIAG_LAB_CACHE") or "~/.cache/kubectl-mcdiag-lab").expanduser()
