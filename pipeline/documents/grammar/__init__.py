"""Grammars of documents: they turn text, domain and language into one typed outline."""
