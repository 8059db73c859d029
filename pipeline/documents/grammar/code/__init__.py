"""Reads source code: files, definitions, and the calls whose target is certain. The entry point is `outline`."""
