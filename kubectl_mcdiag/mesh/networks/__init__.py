"""Facts. Networks and gateways: networks of clusters and workloads, east-west gateways, what they expose and where."""
