"""Faults in a real mesh, as data: one YAML file for each family beside this module; the README tells their form."""
