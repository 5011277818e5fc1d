"""Fixes of the ambient family: a service that is called across clusters."""

from kubectl_mcdiag.checks.message import Message
from kubectl_mcdiag.checks.steps import Action, Object, Step, label
from kubectl_mcdiag.mesh.ambient.enrolment import GLOBAL
from kubectl_mcdiag.mesh.view import View


def make_global(view: View, context: str, service: str, why: Message) -> Step:
    """Make a Service (`name.namespace`) global, so that ztunnels send calls to other clusters as well."""
    name, _, namespace = service.partition(".")
    return label(view, Action.MOVE_TRAFFIC, Object(context, "service", name, namespace), GLOBAL, "true", "", why)
