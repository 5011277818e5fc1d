"""Random, valid changes to a running mesh, and requests as the only judge of what the tool says about them.

`make mutate` runs it; the README of the lab tells how.
"""
