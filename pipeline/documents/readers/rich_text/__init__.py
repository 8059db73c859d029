"""Reads Rich Text Format (RTF 1.9.1). `reading.read_rtf` is the entry."""
