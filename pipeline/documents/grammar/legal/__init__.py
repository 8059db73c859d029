"""Legal texts as nodes: parts with a numbering of their own, provisions, entries of digests, parts of judgments."""
