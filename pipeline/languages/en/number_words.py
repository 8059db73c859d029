"""English number words, in order: those from 0 to 19, and the tens from 20."""

from __future__ import annotations

_ONE_WORDS = """
zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen
nineteen
"""
ONES = tuple(_ONE_WORDS.split())
_TEN_WORDS = "twenty thirty forty fifty sixty seventy eighty ninety"
TENS = tuple(_TEN_WORDS.split())
