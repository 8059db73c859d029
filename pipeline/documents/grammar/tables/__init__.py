"""Reads the tables of a text as nodes. The entry point is `reading.read_tables`."""
