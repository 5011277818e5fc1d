"""The report for people at a terminal: the answer in the first lines, then what proves it and what fixes it."""
