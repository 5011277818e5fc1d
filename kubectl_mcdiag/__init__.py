"""Find the root cause when Istio across several clusters only answers locally."""

__version__ = "0.1.0"

ISTIO = ("1.20", "1.31")
"""The oldest and the newest version of Istio that was recorded and is judged in the tests."""
KUBECTL = "1.26"
"""The oldest kubectl: its completion calls plugins since then."""
