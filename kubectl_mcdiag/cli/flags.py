"""The flags that choose clusters, with kubectl's names and meanings."""

from collections.abc import Callable
from typing import Any

import click

from kubectl_mcdiag.cli import completions, config
from kubectl_mcdiag.errors import McdiagError
from kubectl_mcdiag.run import terminal
from kubectl_mcdiag.run.options import FLAGS, Duration, Named, Verbosity, chosen

Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]


def cluster_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that choose clusters; the command gets them as one `ClusterOptions` named `options`."""

    def gathered(**given: Any) -> Any:
        config.say_origin(click.get_current_context())
        own = {name: given.pop(name) for name in FLAGS}
        if own["no_exec"] and given.get("probe"):
            raise McdiagError("--probe sends requests by exec, which --no-exec rules out; leave one of them out")
        return function(options=chosen(own), **given)

    gathered.__name__, gathered.__doc__ = function.__name__, function.__doc__
    gathered.__click_params__ = list(getattr(function, "__click_params__", []))  # type: ignore[attr-defined]
    decorated: Callable[..., Any] = gathered
    for option in reversed(_CLUSTER):
        decorated = option(decorated)
    return decorated


istio_namespace_option: Decorator = click.option(
    "-i",
    "--istio-namespace",
    "--istioNamespace",
    type=Named("a namespace", "LABEL"),
    default="",
    metavar="NAME",
    shell_complete=completions.namespaces,
    help="Namespace of istiod; without it: istio-system, else where istiod runs.",
)

revision_option: Decorator = click.option(
    "--revision",
    type=Named("a revision", "REVISION"),
    default="",
    metavar="NAME",
    help="Look only at istiod pods of this revision.",
)

no_exec_option: Decorator = click.option(
    "--no-exec",
    is_flag=True,
    help="Run nothing in a pod: what only istiod can tell is left out, proxies are read through istioctl.",
)

no_secrets_option: Decorator = click.option(
    "--no-secrets",
    is_flag=True,
    help="Read no Secret: roots are taken from ConfigMaps, the names of remote secrets from istiod.",
)

_CLUSTER: tuple[Decorator, ...] = (
    click.option(
        "--context",
        multiple=True,
        metavar="NAME",
        shell_complete=completions.contexts,
        help="Context of a cluster, or a pattern such as 'prod-*'; repeat it or use commas. Without it: $CTX_CLUSTER1,"
        " $CTX_CLUSTER2, …, else the current context.",
    ),
    click.option(
        "--kubeconfig",
        metavar="FILE",
        shell_complete=completions.paths,
        help="Kubeconfig to use instead of $KUBECONFIG.",
    ),
    click.option(
        "--config",
        metavar="FILE",
        is_eager=True,
        expose_value=False,
        callback=config.apply,
        shell_complete=completions.paths,
        help="Defaults of these flags, instead of ~/.config/kubectl-mcdiag/config.yaml.",
    ),
    click.option(
        "-q",
        "--quiet",
        is_flag=True,
        is_eager=True,
        expose_value=False,
        callback=lambda _ctx, _param, value: terminal.hush(value),
        help="Neither progress nor warnings on stderr.",
    ),
    click.option("--as", "as_user", metavar="USER", help="User to impersonate."),
    click.option("--as-group", multiple=True, metavar="GROUP", help="Group to impersonate; repeatable."),
    istio_namespace_option,
    no_exec_option,
    no_secrets_option,
    revision_option,
    click.option(
        "--request-timeout",
        type=Duration(),
        default="0",
        metavar="TIME",
        help="Limit for each command, as 10s.",
    ),
    click.option(
        "--timeout",
        type=Duration(),
        default="60s",
        show_default=True,
        metavar="TIME",
        help="Limit for the whole run.",
    ),
    click.option(
        "-v",
        "--v",
        "verbosity",
        type=Verbosity(),
        default=0,
        is_flag=False,
        flag_value="1",
        metavar="LEVEL",
        help="6 prints each command with its seconds, 7 how it ended, 8 its errors, 9 every argument.",
    ),
)

namespace_option: Decorator = click.option(
    "-n",
    "--namespace",
    type=Named("a namespace", "LABEL"),
    default="",
    metavar="NAME",
    shell_complete=completions.namespaces,
    help="Namespace of services given by name alone.",
)

client_option: Decorator = click.option(
    "--client",
    type=Named("a pod, as pod.namespace", "POD"),
    default="",
    metavar="POD.NAMESPACE",
    help="Look through this pod's proxy.",
)

probe_option: Decorator = click.option(
    "--probe",
    is_flag=True,
    help="Send requests as well, from pods that are there: the guide's loop, and connections to the other clusters.",
)

anonymize_option: Decorator = click.option(
    "--anonymize",
    is_flag=True,
    help="Record stand-ins for names, hosts and addresses; the recording is judged the same.",
)

redact_option: Decorator = click.option(
    "--redact",
    default="",
    metavar="FILE",
    shell_complete=completions.paths,
    help="Mask what these patterns match too, in the recording and the report: a regular expression a line.",
)
