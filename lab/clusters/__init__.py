"""Kubernetes clusters of one node each, every node in namespaces of its own."""
