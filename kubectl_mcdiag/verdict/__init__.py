"""What follows from the findings: causes, consequences, pairs."""
