"""Extracts words, numbers and names from a text, in the form that different phrasings of a fact have in common.

Verification uses them to compare a model's question and answer with the document. The script of a word decides which
language's rules apply. Korean words lose their particles, and also match inside the words of the other text; English
words lose their inflection. Time is linear in the length of the text, except for `supported_share`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache, lru_cache

from pipeline.languages import any_of, language_rules, letters_of, rules_by_script

_TOKEN = re.compile(rf"\d+(?:[.,:]\d+)*|{any_of(lambda rules: rules.words.token)}")
_NUMBER = re.compile(r"\d+(?:,\d{3})*(?:\.\d+)?")
_NAME = re.compile(r"(?<![.!?\n] )(?<!^)\b[A-ZÀ-Þ][\w’'-]*[a-z][\w’'-]*")
"""A capitalised word, unless it begins the text or follows the end of a sentence and a space."""
_MAX_REMEMBERED_WORDS = 100_000
"""Size of each cache of words. A document repeats its words, and each check of a claim looks up all of them."""
_LETTER = re.compile(f"[{letters_of(lambda rules: rules.detection.letters)}]")


def tokens(text: str) -> list[str]:
    """Return the words, numbers and runs of Hangul of a text, in order, as written."""
    return _TOKEN.findall(text)


@lru_cache(maxsize=_MAX_REMEMBERED_WORDS)
def stem(word: str) -> str:
    """Return a word in lower case, without the inflection or Korean particle that a different phrasing could change."""
    return rules_by_script(word).words.stem(word)


def content_stems(text: str) -> list[str]:
    """Return the stems of the words that carry meaning, numbers included, in order and with repeats."""
    return [stem(token) for token in tokens(text) if not is_stop_word(token)]


def numbers(text: str) -> list[str]:
    """Return the numbers of a text in order, without thousands separators or trailing zeros after the point."""
    return [_canonical_number(match) for match in _NUMBER.findall(text)]


def names(text: str) -> list[str]:
    """Return the capitalised words with a lower-case letter, unless they begin the text or a sentence.

    A word at the beginning of a line counts as a name, even if it begins a sentence.
    """
    return _NAME.findall(text)


def supported_share(claim: Sequence[str], source: str) -> float:
    """Return the share of a claim's stems that occur in a source text; 1.0 for an empty claim.

    In a language with particles, each stem may cost a search of the source.

    Args:
        claim: stems, as `content_stems` returns them.
        source: the text that should contain them.
    """
    if not claim:
        return 1.0
    known = frozenset(content_stems(source))
    return sum(is_supported(item, known, source) for item in claim) / len(claim)


def is_supported(item: str, known: frozenset[str], source: str) -> bool:
    """Return whether a source text contains a stem.

    In a language with particles, such as Korean, the stem may also occur with a particle or inside a compound.

    Args:
        item: the stem.
        known: the stems of the source.
        source: the source text.
    """
    if item in known:
        return True
    particles = rules_by_script(item).words.particles
    if not particles:
        return False
    if len(item) > 1 and item in source:
        return True
    forms = {item} | {item.removesuffix(particle) for particle in particles if len(item) > len(particle)}
    return any(form in known or form + particle in known for form in forms for particle in particles)


def is_in_language(text: str, language: str) -> bool:
    """Return whether a question or answer is written in a language; text without letters fits every language.

    Each language sets the minimum share of letters of its own, because names may be foreign.
    """
    num_letters = len(_LETTER.findall(text))
    num_own = len(_own_letter(language).findall(text))
    return num_letters == 0 or num_own / num_letters >= language_rules(language).detection.least_share


@lru_cache(maxsize=_MAX_REMEMBERED_WORDS)
def is_stop_word(token: str) -> bool:
    """Return whether a word says nothing about the subject of a question or answer."""
    return rules_by_script(token).words.is_stop_word(token)


def normalized(text: str) -> str:
    """Return a text in lower case, without spaces or punctuation, to compare questions."""
    return "".join(token.lower() for token in tokens(text))


@cache
def _own_letter(language: str) -> re.Pattern[str]:
    return re.compile(f"[{language_rules(language).detection.letters}]")


def _canonical_number(written: str) -> str:
    plain = written.replace(",", "")
    return plain.rstrip("0").rstrip(".") if "." in plain else plain
