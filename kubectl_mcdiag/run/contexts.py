"""Which contexts a run is about: those named, the guide's variables, or the current one."""

import re
import time
from collections.abc import Mapping
from dataclasses import replace
from fnmatch import fnmatchcase

from kubectl_mcdiag.errors import McdiagError
from kubectl_mcdiag.evidence.commands import KUBECONFIG
from kubectl_mcdiag.evidence.model import Failure, Observation, Snapshot, Source
from kubectl_mcdiag.evidence.parsers.kubernetes.kubeconfig import Kubeconfig, KubeContext
from kubectl_mcdiag.mesh.suggestions import close_to
from kubectl_mcdiag.run.collect import Wish, invoke, observe
from kubectl_mcdiag.run.options import ClusterOptions

_VARIABLE = "CTX_CLUSTER"
_PATTERN = re.compile(r"[*?\[]")


def choose(
    source: Source, options: ClusterOptions, blank: Snapshot, deadline: float, environment: Mapping[str, str]
) -> Snapshot:
    """Return the snapshot with its contexts and the kubeconfig in it.

    Only the kubeconfig is read: no cluster is touched. Raises `McdiagError` (exit 2) for a context that is not in
    it, and (exit 3) where kubectl is missing or does not answer.
    """
    found = read_kubeconfig(source, blank, deadline)
    contexts = named(options, environment, found.value)
    return replace(blank, contexts=contexts, observations={_identity(found): found})


def read_kubeconfig(source: Source, blank: Snapshot, deadline: float) -> Observation:
    """Return the kubeconfig as kubectl sees it; raise `McdiagError` (exit 3) where it cannot be had."""
    invocation = invoke(Wish(KUBECONFIG, ""), blank.settings, deadline)
    found = observe(invocation, source.run(invocation, max(1.0, deadline - time.monotonic())))
    if found.output.failure is Failure.TOOL_MISSING:
        raise McdiagError("kubectl is not on the PATH; install it, or add its folder to PATH", 3)
    if found.reason:
        raise McdiagError(f"the kubeconfig could not be read: {found.reason}", 3)
    return found


def _identity(found: Observation) -> tuple[str, str, str]:
    return found.invocation.identity


def named(options: ClusterOptions, environment: Mapping[str, str], kubeconfig: Kubeconfig) -> tuple[str, ...]:
    """Return the contexts that a run is about; raise `McdiagError` for what the kubeconfig does not have.

    A name with `*`, `?` or `[` is a pattern, unless there is a context of just that name.
    """
    known = [context.name for context in kubeconfig.contexts]
    given = options.contexts or _from_environment(environment) or tuple(filter(None, [kubeconfig.current]))
    if not given:
        raise McdiagError(f"no context was given and there is no current one; {_choice(known)}")
    wanted = tuple(dict.fromkeys(name for each in given for name in _matching(each, known)))
    _refuse_twins([context for context in kubeconfig.contexts if context.name in wanted])
    return wanted


def origin(options: ClusterOptions, environment: Mapping[str, str]) -> str:
    """Say that variables have chosen the clusters, where they have; empty where the operator did."""
    found = () if options.contexts else _from_environment(environment)
    return f"contexts of ${_VARIABLE}1, …: {', '.join(found)} (--context chooses others)" if found else ""


def _matching(name: str, known: list[str]) -> list[str]:
    is_pattern = name not in known and bool(_PATTERN.search(name))
    found = [each for each in known if each == name or (is_pattern and fnmatchcase(each, name))]
    if not found:
        which = "context that matches" if is_pattern else "context"
        raise McdiagError(f"the kubeconfig has no {which} {name!r}; {close_to(name, known) or _choice(known)}")
    return found


def _refuse_twins(contexts: list[KubeContext]) -> None:
    """Refuse two contexts with one cluster entry and one user; two users of one entry can mean two clusters.

    Teleport's proxy, for one, tells clusters apart by the user alone. What the kubeconfig does not show, a check does.
    """
    seen: dict[tuple[str, str], KubeContext] = {}
    for each in contexts:
        twin = seen.setdefault((each.cluster, each.user), each)
        if twin is not each and each.cluster:
            raise McdiagError(
                f"contexts {twin.name!r} and {each.name!r} lead to one cluster: both are user {each.user!r} of cluster"
                f" {each.cluster!r} ({each.server}); give one context for each cluster"
            )


def _from_environment(environment: Mapping[str, str]) -> tuple[str, ...]:
    """Return the values of CTX_CLUSTER1, CTX_CLUSTER2, … as far as they are set, each once."""
    numbers = sorted(
        int(name.removeprefix(_VARIABLE))
        for name, value in environment.items()
        if name.startswith(_VARIABLE) and name.removeprefix(_VARIABLE).isdigit() and value
    )
    return tuple(dict.fromkeys(environment[f"{_VARIABLE}{number}"] for number in numbers))


def _choice(known: list[str]) -> str:
    if not known:
        return "the kubeconfig has no contexts at all; set KUBECONFIG or --kubeconfig"
    return "it has: " + ", ".join(known)
