"""Real Kubernetes clusters with a real Istio mesh on one Linux machine; see the README beside this file."""
