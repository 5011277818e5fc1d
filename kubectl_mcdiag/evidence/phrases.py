"""The phrases that errors are made of, as kubectl, client-go, istiod, Envoy, curl and wget word them.

An error is somebody's free text: credential helpers quote passwords in it, Envoy the body of an EnvoyFilter. Of such a
text only these phrases stay, their values no longer than a name; whatever else it said becomes `…`.
"""

import re

from kubectl_mcdiag.evidence.urls import server_of

ELSE = "…"
_LONGEST = 8_192

_HOST = r"(?:\[[0-9A-Fa-f:.]{2,45}\]|[A-Za-z0-9][\w.-]{0,252})(?::\d{1,5})?"
_NAME = r"[A-Za-z0-9][\w.:/@-]{0,252}"
_TIME = r"\d{4}-\d\d-\d\dT[\d:.]{8,18}(?:Z|[+-]\d\d:\d\d)"
_RESOURCE = r"[a-z0-9][a-z0-9./-]{0,200}"

_URL = re.compile(r'(?P<method>\b(?:Get|Post|Put|Head|Delete)\b) "(?P<url>https?://[^"\s]{1,2048})"')
_PHRASES = (
    # Requests to an API server, of kubectl and of client-go alike.
    r"Error from server(?: \([A-Za-z]{1,40}\))?",
    r"[Ee]rror(?=: | ?…| in configuration)",
    r"Error in configuration",
    r"Unable to connect to the server",
    rf"[Tt]he connection to the server {_HOST} was refused(?: - did you specify the right host or port\?)?",
    rf"{_RESOURCE}(?: \"{_NAME}\")? is forbidden",
    rf'User "{_NAME}" cannot [a-z]{{1,20}} resource "{_RESOURCE}" in API group "[a-z0-9.-]{{0,200}}"',
    r"at the cluster scope",
    rf'in the namespace "{_NAME}"',
    r"by a policy",
    rf'{_RESOURCE} "{_NAME}" not found',
    r"""the server doesn't have a resource type "[\w.-]{1,100}\"""",
    r"the server could not find the requested resource",
    r"the server is currently unable to handle the request",
    r"the server has asked for the client to provide credentials",
    r"the server was unable to return a response in the time allotted",
    r"[Yy]ou must be logged in to the server",
    r"Unauthorized|Forbidden|NotFound|BadRequest|Too many requests|ServiceUnavailable|InternalError",
    r"[Pp]lease enter (?:Username|Password)",
    rf"getting credentials|exec: executable {_NAME} (?:not found|failed with exit code \d+)",
    r"no Auth Provider found(?: for name \"[\w.-]{1,60}\")?",
    rf"context was not found for specified context: {_NAME}|context \"{_NAME}\" does not exist",
    rf"cluster has no server defined|user \"{_NAME}\" does not exist|cluster \"{_NAME}\" does not exist",
    r"failed to (?:list|watch) \*[a-z0-9]{1,20}\.[A-Za-z]{1,40}",
    r"client rate limiter Wait returned an error",
    r"etcdserver: request timed out|etcdserver: leader changed",
    # Networks and TLS.
    rf"dial (?:tcp|udp)(?:[46])?(?: {_HOST}->)?(?: {_HOST})?",
    rf"lookup {_HOST}(?: on {_HOST})?",
    rf"(?:read|write) tcp {_HOST}->{_HOST}",
    r"connect: |read: |write: |proxyconnect tcp|(?:net/http|http2|http)(?=: )",
    r"connection (?:refused|reset by peer|timed out)|refused",
    r"i/o timeout|timeout awaiting response headers|no such host|no route to host|network is unreachable|host is down",
    r"server misbehaving|TLS handshake timeout|context (?:deadline exceeded|canceled)|request canceled"
    r"(?: while waiting for connection)?",
    r"Client\.Timeout exceeded while awaiting headers|client connection lost|unexpected EOF|\bEOF\b",
    r"use of closed network connection",
    r"server gave HTTP response to HTTPS client|HTTP response to HTTPS client",
    r"first record does not look like a TLS handshake|remote error|local error",
    r"tls: (?:failed to verify certificate|handshake failure|bad certificate|unknown certificate(?: authority)?"
    r"|internal error|unrecognized name|certificate required|protocol version not supported|expired certificate"
    r"|private key does not match public key|failed to find any PEM data in certificate input|access denied)",
    r"x509: certificate (?:signed by unknown authority|has expired or is not yet valid|is not standards compliant"
    r"|relies on legacy Common Name field, use SANs instead|specifies an incompatible key usage"
    r"|is not authorized to sign other certificates)",
    rf"current time {_TIME} is (?:after|before) {_TIME}",
    rf"x509: certificate is (?:not )?valid for (?:any names, but wanted to match )?{_HOST}(?:, {_HOST})*"
    rf"(?:, (?:not|but wanted to match) {_HOST})?",
    rf"x509: cannot validate certificate for {_HOST} because it doesn't contain any IP SANs|any IP SANs|x509",
    r"possibly because of \"[\w :/-]{1,80}\" while trying to verify candidate authority certificate",
    # Pods, and what is run in them.
    r"command terminated with exit code \d{1,3}",
    rf"previous terminated container \"{_NAME}\" in pod \"{_NAME}\" not found",
    rf"container \"?{_NAME}\"? (?:not found|in pod \"{_NAME}\" is (?:waiting to start|terminated|not available))",
    rf"container {_NAME} is not valid for pod {_NAME}|container not found \(\"{_NAME}\"\)",
    r"(?:PodInitializing|ContainerCreating|CrashLoopBackOff|ImagePullBackOff|ErrImagePull)",
    r"trying and failing to pull image",
    rf"pod {_NAME} does not have a host assigned|unable to upgrade connection|error dialing backend",
    rf'OCI runtime exec failed|exec: "{_NAME}": executable file not found in \$PATH|unable to start container process',
    r"unknown (?:shorthand )?flag: '?-{0,2}[\w-]{1,40}'?(?: in -[\w-]{1,40})?|unknown command",
    # What mcdiag itself says of a command.
    r"(?:kubectl|istioctl) is not on the PATH|more than [\d,]{1,20} bytes|it could not be redacted",
    r"the mcdiag that made it did not ask this yet|cannot be started|Exec format error|Permission denied",
    r"No such file or directory|no such file or directory|Too many open files|Cannot allocate memory",
    # istiod, about the clusters that it reads.
    r"\d+ errors? occurred|create remote cluster failed",
    r"kubeconfig is (?:empty|not valid|not allowed)|invalid configuration|no configuration has been provided",
    r"(?:exec|tokenFile|clientCertificate|clientKey|insecureSkipTLSVerify|auth[ -]provider(?: [\w-]{1,40})?)"
    r" is not allowed",
    r"couldn't get version/kind|json parse error|yaml parse error|failed to create remote cluster client",
    rf"watch error in cluster {_NAME}(?=: )|(?:Add|Update) cluster(?=: )",
    rf"Add cluster_id={_NAME} from secret={_NAME}(?=: )",
    rf"ignoring (?:cluster|{_NAME}) as it would overwrite the (?:config|local) cluster",
    rf"cluster(?: {_NAME})?(?: already)? has already been registered|cluster {_NAME} synced, replacing registry",
    rf"remote clusters? (?:{_NAME} )?failed to sync after [\w.]{{1,20}}",
    r"Failed to initialize file-backed (?:remote )?kubeconfigs from \"?/[\w./-]{1,200}\"?"
    r"|lstat /[\w./-]{1,200}|using an empty static collection instead\."
    r"|File-backed remote cluster discovery will not recover until istiod restarts\.",
    rf"Starting Istiod Server with primary cluster {_NAME}",
    rf"should join leader-election for cluster {_NAME}: (?:true|false)",
    # istiod, about proxies that want a certificate.
    rf"Failed to authenticate client from {_HOST}|Authenticator [A-Za-z]{{1,60}}|no verified chain is found",
    r'failed to validate the JWT from cluster "[\w.-]{0,253}"|the service account authentication returns an error',
    r"\[?invalid bearer token|invalid signature|no keys found",
    r"service account [a-z0-9-]{1,63}/[a-z0-9.-]{1,253} not found"
    r"|token has (?:expired|been invalidated)|(?:square|go-jose)/go-jose",
    r"error in cryptographic primitive|Token has been invalidated|token is expired|forbidden",
    r'client claims to be in cluster "[\w.-]{0,253}"|but we only know about local cluster "[\w.-]{0,253}"'
    r" and remote clusters \[[\w., -]{0,1000}\]",
    rf"could not get cluster {_NAME}'s kube client|could not get kube client for {_NAME}",
    # istiod, about gateways and its CA.
    rf'could not resolve hostname "{_HOST}" for \d{{1,6}} gateways|could not resolve hostname',
    rf"service {_NAME} is labeled as gateway, but does not listen(?: neither on port \d{{1,5}} nor on port \d{{1,5}}"
    r"| on port \d{1,5})?",
    r"(?:Use )?(?:local CA certificate|self-signed certificate as the CA certificate)",
    r"[uU]pdating new ROOT-CA not supported",
    r"failed to create (?:discovery service|an istiod CA|CA KeyCertBundle|CA)",
    r"cannot verify the cert with the provided root chain and cert pool(?: with error)?",
    r"the cert does not match the key|certificate is not authorized to sign other certificates",
    r"missing CRL signed by certificates|incomplete signing CA bundle(?: detected)?",
    r"CN=[\w .-]{1,64}|O=[\w .-]{1,64}|invalid PEM",
    # Envoy, about what it was given.
    r"Error adding/updating (?:listener|cluster|route)(?:\(s\))?(?: [\w.|:-]{1,253})?",
    rf"error adding listener '{_HOST}'|error initializing configuration ''",
    r"filter chain '[\w.|:-]{0,253}' has the same matching rules defined as '[\w.|:-]{0,253}'\.?|duplicate matcher is",
    r'"server_names":\["[\w.*|-]{1,253}"(?:,"[\w.*|-]{1,253}"){0,20}\]',
    r"cannot create an EDS cluster without an EDS config|Didn't find a registered implementation for"
    r"|Proto constraint validation failed|Unable to parse JSON as proto|Invalid path|duplicate (?:listener|cluster)",
    r"upstream connect error or disconnect/reset before headers|reset reason|remote connection failure"
    r"|transport failure reason|delayed connect error|connection (?:timeout|termination|failure)|no healthy upstream"
    r"|TLS_error|CERTIFICATE_VERIFY_FAILED|verify cert failed|overflow|retried and the latest",
    # curl and wget.
    r"curl: \(\d{1,3}\)|wget|Empty reply from server|Recv failure|Send failure",
    r"Connection (?:reset by peer|refused|timed out)",
    rf"(?:Failed|Could not|Couldn't) (?:to )?connect to (?:{_HOST}|server)(?: port \d{{1,5}})?(?: after \d{{1,9}} ms)?",
    r"(?:Connection|Operation|Resolving) timed out after \d{1,9} milliseconds"
    r"(?: with \d{1,19}(?: out of \d{1,19})? bytes received)?",
    rf"Could not resolve host: {_HOST}|bad address '{_HOST}'|can't connect to remote host(?: \({_HOST}\))?",
    r"Timeout was reached|download timed out|server returned error: HTTP/[\d.]{1,3} \d{3}",
    r"error getting response|bad header",
    r"Connection closed|Host is unreachable|Network is unreachable|Received HTTP/0\.9 when not allowed|no answer",
    r"Server aborted the SSL handshake|SSL_ERROR_[A-Z_]{1,30}|Weird server reply",
)
# A phrase begins where a word does: so that a long word is looked at once.
_KNOWN = re.compile(rf"(?<!\w)(?:{'|'.join((_URL.pattern, *(f'(?:{phrase})' for phrase in _PHRASES)))})")
_BETWEEN = re.compile(r"[\s:;,.()\[\]*\"'-]{0,24}")


def known(text: str) -> str:
    """Return the known phrases of a text with the signs between them, `…` for what else it said."""
    text, kept, place = text[:_LONGEST].strip(), list[str](), 0
    for match in _KNOWN.finditer(text):
        kept += [_gap(text[place : match.start()]), _phrase(match)]
        place = match.end()
    return "".join((*kept, _gap(text[place:]))).strip() if kept else ELSE if text else ""


def _gap(text: str) -> str:
    if _BETWEEN.fullmatch(text):
        return text
    # The colons stay: a chain of errors is read by them.
    before = ": " if text.startswith(": ") else " " if text[:1].isspace() else ""
    return f"{before}{ELSE}{': ' if text.endswith(': ') else ' '}"


def _phrase(match: re.Match[str]) -> str:
    return f'{match["method"]} "{server_of(match["url"])}"' if match["url"] else match[0]
