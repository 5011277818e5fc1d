"""Facts. Access and identity: istiod runs, its version, cluster IDs, mesh IDs, revisions, cluster domains."""
