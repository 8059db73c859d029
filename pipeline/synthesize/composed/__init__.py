"""Operators that several tasks share to compose facts: pure functions over what a document's parse proves."""
