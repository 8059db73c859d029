"""Reads legal texts: parts with their own numbering, provisions, entries of digests, and parts of judgments."""
