"""Istio on the lab's clusters, as a shape describes it."""
