"""Tables of a text, as nodes: `reading.read_tables`."""
