"""Lengths: buckets, and splitting of what is too long."""
