"""The rules, by family: each is a pure function that explains what is broken."""
