"""What made a pod, as the steps that restart it name it."""

from dataclasses import replace

import pytest

from kubectl_mcdiag.facts.identity import istiods
from kubectl_mcdiag.facts.view import View
from kubectl_mcdiag.remedies import owner
from tests.edits import mesh

POD = istiods(View(mesh("healthy-multi-network")), "cluster1")[0]


@pytest.mark.parametrize(
    ("name", "labels", "made_by"),
    [
        ("istiod-75d47bd5b9-zbgkk", {"pod-template-hash": "75d47bd5b9"}, "deployment/istiod"),
        ("istiod-0", {"statefulset.kubernetes.io/pod-name": "istiod-0"}, "statefulset/istiod"),
        ("istiod-x2k7p", {"controller-revision-hash": "6d4cf56db6"}, "daemonset/istiod"),
    ],
)
def test_owner_is_told_by_labels_of_its_controller(name: str, labels: dict[str, str], made_by: str) -> None:
    assert owner(replace(POD, name=name, labels=labels)) == made_by
