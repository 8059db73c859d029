"""English number words, in order: those from 0 to 19, and the tens from 20; and whole numbers in words."""

from __future__ import annotations

_ONE_WORDS = """
zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen
nineteen
"""
ONES = tuple(_ONE_WORDS.split())
_TEN_WORDS = "twenty thirty forty fifty sixty seventy eighty ninety"
TENS = tuple(_TEN_WORDS.split())
_HUNDRED, _THOUSAND = 100, 1000


def number_in_words(number: int) -> str:
    """Return a whole number below a thousand in words, such as `one hundred eighty-five`; empty for any other."""
    if not 0 <= number < _THOUSAND:
        return ""
    hundreds, rest = divmod(number, _HUNDRED)
    if hundreds:
        return f"{ONES[hundreds]} hundred {number_in_words(rest)}" if rest else f"{ONES[hundreds]} hundred"
    if rest < len(ONES):
        return ONES[rest]
    tens, ones = divmod(rest, 10)
    return f"{TENS[tens - 2]}-{ONES[ones]}" if ones else TENS[tens - 2]
