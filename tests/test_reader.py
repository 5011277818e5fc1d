"""Of roles and bindings only those of Istio's reader are kept, and rules allow as Kubernetes' do."""

import pytest

from kubectl_mcdiag.evidence.parsers.kubernetes import reader
from kubectl_mcdiag.evidence.parsers.kubernetes.reader import Rule

ACCOUNT = "ServiceAccount\tistio-reader-service-account\t5f0c\t\t\t\n"
ROLE = 'ClusterRole\tistio-reader-x\t9e1a\t\t\t[{"apiGroups":[""],"resources":["pods"],"verbs":["list"]}]\n'
SUBJECT = '{"kind":"ServiceAccount","name":"istio-reader-service-account","namespace":"istio-system"}'
BINDING = f'ClusterRoleBinding\tours\t71b2\tistio-reader-x\t[{SUBJECT},{{"kind":"Group","name":"all"}}]\t\n'
FOREIGN = 'ClusterRole\tadmin\t1\t\t\t[]\nClusterRoleBinding\tadmins\t2\tadmin\t[{"kind":"User","name":"jo"}]\t\n'


def test_foreign_roles_and_bindings_are_dropped() -> None:
    assert reader.redact(ACCOUNT + FOREIGN + ROLE + BINDING) == ACCOUNT + ROLE + BINDING


def test_lines_become_records() -> None:
    found = reader.parse(ACCOUNT + ROLE + BINDING)

    assert found.accounts == {"istio-reader-service-account": "5f0c"}
    assert found.bindings[0].accounts == ("istio-system/istio-reader-service-account",)
    assert found.roles["istio-reader-x"] == (Rule(("",), ("pods",), ("list",)),)


@pytest.mark.parametrize(
    ("rule", "allowed"),
    [
        (Rule(("",), ("pods",), ("list",)), True),
        (Rule(("*",), ("*",), ("*",)), True),
        (Rule(("",), ("pods",), ("get",)), False),
        (Rule(("apps",), ("pods",), ("list",)), False),
        (Rule(("",), ("services",), ("list",)), False),
    ],
)
def test_rule_allows(rule: Rule, allowed: bool) -> None:
    assert rule.allows("list", "pods", "") is allowed
