"""Finds near-duplicate documents: shingles, signatures, candidate pairs and clusters."""
