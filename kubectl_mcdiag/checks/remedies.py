"""The commands that prove and mend, as text to paste, with every name filled in."""

import json
import shlex
from typing import Any

from kubectl_mcdiag.checks.contract import Evidence, Kind, Step
from kubectl_mcdiag.evidence.commands import ENVOY_CLUSTERS_LATER, ISTIOD_CRASH
from kubectl_mcdiag.evidence.model import Command, Settings
from kubectl_mcdiag.evidence.parsers.envoy.envoy_endpoints import Host
from kubectl_mcdiag.evidence.parsers.kubernetes.destination_rules import PORTS, DestinationRule
from kubectl_mcdiag.evidence.parsers.kubernetes.pods import INJECT, Pod
from kubectl_mcdiag.evidence.parsers.kubernetes.redirection import FLAGS
from kubectl_mcdiag.evidence.parsers.kubernetes.resources import Service
from kubectl_mcdiag.evidence.parsers.kubernetes.workloads import Workload
from kubectl_mcdiag.mesh.access.control_plane import crash, crashing
from kubectl_mcdiag.mesh.access.identity import cluster_id, control_planes, istiod_pods, proxies
from kubectl_mcdiag.mesh.discovery.remote_secrets import is_loopback, log_tail, server
from kubectl_mcdiag.mesh.discovery.trouble import Suspect
from kubectl_mcdiag.mesh.services.interception import Gap
from kubectl_mcdiag.mesh.services.mutual_tls import TLS_MODE
from kubectl_mcdiag.mesh.trust.roots import CACERTS
from kubectl_mcdiag.mesh.view import View, ask

API_SERVER = "API_SERVER"
SCALED = "{name} is scaled to 0"
NOT_MADE = "no pod of {name} is made, which asks for {count}"
WHY_SCALE = "starts it again; use the number of replicas that it should have"
WHY_NOT_MADE = "shows why pods are refused, for example by the injection webhook or by a quota"
REDIRECTION = "traffic.sidecar.istio.io/"


def kubectl(view: View, context: str, *args: str) -> str:
    """Return a kubectl command for one context."""
    return shlex.join(("kubectl", "--context", context, *view.settings.flags, *args))


def system(view: View, context: str, *args: str) -> str:
    """Return a kubectl command in the system namespace of one context."""
    return kubectl(view, context, "-n", view.settings.istio_namespace, *args)


def istioctl(view: View, context: str, *args: str) -> str:
    """Return an istioctl command for one context."""
    namespace = view.settings.istio_namespace
    where = () if namespace == Settings().istio_namespace else ("--istioNamespace", namespace)
    return shlex.join(("istioctl", "--context", context, *view.settings.flags, *where, *args))


def config(view: View, *args: str) -> str:
    """Return a kubectl command about the kubeconfig itself."""
    return shlex.join(("kubectl", *view.settings.flags, "config", *args))


def shows(context: str, command: str, *lines: str) -> Evidence:
    """Return evidence: a command to paste and the lines of its output that matter."""
    return Evidence(context, command, "\n".join(lines))


def asked(view: View, command: Command[Any], context: str, target: str, *lines: str) -> Evidence:
    """Return evidence whose command is the one that was run."""
    return Evidence(context, str(view.invocation(command, context, target)), "\n".join(lines))


def logged(view: View, suspect: Suspect) -> Evidence:
    """Return what istiod logged last about the cluster of a remote secret, or else what speaks against the secret."""
    command = system(view, suspect.holder, "logs", "-l", "app=istiod", "-c", "discovery", "--tail=5000")
    return shows(
        suspect.holder, command, *(log_tail(view, suspect.holder, suspect.entry.key) or filter(None, (suspect.proof,)))
    )


def kubeconfig_shows(view: View, suspect: Suspect, field: str, *lines: str) -> Evidence:
    """Return one field of the cluster in a remote secret's kubeconfig, by a command that prints neither key nor token.

    kubectl reads the kubeconfig and prints the one field: written on one line, the token would stand beside it.
    """
    path = "{.clusters[*].cluster." + field + "}"
    template = '{{index .data "' + suspect.entry.key + '" | base64decode}}'
    command = system(view, suspect.holder, "get", "secret", suspect.entry.secret.name, "-o", f"go-template={template}")
    view_it = shlex.join(("kubectl", "config", "view", "--kubeconfig=/dev/stdin", "--minify", "-o", f"jsonpath={path}"))
    return shows(suspect.holder, f"{command} | {view_it}", *lines)


def certificate_shown(view: View, plane: str, key: str, *lines: str) -> Evidence:
    """Return evidence: how to read a certificate in `cacerts`, and what it says."""
    path = "jsonpath={.data." + key.replace(".", r"\.") + "}"
    command = system(view, plane, "get", "secret", CACERTS, "-o", path)
    return shows(plane, f"{command} | base64 -d | openssl x509 -noout -text", *lines)


def crash_shown(view: View, plane: str) -> tuple[Evidence, ...]:
    """Return what an istiod that cannot start said last, if there is one."""
    if not (said := ask(lambda: crash(view, plane))):
        return ()
    return (asked(view, ISTIOD_CRASH, plane, crashing(view, plane)[0].full_name, said),)


def failures_counted(view: View, context: str, client: str, host: Host) -> Evidence:
    """Return as evidence what a client's Envoy counted of a way on which connections fail."""
    address = f"{host.address}:{host.port}"
    lines = (f"{address}::cx_connect_fail::{host.connect_failures}", f"{address}::rq_success::{host.successes}")
    return asked(view, ENVOY_CLUSTERS_LATER, context, client, *lines)


def create_remote_secret(view: View, holder: str, context: str, variable: str = "", refused: str = "") -> Step:
    """Let the istiods of `holder` read `context`: made by istioctl, which creates the token it needs.

    `variable`: the shell's, with the name of a cluster that is about to get another one. `refused`: the URL of an API
    server that leads istiod nowhere; where your kubeconfig has no other, or a loopback address, one is asked for.
    """
    name, known = f"${variable}" if variable else cluster_id(view, context), server(view, context)
    is_refused = bool(refused) and known == refused
    is_unfit = is_refused or is_loopback(known)
    option = f'--name="{name}"' if variable else shlex.quote(f"--name={name}")
    address = f'--server="${API_SERVER}"' if is_unfit else shlex.quote(f"--server={known}") if known else ""
    made = " ".join(filter(None, (istioctl(view, context, "create-remote-secret"), option, address)))
    why = f"gives the istiods of {holder} the credentials to read {context} as {name}"
    if is_unfit:
        why = f"{API_SERVER}: the URL at which pods of {holder} reach {context}'s API server; {why}"
    if is_refused:
        why += f"; not needed if you open the way from them to {refused}"
    return Step(
        Kind.NEEDS_INPUT if variable or is_unfit else Kind.SAFE,
        f"{made} | {kubectl(view, holder, 'apply', '-f', '-')}",
        why,
    )


def restart_istiod(view: View, context: str, why: str) -> tuple[Step, ...]:
    """Restart istiod and wait for it."""
    owners = [(view.settings.istio_namespace, name) for name in istiod_owners(view, context)]
    return _restart(view, context, owners, why)


def await_istiod(view: View, context: str) -> tuple[Step, ...]:
    """Wait until istiod is back after something that restarts it."""
    return tuple(wait_for(view, context, view.settings.istio_namespace, o) for o in istiod_owners(view, context))


def istiod_owners(view: View, context: str) -> tuple[str, ...]:
    """Return the Deployments of istiod as `deployment/name`."""
    return tuple(sorted({owner(pod) for pod in istiod_pods(view, context)}))


def restart_workloads(view: View, context: str, why: str) -> tuple[Step, ...]:
    """Restart everything that has a proxy, gateways first, and wait for it."""
    return restart_owners(view, context, proxies(view, context), why)


def restart_owners(view: View, context: str, pods: tuple[Pod, ...], why: str) -> tuple[Step, ...]:
    """Restart what made these pods, gateways first, and wait for it."""
    found = {(not pod.is_gateway, pod.namespace, owner(pod)) for pod in pods}
    return _restart(view, context, [(namespace, name) for _, namespace, name in sorted(found)], why)


def _restart(view: View, context: str, owners: list[tuple[str, str]], why: str) -> tuple[Step, ...]:
    restarts = tuple(
        Step(Kind.DISRUPTIVE, kubectl(view, context, "-n", namespace, "rollout", "restart", name), why)
        for namespace, name in owners
    )
    return restarts + tuple(wait_for(view, context, namespace, name) for namespace, name in owners)


def wait_for(view: View, context: str, namespace: str, name: str) -> Step:
    """Wait until a workload (`kind/name`) has rolled out."""
    command = kubectl(view, context, "-n", namespace, "rollout", "status", name, "--timeout=180s")
    return Step(Kind.DISRUPTIVE, command, "waits until it is back")


def owner(pod: Pod) -> str:
    """Return `kind/name` of what made a pod, read from the labels that Kubernetes' controllers set."""
    if "pod-template-hash" in pod.labels:
        return f"deployment/{pod.name.rsplit('-', 1)[0].removesuffix('-' + pod.labels['pod-template-hash'])}"
    kind = "statefulset" if "statefulset.kubernetes.io/pod-name" in pod.labels else "daemonset"
    return f"{kind}/{pod.name.rsplit('-', 1)[0]}"


def apply(view: View, context: str, manifest: dict[str, Any]) -> str:
    """Apply one object."""
    return f"echo {shlex.quote(json.dumps(manifest))} | {kubectl(view, context, 'apply', '-f', '-')}"


def generate_gateway(view: View, context: str, network: str, *options: str) -> str:
    """Make an east-west gateway with the script of an Istio release, whose folder `ISTIO_DIR` is the operator's."""
    arguments = shlex.join(("--network", network, *options))
    script = f'"$ISTIO_DIR"/samples/multicluster/gen-eastwest-gateway.sh {arguments}'
    return f"{script} | {kubectl(view, context, 'apply', '-f', '-')}"


def set_networks(view: View, context: str, why: str) -> Step:
    """Replace meshNetworks, which the proxies of a cluster follow, by the operator's `MESH_NETWORKS`."""
    patch = system(view, control_planes(view, context)[0], "patch", "configmap", "istio", "--type=merge", "-p")
    return Step(Kind.NEEDS_INPUT, patch + ' "{\\"data\\":{\\"meshNetworks\\":\\"$MESH_NETWORKS\\"}}"', why)


def copy_service(view: View, service: Service, context: str) -> str:
    """Create in `context` the Service that another cluster has, ports and selector alike."""
    ports = [
        {
            key: value
            for key, value in {
                "name": port.name,
                "port": port.port,
                "protocol": port.protocol,
                "targetPort": int(port.target_port) if port.target_port.isdigit() else port.target_port,
                "appProtocol": port.app_protocol,
            }.items()
            if value
        }
        for port in service.ports
    ]
    spec = {
        "ports": ports,
        "selector": service.selector,
        **({"clusterIP": "None"} if service.is_headless else {}),
    }
    meta = {"name": service.name, "namespace": service.namespace, "labels": service.labels}
    manifest = {"apiVersion": "v1", "kind": "Service", "metadata": meta, "spec": spec}
    return apply(view, context, manifest)


def merge_patch(
    view: View, context: str, namespace: str, kind: str, name: str, body: Any, why: str, how: Kind = Kind.SAFE
) -> Step:
    """Change fields of one object; None takes a field out."""
    patch = ("--type=merge", "-p", json.dumps(body))
    return Step(how, kubectl(view, context, "-n", namespace, "patch", kind, name, *patch), why)


def json_patch(
    view: View, context: str, namespace: str, kind: str, name: str, body: Any, why: str, how: Kind = Kind.SAFE
) -> Step:
    """Change places in one object's lists, as JSON Patch does."""
    patch = ("--type=json", "-p", json.dumps(body))
    return Step(how, kubectl(view, context, "-n", namespace, "patch", kind, name, *patch), why)


def unset(view: View, plane: str, rule: DestinationRule, setting: str, why: str) -> Step:
    """Take one setting out of a rule's traffic policy, for all ports.

    istiod's webhook refuses a policy with nothing in it, so that what this would leave empty goes as well
    (Istio 1.31 `validateTrafficPolicy`).
    """
    body = [{"op": "remove", "path": f"/spec/trafficPolicy{path}"} for path in _places(rule, setting)]
    return json_patch(view, plane, rule.namespace, "destinationrule", rule.name, body, why, Kind.DISRUPTIVE)


def _places(rule: DestinationRule, setting: str) -> tuple[str, ...]:
    """Return where in a traffic policy the setting stands, last places first; the policy itself if nothing else is."""
    bare = all(settings == (setting,) for settings in rule.port_settings)
    if set(rule.settings) <= {setting, *((PORTS,) if bare else ())}:
        return ("",)
    single = tuple(
        f"/{PORTS}/{index}{'' if settings == (setting,) else f'/{setting}'}"
        for index, settings in reversed(tuple(enumerate(rule.port_settings)))
        if setting in settings
    )
    ports = (f"/{PORTS}",) if bare and single else single
    return (*ports, *((f"/{setting}",) if setting in rule.settings else ()))


def restart_owner(view: View, context: str, pod: Pod, why: str) -> tuple[Step, ...]:
    """Restart what made a pod and wait for it."""
    return _restart(view, context, [(pod.namespace, owner(pod))], why)


def inject(view: View, context: str, pod: Pod) -> tuple[Step, ...]:
    """Take out what keeps the sidecar of a workload out, which restarts it, and wait for it."""
    metadata = {"labels": {INJECT: None, TLS_MODE: None}, "annotations": {INJECT: None}}
    made_by = owner(pod)
    return (
        _patch_template(view, context, pod.namespace, made_by, metadata, "lets its pods have a sidecar"),
        *_restart(view, context, [(pod.namespace, made_by)], "makes the pods anew, so that they are injected"),
    )


def redirection_shown(view: View, context: str, gap: Gap) -> Evidence:
    """Return as evidence the argument by which a pod leaves connections out of its Envoy."""
    flag = next(flag for flag, name in FLAGS.items() if name == gap.setting)
    path = "jsonpath={.spec.initContainers[*].args}"
    command = kubectl(view, context, "-n", gap.pod.namespace, "get", "pod", gap.pod.name, "-o", path)
    return shows(context, command, f"{json.dumps(flag)},{json.dumps(','.join(gap.value))}")


def redirect(view: View, context: str, gap: Gap, why: str) -> tuple[Step, ...]:
    """Set by its pods' annotation what a workload leads through Envoy, which restarts it, and wait for it."""
    namespace, made_by = gap.pod.namespace, owner(gap.pod)
    metadata = {"annotations": {REDIRECTION + gap.setting: ",".join(gap.mended)}}
    return (
        _patch_template(view, context, namespace, made_by, metadata, why),
        wait_for(view, context, namespace, made_by),
    )


def _patch_template(view: View, context: str, namespace: str, made_by: str, metadata: dict[str, Any], why: str) -> Step:
    """Change labels and annotations that a workload (`kind/name`) gives its pods; None takes one out."""
    patch = ("patch", made_by, "--type=merge", "-p", json.dumps({"spec": {"template": {"metadata": metadata}}}))
    return Step(Kind.DISRUPTIVE, kubectl(view, context, "-n", namespace, *patch), why)


def start(view: View, context: str, workload: Workload) -> tuple[str, Step]:
    """Return why a workload has no pods, and what to do about it: scaled to 0, or refused by the API server."""
    name = f"{workload.kind.lower()}/{workload.name}"
    where = ("-n", workload.namespace)
    if workload.replicas:
        shown = kubectl(view, context, *where, "get", "events", "--field-selector=reason=FailedCreate")
        return NOT_MADE.format(name=name, count=workload.replicas), Step(Kind.SAFE, shown, WHY_NOT_MADE)
    scale = kubectl(view, context, *where, "scale", name, "--replicas=1")
    return SCALED.format(name=name), Step(Kind.SAFE, scale, WHY_SCALE)
