"""Benchmarks: each compares this project with its peers in the same run; `python -m benchmarks.NAME`."""
