"""Reads presentations in OOXML. `deck.read_deck` is the entry; each other module reads one part of a slide."""
