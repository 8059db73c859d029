"""Cleaning of documents: normalise the text, detect the language, mask personal data, check the quality."""
