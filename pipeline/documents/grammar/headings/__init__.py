"""The grammar of headings. The entry point is `reading.read_headings`."""
