"""Grammars of documents: text, domain and language in, one typed outline out."""
