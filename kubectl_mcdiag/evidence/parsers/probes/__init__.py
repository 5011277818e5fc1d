"""What became of requests of our own."""
