"""All rules, family by family, causes before what they explain."""

from collections.abc import Iterable
from types import ModuleType

from kubectl_mcdiag.checks import access, ambient, discovery, networks, path, remote_clusters, services, traffic, trust
from kubectl_mcdiag.checks.contract import Check, Symptom

FAMILIES: tuple[ModuleType, ...] = (
    trust,
    access,
    discovery,
    remote_clusters,
    networks,
    ambient,
    services,
    path,
    traffic,
)
MODULES: tuple[ModuleType, ...] = tuple(rule for family in FAMILIES for rule in family.RULES)


def ordered(checks: Iterable[Check]) -> tuple[Check, ...]:
    """Return the checks so that each stands after all that explain it, else in the order given."""
    listed = tuple(checks)
    placed: dict[str, Check] = {}

    def place(check: Check) -> None:
        for cause in listed:
            if cause.code not in placed and cause.explains(check) and check.symptom is not Symptom.NO_ANSWER:
                place(cause)
        placed.setdefault(check.code, check)

    for check in sorted(listed, key=lambda check: check.symptom is Symptom.NO_ANSWER):
        place(check)
    return tuple(placed.values())


CHECKS: tuple[Check, ...] = ordered(rule.CHECK for rule in MODULES)
