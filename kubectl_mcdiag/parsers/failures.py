"""temporary."""
import re
from kubectl_mcdiag.evidence import Failure, Invocation, Output
_D = re.compile(r'cannot list resource "([^"]+)"')
def denied(stderr: str) -> tuple[str, ...]:
    return tuple(_D.findall(stderr))
def reason(invocation: Invocation, output: Output) -> str:
    if output.failure is Failure.NONE and output.exit_code == 0:
        return ""
    return f"{invocation.context}: {invocation.command.key}: {output.failure.value} exit {output.exit_code} {output.stderr.strip()[-300:]}"
