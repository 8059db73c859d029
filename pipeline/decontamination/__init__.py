"""Finds the items of evaluation sets in documents."""
