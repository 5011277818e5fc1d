"""`discoverySelectors` select as Kubernetes' label selectors do."""

from typing import Any

import pytest

from kubectl_mcdiag.mesh.discovery.selectors import selects

LABELS = {"team": "shop", "tier": "front"}


@pytest.mark.parametrize(
    ("selector", "selected"),
    [
        ({}, True),
        ({"matchLabels": {"team": "shop"}}, True),
        ({"matchLabels": {"team": "shop", "zone": "a"}}, False),
        ({"matchExpressions": [{"key": "team", "operator": "In", "values": ["shop", "till"]}]}, True),
        ({"matchExpressions": [{"key": "team", "operator": "NotIn", "values": ["shop"]}]}, False),
        ({"matchExpressions": [{"key": "zone", "operator": "NotIn", "values": ["a"]}]}, True),
        ({"matchExpressions": [{"key": "tier", "operator": "Exists"}]}, True),
        ({"matchExpressions": [{"key": "tier", "operator": "DoesNotExist"}]}, False),
        ({"matchExpressions": [{"key": "tier", "operator": "Like"}]}, False),
    ],
)
def test_selector(selector: dict[str, Any], selected: bool) -> None:
    assert selects(selector, LABELS) is selected
