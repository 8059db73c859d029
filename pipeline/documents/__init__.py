"""Finds the input files, reads them as text, and parses each text into an outline."""
