"""Prompts of the teachers, in chat form."""
