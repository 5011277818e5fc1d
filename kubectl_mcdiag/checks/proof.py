"""Evidence as values: the command that shows it and the lines that matter."""

from typing import Any

from kubectl_mcdiag.checks.contract import Evidence
from kubectl_mcdiag.checks.steps import Object, kubectl, show
from kubectl_mcdiag.evidence.model import Command
from kubectl_mcdiag.evidence.shell import Shell, Word
from kubectl_mcdiag.mesh.view import View


def shown(context: str, command: Shell, *lines: str) -> Evidence:
    """Return evidence: a command to paste and the lines of its output that matter."""
    return Evidence(context, command, "\n".join(lines))


def asked(view: View, command: Command[Any], context: str, target: str, *lines: str) -> Evidence:
    """Return evidence whose command is the one that was run, as an operator types it."""
    return shown(context, Shell((view.invocation(command, context, target).shown,)), *lines)


def object_shown(view: View, target: Object, *lines: str, output: tuple[Word, ...] = ("-o", "yaml")) -> Evidence:
    """Return evidence that stands in one object, which `kubectl get` shows."""
    return shown(target.context, show(view, target, *output), *lines)


def listed_shown(view: View, context: str, namespace: str, words: tuple[Word, ...], *lines: str) -> Evidence:
    """Return evidence that `kubectl get` with these words shows, in one namespace or (empty) in all."""
    where = ("-n", namespace) if namespace else ("-A",)
    return shown(context, kubectl(view, context, *where, "get", *words), *lines)


def istiods_shown(view: View, context: str, *lines: str) -> Evidence:
    """Return evidence that stands in istiod's pods."""
    words = ("pods", "-l", "app=istiod", "-o", "yaml")
    return listed_shown(view, context, view.settings.istio_namespace, words, *lines)


def variable(name: str, value: str) -> tuple[str, ...]:
    """Return an environment variable as the YAML of a pod shows it."""
    written = f'"{value}"' if value in ("true", "false") or value.isdecimal() else value
    return (f"- name: {name}", f"  value: {written}") if value else (f"{name} is not set",)
