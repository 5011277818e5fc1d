"""Facts. Discovery: remote secrets, what istiod reads of other clusters with them, and which namespaces it selects."""
