"""What takes too long, or needs the lab, to be part of the fast suite: `make hostile`."""
