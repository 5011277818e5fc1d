"""Mutants of the core: a rule changed in one place, and the question whether any test notices."""
