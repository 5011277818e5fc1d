"""What a proxy holds."""
