"""Evidence: commands, what they printed, and the records that parsers make of it."""
