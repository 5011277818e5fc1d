"""A stand-in for what a cloud does around clusters: load balancers for Services, and DNS records."""
