"""The parts of manuals as nodes: headings (`headings.read_headings`), steps, notes and entries (`reading.read_manual`)."""
