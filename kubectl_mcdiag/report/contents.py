"""What a recording holds, said before it is sent to anybody."""

from collections import Counter

from tabulate import tabulate

from kubectl_mcdiag.evidence.model import Snapshot

_NEVER = """It holds no private key, token, password or data of a Secret but public certificates; of a kubeconfig the
names of contexts and the addresses of servers; of environment variables those that set Istio's networks and clusters;
of logs the lines that mcdiag knows."""
_NAMED = "Names, labels, host names and addresses are those of your clusters; --anonymize replaces them."
_ANONYMOUS = """Names, labels, host names and addresses are replaced by stand-ins, the same one for the same name;
words of Kubernetes and Istio, port numbers and dates are not."""


def contents(snapshot: Snapshot, path: str, anonymous: bool) -> str:
    """Return how many answers of which commands a recording holds, how large, and of what kind."""
    found = list(snapshot.observations.values())
    missing = [each.reason for each in found if each.reason]
    counts = Counter(each.invocation.command.key for each in found if not each.reason)
    sizes: Counter[str] = Counter()
    for each in found:
        sizes[each.invocation.command.key] += len(each.output.stdout.encode("utf-8", "replace"))
    rows = [(key, count, f"{sizes[key]:,}") for key, count in counts.items()]
    where = ", ".join(snapshot.contexts)
    head = f"{path}: {len(found)} answers of {where}; {len(missing)} are missing"
    table = (
        tabulate(rows, ("COMMAND", "ANSWERS", "BYTES"), "plain", colalign=("left", "right", "right")) if rows else ""
    )
    return "\n".join((head, *(f"  {reason}" for reason in missing), table, _NEVER, _ANONYMOUS if anonymous else _NAMED))
