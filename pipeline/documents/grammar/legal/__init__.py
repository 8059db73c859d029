"""Legal texts as nodes: parts with their own numbering, provisions, entries of digests, parts of judgments."""
