"""Wordings of the fact-free rows: lists of random keys and numbers, and the questions about them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class FactFreeRules:
    """The wordings of one language. Names of places are in braces."""

    adjectives: tuple[str, ...]
    nouns: tuple[str, ...]
    """The parts of the names of lines; every pair is a different name."""
    pairs_heading: str
    """The line above an object of random keys and values."""
    pair_questions: tuple[str, ...]
    """`{key}`"""
    pair_answer: str
    """`{key}`, `{value}`"""
    no_pair: str
    """The answer about a key that the object does not have: `{key}`, `{count}`."""
    lines_heading: str
    """The line above the lines."""
    line: str
    """`{name}`, `{value}`"""
    line_questions: tuple[str, ...]
    """`{name}`"""
    line_answer: str
    """`{name}`, `{value}`"""
    no_line: str
    """The answer about a name that no line has: `{name}`, `{count}`."""
