"""Facts. Trust: the CA of each cluster, the roots that proxies hold, trust domains."""
