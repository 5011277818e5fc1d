"""Where a finding can be read about: Istio's page and section for the node of its guide that a rule decides."""

from kubectl_mcdiag.checks.contract import Check

_GUIDE = "https://istio.io/latest/docs/ops/diagnostic-tools/multicluster/"
_SECTIONS = {
    "T0": "#step-by-step-diagnosis",
    "T1": "#connectivity-and-firewall-issues",
    "T2": "#locality-load-balancing",
    "T3": "#trust-configuration",
    "T4": "#step-by-step-diagnosis",
    "T4a": "#step-by-step-diagnosis",
    "T4b": "#step-by-step-diagnosis",
    "T4c": "#step-by-step-diagnosis",
}
_TITLES = {
    "T0": "Step-by-step diagnosis",
    "T1": "Connectivity and firewall issues",
    "T2": "Locality load balancing",
    "T3": "Trust configuration",
    "T4": "Step-by-step diagnosis",
    "T4a": "Step-by-step diagnosis, remote secrets",
    "T4b": "Step-by-step diagnosis, primary-remote",
    "T4c": "Step-by-step diagnosis, multi-network",
}


def url(check: Check) -> str:
    """Return the address of the section of Istio's "Troubleshooting Multicluster" that a rule belongs to."""
    return _GUIDE + _SECTIONS.get(check.guide, "")


def section(check: Check) -> str:
    """Return the title of that section; empty where the guide has none."""
    return _TITLES.get(check.guide, "")
