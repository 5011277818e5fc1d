"""The versions of Istio that the lab knows, and what in an object depends on them."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from lab.processes import LabError

PATTERN = r"\b({group})/v1(?![\w.])"
OLD_GROUPS = {
    "networking.istio.io": "v1beta1",
    "security.istio.io": "v1beta1",
    "telemetry.istio.io": "v1alpha1",
}
"""The version of each group in which Istio before 1.22 serves all its kinds."""


@dataclass(frozen=True, slots=True)
class Correction:
    """Words of a source file of Istio that are replaced, wherever they stand there."""

    file: str
    words: str
    instead: str


@dataclass(frozen=True, slots=True)
class Version:
    """One version of Istio. `groups`: the API groups that it does not serve as `v1`, each with what it serves.

    `corrections`: what has to be written otherwise in its sources, as the API module of that day is not to be had.
    """

    name: str
    groups: dict[str, str] = field(default_factory=dict, hash=False)
    corrections: tuple[Correction, ...] = ()

    @property
    def folder(self) -> str:
        """The Go module it is built from."""
        return f"tools/istio-{self.name}"

    @property
    def build(self) -> str:
        """What its programs and images say they are."""
        return f"{self.name}-dev"

    @property
    def rank(self) -> tuple[int, ...]:
        """What orders versions."""
        return tuple(map(int, self.name.split(".")))

    def spoken(self, text: str) -> str:
        """Return a text whose objects name the API versions that this version serves."""
        for group, served in self.groups.items():
            text = re.sub(PATTERN.format(group=re.escape(group)), rf"\1/{served}", text)
        return text


LISTENERS = "pilot/pkg/networking/core/v1alpha3"
OF_OLD = (
    # Upstream Envoy has no filter of Istio's own, and this version has no setting that leaves it out.
    Correction(f"{LISTENERS}/listener_inbound.go", ", xdsfilters.IstioNetworkAuthenticationFilter)", ")"),
    Correction(
        f"{LISTENERS}/gateway.go",
        ", xdsfilters.IstioNetworkAuthenticationFilter)",
        ", xdsfilters.IstioNetworkAuthenticationFilter)[:len(newFilterChains[cnum].TCP)]",
    ),
    Correction(f"{LISTENERS}/gateway.go", "meshconfig.Topology_", "meshconfig.ForwardClientCertDetails_"),
    Correction("pilot/pkg/model/push_context.go", "= prio.Value", "= int64(prio.Value)"),
    Correction("pilot/pkg/networking/util/util.go", "meshconfig.Topology_", "meshconfig."),
    Correction("pilot/cmd/pilot-agent/status/server.go", "expfmt.FmtOpenMetrics", "expfmt.FmtOpenMetrics_0_0_1"),
)
VERSIONS = (Version("1.20", OLD_GROUPS, OF_OLD), Version("1.22", OLD_GROUPS), Version("1.30"), Version("1.31"))
NEWEST = VERSIONS[-1].name


def version_named(name: str) -> Version:
    """Return the version of this name."""
    for version in VERSIONS:
        if version.name == name:
            return version
    raise LabError(f"no Istio {name}; there are {', '.join(version.name for version in VERSIONS)}")


def oldest(names: Iterable[str]) -> Version:
    """Return the oldest of these versions: what it serves, all of them do."""
    return min(map(version_named, names), key=lambda version: version.rank)
