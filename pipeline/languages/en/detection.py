"""English words that tell that a text is English."""

from __future__ import annotations

_SMALL_WORDS = """
the of and to that with this for are not be from which it you your have has shall any its were their these such other
when if must should may they been than does into there how what after within before only each both who
"""
SMALL_WORDS = frozenset(_SMALL_WORDS.split())
"""Frequent words that other languages in Latin letters hardly use. `in`, `a`, `is`, `or`, `as` and `at` are not among
them: they are words of Dutch, French, Portuguese or Danish, too."""
