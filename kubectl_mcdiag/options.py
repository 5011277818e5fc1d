"""Options that several commands share, with kubectl's names and meanings, and how their texts are read."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import click

_DURATION = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h)")
_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}

Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]


class Duration(click.ParamType[float]):
    """A duration as kubectl writes it: `30s`, `1m30s`, or a plain number of seconds."""

    name = "duration"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Return seconds."""
        text = str(value)
        parts = _DURATION.findall(text)
        if parts and "".join(number + unit for number, unit in parts) == text:
            return sum(float(number) * _SECONDS[unit] for number, unit in parts)
        if not re.fullmatch(r"\d+(\.\d+)?", text):
            self.fail(f"{text!r} is not a duration; write 30s or 1m30s", param, ctx)
        return float(text)


class Verbosity(click.ParamType[int]):
    """kubectl's log level: `-v 6`, `-v=6` or `-v6`."""

    name = "level"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Return the level."""
        text = str(value).removeprefix("=")
        if not text.isdigit():
            self.fail(f"{text!r} is not a level; write -v 6", param, ctx)
        return int(text)


@dataclass(frozen=True, slots=True)
class ClusterOptions:
    """Which clusters are asked, as whom, and for how long (seconds)."""

    contexts: tuple[str, ...] = ()
    kubeconfig: str = ""
    user: str = ""
    groups: tuple[str, ...] = ()
    istio_namespace: str = "istio-system"
    revision: str = ""
    request_timeout: float = 0.0
    timeout: float = 60.0
    verbosity: int = 0

    @property
    def flags(self) -> tuple[str, ...]:
        """What every kubectl and istioctl command repeats."""
        return (
            *(("--kubeconfig", self.kubeconfig) if self.kubeconfig else ()),
            *(("--as", self.user) if self.user else ()),
            *(part for group in self.groups for part in ("--as-group", group)),
        )


def split(values: tuple[str, ...]) -> tuple[str, ...]:
    """Return the values of a repeatable option that also takes commas, each once, in order."""
    return tuple(dict.fromkeys(part.strip() for value in values for part in value.split(",") if part.strip()))


def cluster_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that choose clusters; the command gets them as one `ClusterOptions` named `options`."""

    def gathered(**given: Any) -> Any:
        options = ClusterOptions(
            contexts=split(given.pop("context")),
            kubeconfig=given.pop("kubeconfig") or "",
            user=given.pop("as_user") or "",
            groups=given.pop("as_group"),
            istio_namespace=given.pop("istio_namespace"),
            revision=given.pop("revision") or "",
            request_timeout=given.pop("request_timeout"),
            timeout=given.pop("timeout"),
            verbosity=given.pop("verbosity"),
        )
        return function(options=options, **given)

    gathered.__name__, gathered.__doc__ = function.__name__, function.__doc__
    gathered.__click_params__ = list(getattr(function, "__click_params__", []))  # type: ignore[attr-defined]
    decorated: Callable[..., Any] = gathered
    for option in reversed(_CLUSTER):
        decorated = option(decorated)
    return decorated


_CLUSTER: tuple[Decorator, ...] = (
    click.option(
        "--context",
        multiple=True,
        metavar="NAME",
        help="Context of a cluster; repeat it or use commas. Without it: $CTX_CLUSTER1, $CTX_CLUSTER2, …, else the"
        " current context.",
    ),
    click.option("--kubeconfig", metavar="FILE", help="Kubeconfig to use instead of $KUBECONFIG."),
    click.option("--as", "as_user", metavar="USER", help="User to impersonate."),
    click.option("--as-group", multiple=True, metavar="GROUP", help="Group to impersonate; repeatable."),
    click.option(
        "-i",
        "--istio-namespace",
        "--istioNamespace",
        default="istio-system",
        show_default=True,
        metavar="NAME",
        help="Namespace of istiod.",
    ),
    click.option("--revision", metavar="NAME", help="Look only at istiod pods of this revision."),
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
        help="6 prints each command with its seconds.",
    ),
)
