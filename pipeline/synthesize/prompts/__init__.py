"""Prompts of the teachers, in chat and in completion form."""
