"""Facts. Remote clusters: how a cluster without istiod reaches the one that serves it."""
