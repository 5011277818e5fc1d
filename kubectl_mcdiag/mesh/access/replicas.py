"""Which of istiod's replicas are read in depth: those of one revision know the same, unless what is cheap says no."""

from kubectl_mcdiag.evidence.commands import CLUSTERZ
from kubectl_mcdiag.evidence.parsers.kubernetes.pods import Pod
from kubectl_mcdiag.mesh.access.identity import REVISION, istiods
from kubectl_mcdiag.mesh.view import View, ask, fact


@fact
def by_revision(view: View, context: str) -> tuple[tuple[Pod, ...], ...]:
    """Return the istiod pods that can be asked, those of one revision together."""
    found: dict[str, list[Pod]] = {}
    for pod in istiods(view, context):
        found.setdefault(pod.labels.get(REVISION, ""), []).append(pod)
    return tuple(map(tuple, found.values()))


@fact
def read_deeply(view: View, context: str) -> tuple[Pod, ...]:
    """Return the istiod pods whose endpoints, networks and services are read: one of each revision.

    All of a revision are, where `/debug/clusterz` differs between them or one does not tell.
    """
    return tuple(
        pod for group in by_revision(view, context) for pod in (group if _differ(view, context, group) else group[:1])
    )


def worth_reading(view: View, context: str) -> tuple[Pod, ...]:
    """Return those of `read_deeply` that are certain: of a revision that is not compared yet, the first one."""
    return tuple(
        pod
        for group in by_revision(view, context)
        for pod in (group if _are_compared(view, context, group) and _differ(view, context, group) else group[:1])
    )


def _are_compared(view: View, context: str, group: tuple[Pod, ...]) -> bool:
    return all(view.was_asked(CLUSTERZ, context, pod.full_name) for pod in group)


def _differ(view: View, context: str, group: tuple[Pod, ...]) -> bool:
    answers = [ask(lambda pod=pod: view.read(CLUSTERZ, context, pod.full_name)) for pod in group]  # type: ignore[misc]
    return len(group) > 1 and any(rows is None or rows != answers[0] for rows in answers)
