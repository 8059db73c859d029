"""Loads the rows of a build with the trainers' own code, and compares the labels with `tokens/`: `make compat`."""
