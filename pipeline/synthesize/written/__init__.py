"""Rows that a teacher writes: plans the requests about each document in rounds, and turns replies into candidates."""
