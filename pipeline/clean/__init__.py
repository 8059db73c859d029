"""Cleaning: normalised text, language, masked personal data, quality."""
