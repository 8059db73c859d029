"""Near-duplicate search: shingles, signatures, banding, clusters."""
