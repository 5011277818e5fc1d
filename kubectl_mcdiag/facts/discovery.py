"""Which namespaces an istiod looks at: `discoverySelectors` of its mesh configuration."""

from typing import Any

from kubectl_mcdiag.commands import RESOURCES
from kubectl_mcdiag.facts.identity import mesh
from kubectl_mcdiag.facts.view import View, fact
from kubectl_mcdiag.parsers.shapes import mapping, names, sequence, text, texts


@fact
def hidden(view: View, plane: str, context: str, namespace: str) -> bool:
    """Tell whether the istiods of `plane` pass over a namespace of `context`; no selectors select all."""
    selectors = mesh(view, plane).discovery_selectors
    labels = _labels(view, context, namespace)
    return bool(selectors) and not any(selects(selector, labels) for selector in selectors)


@fact
def labels_wanted(view: View, plane: str, context: str, namespace: str) -> tuple[str, ...]:
    """Return the labels, as `key=value`, by which a namespace of `context` is selected."""
    labels = _labels(view, context, namespace)
    for selector in mesh(view, plane).discovery_selectors:
        if selects(selector, labels):
            keys = [*texts(selector.get("matchLabels"))]
            keys += [text(mapping(one).get("key")) for one in sequence(selector.get("matchExpressions"))]
            return tuple(f"{key}={labels[key]}" for key in keys if key in labels)
    return ()


def _labels(view: View, context: str, namespace: str) -> dict[str, str]:
    found = view.read(RESOURCES, context, kind="namespaces").namespaces
    return next((one.labels for one in found if one.name == namespace), {})


def selects(selector: dict[str, Any], labels: dict[str, str]) -> bool:
    """Tell whether a Kubernetes label selector matches."""
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
