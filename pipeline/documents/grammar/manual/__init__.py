"""Reads manuals as nodes: headings (`headings.read_headings`), and lists, notes and entries (`reading.read_manual`)."""
