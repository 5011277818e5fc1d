"""Requests of our own, with `--probe` alone."""

from kubectl_mcdiag.evidence.commands.common import EXEC, SHELL
from kubectl_mcdiag.evidence.model import Command, Target
from kubectl_mcdiag.evidence.parsers.probes import connect, requests

PROBE_REQUESTS = Command(
    "probe-requests",
    "kubectl",
    (*SHELL, requests.SCRIPT, "{address}"),
    requests.parse,
    Target.CALLER,
    shown=(*SHELL, requests.SHOWN, "{address}"),
    redact=requests.redact,
    permissions=EXEC,
    sends_requests=True,
)
PROBE_CONNECT = Command(
    "probe-connect",
    "kubectl",
    (*SHELL, connect.SCRIPT, "{address}"),
    connect.parse,
    Target.CALLER,
    shown=("exec", "-n", "{namespace}", "{pod}", "--", "curl", "-sS", "-m", "5", "{address}"),
    redact=connect.redact,
    permissions=EXEC,
    sends_requests=True,
)
