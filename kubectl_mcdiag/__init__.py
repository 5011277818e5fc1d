"""Find the root cause when Istio across several clusters only answers locally."""

__version__ = "0.1.0"
