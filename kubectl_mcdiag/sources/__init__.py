"""Where outputs come from: live clusters or a bundle."""
