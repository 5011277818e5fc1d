"""What the stderr of a failed command says: why, which resources are denied, and one sentence for people.

Wording of kubectl 1.32 and 1.34 and istioctl 1.31, for example:

    Error from server (Forbidden): nodes is forbidden: User "jo" cannot list resource "nodes" in API group …
    The connection to the server 127.0.0.1:1 was refused - did you specify the right host or port?
    Unable to connect to the server: tls: failed to verify certificate: x509: certificate signed by unknown …
    error: You must be logged in to the server (Unauthorized)
"""

import re

from kubectl_mcdiag.evidence.model import Failure, Invocation, Output
from kubectl_mcdiag.evidence.phrases import ELSE, known
from kubectl_mcdiag.evidence.shell import joined

_LAST = 16_384
_QUOTED = 300

# A program in a pod that failed says so last, and proves that the API server answered.
_IN_POD = re.compile(r"command terminated with exit code \d+")
_CREDENTIALS = re.compile(r"getting credentials: |Please enter Username|no Auth Provider found|error: EOF")
_UNAUTHORIZED = re.compile(
    r"You must be logged in to the server|asked for the client to provide credentials"
    r"|\(Unauthorized\)|: Unauthorized\b"
)
_FORBIDDEN = re.compile(r"\(Forbidden\)|is forbidden: User |cannot (?:list|get|create|impersonate) resource ")
_UNREACHABLE = re.compile(
    r"The connection to the server |Unable to connect to the server|connection refused|i/o timeout"
    r"|no such host|no route to host|network is unreachable|connection reset by peer|TLS handshake timeout"
    r"|x509: |tls: |context deadline exceeded|Client\.Timeout exceeded|http2: client connection lost"
    r"|unexpected EOF|HTTP response to HTTPS client|proxyconnect tcp|\(ServiceUnavailable\)|\(Timeout\)"
)
_DENIED = re.compile(r'cannot list resource "([^"]{1,200})" in API group "([^"]{0,200})"')
_SERVER_ERROR = re.compile(r"[Ee]rror|Unable to connect|The connection to the server")
_SUBJECT = re.compile(r'User "([^"]{1,300})" cannot (\w+) resource "([^"]{1,200})" in API group "([^"]{0,200})"')
_NAMESPACE = re.compile(r'in the namespace "([^"]{1,100})"')
_LOG_PREFIX = re.compile(r"[EWI]\d{4} [\d:.]+ +\d+ \S+\] ")
_PREFIX = re.compile(r"^(?:[Ee]rror: |Unable to connect to the server: )+")
_ISTIO_ERROR = re.compile(r"^\S+Z\s+error\s+(.*)$", re.MULTILINE)
_LINES, _SAID = 20, 200


def classify(exit_code: int, stderr: str) -> Failure:
    """Return why a command that ended by itself has nothing to say, `NONE` where it was answered."""
    end = stderr[-_LAST:]
    if exit_code == 0 or _IN_POD.search(end):
        return Failure.NONE
    if _FORBIDDEN.search(end):
        return Failure.FORBIDDEN
    if _UNAUTHORIZED.search(end) or _CREDENTIALS.search(end):
        return Failure.UNAUTHORIZED
    return Failure.UNREACHABLE if _UNREACHABLE.search(end) else Failure.NONE


def denied(stderr: str) -> tuple[str, ...]:
    """Return the resources that `kubectl get a,b,c` may not list, where nothing else failed: the others were printed.

    For example `nodes` or `gateways.networking.istio.io`, as kubectl names them. A second kind of error beside it
    leaves open which resources are whole: then none is named.
    """
    if any(not _DENIED.search(line) for line in stderr[-_LAST:].splitlines() if _SERVER_ERROR.match(line)):
        return ()
    return tuple(dict.fromkeys(_dotted(*match.groups()) for match in _DENIED.finditer(stderr[-_LAST:])))


def said(stderr: str) -> str:
    """Return what is kept of the stderr of a failed command: the lines that say something known, each once.

    Credential helpers write passwords and tokens there; of a line only the phrases that are known stay.
    """
    lines = (known(line) for line in stderr[-_LAST:].splitlines()[-_SAID:] if line.strip())
    useful = dict.fromkeys(line for line in lines if line.strip(f" {ELSE}:."))
    return "".join(f"{line}\n" for line in list(useful)[-_LINES:])


def reason(invocation: Invocation, output: Output) -> str:
    """Return why an invocation gave nothing and what to do about it; empty where it gave something."""
    if output.failure is Failure.NONE and output.exit_code == 0:
        return ""
    where = invocation.context or "kubeconfig"
    return f"{where}: {_what(invocation, output)}"


def _what(invocation: Invocation, output: Output) -> str:
    tool, shown = invocation.command.tool, invocation.command.key
    said = last_line(output.stderr) or known(_istio_error(output.stdout))
    match output.failure:
        case Failure.TOOL_MISSING:
            return said or f"{tool} is not on the PATH; install it, or put it there"
        case Failure.TIMED_OUT:
            return f"no answer to {shown} within {_seconds(output)}{_because(said)}; try a longer --timeout"
        case Failure.FORBIDDEN:
            return _forbidden(output.stderr) + f"; `{_can_i(invocation, output.stderr)}` asks the same"
        case Failure.UNAUTHORIZED:
            return f"no valid credentials{_because(_asked(said))}; {_log_in(invocation)}"
        case Failure.UNREACHABLE:
            return f"the API server cannot be reached{_because(said)}; try `{_try(invocation)}`"
        case Failure.INTERRUPTED:
            return f"{shown} was interrupted"
        case Failure.TOO_LARGE:
            return f"{shown} printed too much{_because(said)}"
        case Failure.UNREADABLE:
            return f"the output of {shown} has an unexpected shape and was dropped{_because(said)}"
        case Failure.NOT_RECORDED:
            return f"{shown} is not in the recording{_because(said)}; record again with `kubectl mcdiag collect PATH`"
    return f"{shown} failed with exit code {output.exit_code}{_because(said)}"


def last_line(stderr: str) -> str:
    """Return the line that says most, without kubectl's log prefix and `error:`; at most 300 characters."""
    lines = [line.strip() for line in stderr[-_LAST:].splitlines() if line.strip()]
    useful = [line for line in lines if not _IN_POD.fullmatch(line) and not line.startswith((">", "-----"))]
    headed = [line for line in useful if line.startswith(("Unable to", "Error", "error", "The connection"))]
    line = (headed or useful or lines or [""])[-1]
    line = _LOG_PREFIX.sub("", line, count=1)
    return _PREFIX.sub("", line, count=1)[:_QUOTED].rstrip(". ")


def _asked(said: str) -> str:
    # kubectl asks for a name and finds nobody there: `Please enter Username: error: EOF`.
    return "the kubeconfig has none for this context" if said == "EOF" else said


def _istio_error(stdout: str) -> str:
    # istioctl 1.31 logs to stdout why it waits, and waits for ever: `watch error in cluster c1: … forbidden`.
    found = _ISTIO_ERROR.findall(stdout[-_LAST:])
    return found[-1][:_QUOTED] if found else ""


def _because(said: str) -> str:
    return f": {said}" if said else ""


def _seconds(output: Output) -> str:
    return f"{output.seconds:.0f} s" if output.seconds >= 1 else "the time left"


def _forbidden(stderr: str) -> str:
    found = _SUBJECT.search(stderr)
    if not found:
        return f"not allowed{_because(last_line(stderr))}"
    user, verb, resource, group = found.groups()
    namespace = _NAMESPACE.search(stderr, found.end())
    scope = f"in namespace {namespace[1]}" if namespace else "in all namespaces"
    return f"{user} may not {verb} {_dotted(resource, group)} {scope}"


def _can_i(invocation: Invocation, stderr: str) -> str:
    found = _SUBJECT.search(stderr)
    if not found:
        return _kubectl(invocation, "auth", "can-i", "--list")
    namespace = _NAMESPACE.search(stderr, found.end())
    scope = ("-n", namespace[1]) if namespace else ("-A",)
    return _kubectl(invocation, "auth", "can-i", found[2], _dotted(found[3], found[4]), *scope)


def _dotted(resource: str, group: str) -> str:
    # kubectl wants the group before the subresource: `deployments.apps/scale`.
    name, slash, sub = resource.partition("/")
    return f"{name}{f'.{group}' if group else ''}{slash}{sub}"


def _try(invocation: Invocation) -> str:
    return _kubectl(invocation, "get", "--raw", "/readyz")


def _log_in(invocation: Invocation) -> str:
    return f"log in again, then try `{_kubectl(invocation, 'auth', 'whoami')}`"


def _kubectl(invocation: Invocation, *arguments: str) -> str:
    context = ("--context", invocation.context) if invocation.context else ()
    return joined(("kubectl", *context, *invocation.flags, *arguments))
