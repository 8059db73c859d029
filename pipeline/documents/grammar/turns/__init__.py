"""Reads dialogues as turns: who speaks, when, and the words. The entry point is `reading.read_turns`."""
