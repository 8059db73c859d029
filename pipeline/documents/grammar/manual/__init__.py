"""Manuals as nodes: headings (`headings.read_headings`), and lists, notes and entries (`reading`)."""
