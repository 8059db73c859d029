"""Reads the headings of a text. The entry point is `reading.read_headings`."""
