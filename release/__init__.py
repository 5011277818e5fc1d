"""What makes a release: the self-contained archive, its bill of materials and krew's manifest. `make dist` runs it."""
