"""Finds duplicate documents and shared passages: shingles, signatures, candidate pairs and clusters."""
