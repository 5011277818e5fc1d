"""What istiod's debug interface and log say."""
