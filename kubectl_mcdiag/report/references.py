"""Where a finding can be read about: a page of Istio's documentation, and its section, for every rule.

The pages and their headings were read in istio/istio.io; `tests/test_references.py` holds that every rule has one.
"""

from dataclasses import dataclass

from kubectl_mcdiag.checks.contract import Check

_DOCS = "https://istio.io/latest/docs/"


@dataclass(frozen=True, slots=True)
class Page:
    """A page of istio.io, its title as people search for it, and a heading on it."""

    path: str
    title: str
    heading: str = ""

    @property
    def url(self) -> str:
        """The address, with the anchor that Hugo makes of the heading."""
        anchor = f"#{self.heading.lower().replace(' ', '-')}" if self.heading else ""
        return f"{_DOCS}{self.path}{anchor}"

    @property
    def text(self) -> str:
        """The title and the heading."""
        return f'{self.title}, "{self.heading}"' if self.heading else self.title


def _troubleshooting(heading: str) -> Page:
    return Page("ops/diagnostic-tools/multicluster/", "Troubleshooting Multicluster", heading)


_STEPS = _troubleshooting("Step-by-step Diagnosis")
_FIREWALL = _troubleshooting("Connectivity and firewall issues")
_MODELS = Page("ops/deployment/deployment-models/", "Deployment Models")
_CA = Page("tasks/security/cert-management/plugin-ca-cert/", "Plug in CA Certificates")
_NETWORKS = Page(
    "setup/install/multicluster/multi-primary_multi-network/", "Install Multi-Primary on different networks"
)
_REMOTE = Page("setup/install/multicluster/primary-remote/", "Install Primary-Remote")
_MANAGEMENT = Page("ops/configuration/traffic-management/multicluster/", "Multi-cluster Traffic Management")
_LOCALITY = Page("tasks/traffic-management/locality-load-balancing/", "Locality Load Balancing")
_PROXY = Page("ops/diagnostic-tools/proxy-cmd/", "Debugging Envoy and Istiod")
_AMBIENT = Page("ambient/install/multicluster/", "Install ambient multicluster")
_INJECTION = Page("ops/common-problems/injection/", "Sidecar Injection Problems")
_UPGRADE = Page("setup/upgrade/canary/", "Canary Upgrades")
_RULE = Page("reference/config/networking/destination-rule/", "Destination Rule")
_ROUTE = Page("reference/config/networking/virtual-service/", "Virtual Service")
_AUTHORIZATION = Page("reference/config/security/authorization-policy/", "Authorization Policy")
_MTLS = Page("reference/config/security/peer_authentication/", "PeerAuthentication")
_ANNOTATIONS = Page("reference/config/annotations/", "Resource Annotations")
_MESH = Page("reference/config/istio.mesh.v1alpha1/", "Global Mesh Options")

SECTIONS = {
    "T0": _STEPS,
    "T1": _FIREWALL,
    "T2": _troubleshooting("Locality Load Balancing"),
    "T3": _troubleshooting("Trust Configuration"),
    "T4": _STEPS,
    "T4a": _STEPS,
    "T4b": _STEPS,
    "T4c": _STEPS,
}
"""The node of Istio's guide that a rule decides: T4a, T4b and T4c are the tabs of its last section."""
_FAMILIES = {
    "access": _MODELS,
    "trust": _CA,
    "discovery": _STEPS,
    "remote_clusters": _REMOTE,
    "networks": _NETWORKS,
    "services": _MANAGEMENT,
    "traffic": _MANAGEMENT,
    "ambient": _AMBIENT,
    "path": _PROXY,
}
_CODES = {
    **dict.fromkeys(("MC120", "MC121", "MC123"), _UPGRADE),
    **dict.fromkeys(("MC112", "MC320", "MC415", "MC517", "MC612"), _MESH),
    **dict.fromkeys(("MC202", "MC203"), _CA),
    **dict.fromkeys(("MC214", "MC420", "MC421", "MC501", "MC506", "MC616"), _MODELS),
    "MC324": _MODELS,
    "MC122": _PROXY,
    **dict.fromkeys(("MC401", "MC402", "MC403", "MC407"), _NETWORKS),
    **dict.fromkeys(("MC510", "MC512"), _INJECTION),
    **dict.fromkeys(("MC514", "MC515", "MC617", "MC620"), _RULE),
    **dict.fromkeys(("MC511", "MC513"), _MTLS),
    "MC516": Page("reference/config/networking/sidecar/", "Sidecar"),
    **dict.fromkeys(("MC518", "MC611", "MC902"), _ROUTE),
    **dict.fromkeys(("MC519", "MC907"), _AUTHORIZATION),
    **dict.fromkeys(("MC524", "MC525"), _ANNOTATIONS),
    **dict.fromkeys(("MC610", "MC615", "MC618"), _LOCALITY),
    **dict.fromkeys(("MC805", "MC809", "MC810", "MC812", "MC801"), _AMBIENT),
}
"""Rules about one resource or task, which has a page of its own."""


def page(check: Check) -> Page:
    """Return the page to read about a rule: its own, that of its section of Istio's guide, or its family's."""
    return _CODES.get(check.code) or SECTIONS.get(check.guide) or _FAMILIES.get(check.family, _STEPS)


def url(check: Check) -> str:
    """Return the address of that page."""
    return page(check).url


def section(check: Check) -> str:
    """Return the title of that page and the heading."""
    return page(check).text
