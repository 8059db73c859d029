"""The grammar of headings. Begin with `reading.read_headings`."""
