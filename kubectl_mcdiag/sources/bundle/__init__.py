"""Recordings on disk: `Recorder` writes what a source returns, `Bundle` is a source that returns it again.

A folder or a `.tar.gz`, for users, bug reports and fixtures alike:

    bundle.yaml                       format, tool, origin, taken at, contexts in order, settings, complete
    kubeconfig.json, meta.yaml        commands of no cluster
    cluster1/remote-clusters.txt      stdout as it was after redaction
    cluster1/meta.yaml                per file: command, target, exit code, seconds, failure, why it failed

While a run goes on it is a fresh folder `PATH.partial-…` of its owner alone. `complete: true` is written last: without
it the recording is partial, and still usable.
"""

from kubectl_mcdiag.sources.bundle.reader import Bundle
from kubectl_mcdiag.sources.bundle.recorder import Recorder

__all__ = ["Bundle", "Recorder"]
