"""Which namespaces an istiod looks at: `discoverySelectors` of its mesh configuration."""

from typing import Any

from kubectl_mcdiag.evidence.commands import RESOURCES
from kubectl_mcdiag.evidence.parsers.shapes import mapping, names, sequence, text, texts
from kubectl_mcdiag.mesh.access.identity import mesh
from kubectl_mcdiag.mesh.view import View, fact


@fact
def hidden(view: View, plane: str, context: str, namespace: str) -> bool:
    """Return whether the istiods of `plane` ignore a namespace of `context`; no selectors select all."""
    selectors = mesh(view, plane).discovery_selectors
    labels = labels_of(view, context, namespace)
    return bool(selectors) and not any(selects(selector, labels) for selector in selectors)


@fact
def labels_wanted(view: View, plane: str, usual: str, context: str, namespace: str) -> dict[str, str | None]:
    """Return the labels that have a namespace of `context` selected; None for one that keeps it from being selected.

    They are those of `usual` where the namespace is selected there, else what the first selector asks for.
    """
    there, here = labels_of(view, usual, namespace) if usual else {}, labels_of(view, context, namespace)
    selectors = mesh(view, plane).discovery_selectors
    selector = next((one for one in selectors if selects(one, there)), next(iter(selectors), {}))
    wanted: dict[str, str | None] = {**texts(selector.get("matchLabels"))}
    for one in (mapping(one) for one in sequence(selector.get("matchExpressions")) if not _holds(mapping(one), here)):
        key, operator = text(one.get("key")), text(one.get("operator"))
        if operator in ("In", "Exists"):
            wanted[key] = there.get(key, next(iter(names(one.get("values"))), ""))
        else:
            wanted[key] = None
    return {key: value for key, value in wanted.items() if here.get(key) != value}


def labels_of(view: View, context: str, namespace: str) -> dict[str, str]:
    """Return the labels of a namespace, none where it is not there."""
    found = view.read(RESOURCES, context, kind="namespaces").namespaces
    return next((one.labels for one in found if one.name == namespace), {})


def selects(selector: dict[str, Any], labels: dict[str, str]) -> bool:
    """Return whether a Kubernetes label selector matches."""
    wanted = texts(selector.get("matchLabels"))
    expressions = [mapping(one) for one in sequence(selector.get("matchExpressions"))]
    return wanted.items() <= labels.items() and all(_holds(one, labels) for one in expressions)


def _holds(expression: dict[str, Any], labels: dict[str, str]) -> bool:
    found = labels.get(text(expression.get("key")))
    values = names(expression.get("values"))
    return {
        "In": found in values,
        "NotIn": found not in values,
        "Exists": found is not None,
        "DoesNotExist": found is None,
    }.get(text(expression.get("operator")), False)
