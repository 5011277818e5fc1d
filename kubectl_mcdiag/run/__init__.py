"""One run: contexts, kubeconfigs, the session and the collector."""
