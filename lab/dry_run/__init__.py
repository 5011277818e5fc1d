"""Every printed step before a real API server: what it would refuse, refused on a lab."""
