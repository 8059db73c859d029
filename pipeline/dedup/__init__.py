"""Duplicates: shingles, signatures, banding, clusters."""
