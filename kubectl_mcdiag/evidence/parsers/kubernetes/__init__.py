"""What the API server answers."""
