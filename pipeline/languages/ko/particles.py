"""Korean particles whose form depends on the word before, such as 은/는 and 으로/로; `PARTICLES` lists them.

Used when values are filled into question templates. The choice is exact for Hangul. Digits are read as Sino-Korean
numbers, words in capitals by the name of their last letter, and other Latin words by a rough spelling rule.
"""

from __future__ import annotations

import re
from enum import Enum


class Ending(Enum):
    """The last sound of a word, as far as Korean particles depend on it."""

    VOWEL = "vowel"
    RIEUL = "rieul"
    """The consonant ㄹ, which takes 로 instead of 으로."""
    CONSONANT = "consonant"


PARTICLES: dict[str, tuple[str, str]] = {
    "은": ("은", "는"),
    "이": ("이", "가"),
    "을": ("을", "를"),
    "과": ("과", "와"),
    "으로": ("으로", "로"),
    "이라고": ("이라고", "라고"),
    "이라는": ("이라는", "라는"),
    "이란": ("이란", "란"),
}
"""For each Korean particle, named by its form after a consonant: the forms after a consonant and after a vowel."""

_HANGUL_FIRST, _HANGUL_LAST, _FINALS, _RIEUL = 0xAC00, 0xD7A3, 28, 8
_DIGIT = dict(zip("0123456789", "CRVCVVCRRV", strict=True))
"""The last sound of each digit's Korean name: 영 일 이 삼 사 오 육 칠 팔 구. A number that ends in 0 is read with 영,
십, 백, 천, 만 or 억 at the end, which all end in a consonant."""
_LETTER_NAME = {"L": "R", "R": "R", "M": "C", "N": "C"}
_CODES = {"C": Ending.CONSONANT, "R": Ending.RIEUL, "V": Ending.VOWEL}
_TRAILING = re.compile(r"[^0-9A-Za-z가-힣%℃°①-⑳]+$")
_BRACKETED = re.compile(r"\s*\([^()]*\)$")
_LATIN_WORD = re.compile(r"[A-Za-z]+$")


def ending_of(word: str) -> Ending:
    """Return the last sound of a word when it is read aloud.

    Punctuation and quotation marks at the end, and text in brackets at the end, are not read. An empty word, and a word
    that ends in a sign such as `%`, count as ending in a vowel.
    """
    core = _TRAILING.sub("", _BRACKETED.sub("", word.strip()) or word)
    if not core:
        return Ending.VOWEL
    last = core[-1]
    if _HANGUL_FIRST <= ord(last) <= _HANGUL_LAST:
        final = (ord(last) - _HANGUL_FIRST) % _FINALS
        return Ending.VOWEL if final == 0 else Ending.RIEUL if final == _RIEUL else Ending.CONSONANT
    if last in _DIGIT:
        return _CODES[_DIGIT[last]]
    latin = _LATIN_WORD.search(core)
    return _latin_ending(latin.group()) if latin else Ending.VOWEL


def attach(word: str, particle: str) -> str:
    """Return a word followed by the form of a Korean particle that fits the word's last sound.

    Args:
        word: any word.
        particle: a key of `PARTICLES`.
    """
    after_consonant, after_vowel = PARTICLES[particle]
    ending = ending_of(word)
    if ending is Ending.VOWEL or (ending is Ending.RIEUL and particle == "으로"):
        return word + after_vowel
    return word + after_consonant


def _latin_ending(word: str) -> Ending:
    if word.isupper():
        return _CODES[_LETTER_NAME.get(word[-1], "V")]
    lower = word.lower()
    if re.search(r"(?:[aeiouy]l|[aeiou]le)$", lower):
        return Ending.RIEUL
    if re.search(r"(?:[aeiouy][mnptkbc]|[aeiou][mn]e|ng|ck)$", lower):
        return Ending.CONSONANT
    return Ending.VOWEL
