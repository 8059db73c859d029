"""Rows that a teacher writes: plans the rounds of requests about a document, and turns the replies into candidates."""
