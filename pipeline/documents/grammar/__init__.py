"""Parses a document's text, with its domain and language, into one typed outline."""
