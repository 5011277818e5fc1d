"""What the options of several commands mean: the record of them, and how their texts are read."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import click

_DURATION = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h)")
FLAGS = {
    "context": "contexts",
    "kubeconfig": "kubeconfig",
    "as_user": "user",
    "as_group": "groups",
    "istio_namespace": "istio_namespace",
    "revision": "revision",
    "request_timeout": "request_timeout",
    "timeout": "timeout",
    "verbosity": "verbosity",
    "no_exec": "no_exec",
    "no_secrets": "no_secrets",
}
"""The flags that choose clusters, and the field of `ClusterOptions` that each fills."""

_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}


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


class Named(click.ParamType[str]):
    """A name that Kubernetes accepts as one of a kind, which is the name of one in `evidence/names.py`."""

    name = "name"

    def __init__(self, title: str, kind: str) -> None:
        self._title, self._kind = title, kind

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the name; an empty one is none."""
        from kubectl_mcdiag.evidence import names

        text, kind = str(value), getattr(names, self._kind)
        if text and not kind.accepts(text):
            self.fail(f"{text!r} is not {self._title}", param, ctx)
        return text


@dataclass(frozen=True, slots=True)
class ClusterOptions:
    """Which clusters are asked, as whom, and for how long (seconds).

    `istio_namespace` is empty where istiod's is to be found.
    """

    contexts: tuple[str, ...] = ()
    kubeconfig: str = ""
    user: str = ""
    groups: tuple[str, ...] = ()
    istio_namespace: str = ""
    revision: str = ""
    request_timeout: float = 0.0
    timeout: float = 60.0
    verbosity: int = 0
    no_exec: bool = False
    no_secrets: bool = False

    @property
    def flags(self) -> tuple[str, ...]:
        """What every kubectl and istioctl command repeats."""
        return (
            *(("--kubeconfig", self.kubeconfig) if self.kubeconfig else ()),
            *(("--as", self.user) if self.user else ()),
            *(part for group in self.groups for part in ("--as-group", group)),
        )


def chosen(given: Mapping[str, Any]) -> ClusterOptions:
    """Return the record of these flags, by the names in `FLAGS`; one that is missing or None has its usual value."""
    own = {FLAGS[name]: value for name, value in given.items() if name in FLAGS and value is not None}
    return ClusterOptions(**{**own, "contexts": split(own.get("contexts", ()))})


def split(values: tuple[str, ...]) -> tuple[str, ...]:
    """Return the values of a repeatable option that also takes commas, each once, in order."""
    return tuple(dict.fromkeys(part.strip() for value in values for part in value.split(",") if part.strip()))
