"""Hostile inputs to everything that reads what this project did not write. `python -m tests.fuzz` runs it all."""
