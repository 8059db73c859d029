"""The parts of manuals as nodes: headings (`headings.read_headings`), lists, notes and entries (`reading`)."""
