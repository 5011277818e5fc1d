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
def labels_wanted(view: View, plane: str, usual: str, context: str, namespace: str) -> tuple[str, ...]:
    """Return the labels that have a namespace of `context` selected as in `usual`, as `kubectl label` takes them.

    That is `key=value`, and `key-` for a label that keeps it from being selected.
    """
    there, here = _labels(view, usual, namespace), _labels(view, context, namespace)
    selectors = (one for one in mesh(view, plane).discovery_selectors if selects(one, there))
    keys = [key for key in next(map(_keys, selectors), ()) if there.get(key) != here.get(key)]
    return tuple(f"{key}={there[key]}" if key in there else f"{key}-" for key in keys)


def _keys(selector: dict[str, Any]) -> tuple[str, ...]:
    expressions = sequence(selector.get("matchExpressions"))
    return (*texts(selector.get("matchLabels")), *(text(mapping(one).get("key")) for one in expressions))


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
