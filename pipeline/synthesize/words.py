"""Extract words, numbers and names from a text, reduced to the form that two phrasings of one fact share.

Verification uses them to compare a model's question and answer with the document. The script of a word decides which
language's rules reduce it. Korean words lose their particles and also match parts of the other text's words; English
words lose their inflection. Linear in the text.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache, lru_cache

from pipeline.languages import any_of, language_rules, letters_of, rules_by_script

_TOKEN = re.compile(rf"\d+(?:[.,:]\d+)*|{any_of(lambda rules: rules.words.token)}")
_NUMBER = re.compile(r"\d+(?:,\d{3})*(?:\.\d+)?")
_NAME = re.compile(r"(?<![.!?\n] )(?<!^)\b[A-ZÀ-Þ][\w’'-]*[a-z][\w’'-]*")
_MAX_REMEMBERED_WORDS = 100_000
"""Size of the cache of stems. A document repeats its words, and every claim about it needs the stem of each word."""
_LETTER = re.compile(f"[{letters_of(lambda rules: rules.detection.letters)}]")


def tokens(text: str) -> list[str]:
    """Return the words, numbers and runs of Hangul of a text, in order, as written."""
    return _TOKEN.findall(text)


@lru_cache(maxsize=_MAX_REMEMBERED_WORDS)
def stem(word: str) -> str:
    """Return a word in lower case, without the inflection or particle that another phrasing could change."""
    return rules_by_script(word).words.stem(word)


def content_stems(text: str) -> list[str]:
    """Return the stems of the words that carry meaning, numbers included, in order and with repeats."""
    return [stem(token) for token in tokens(text) if not is_stop_word(token)]


def numbers(text: str) -> list[str]:
    """Return the numbers of a text in order, without thousands separators or trailing zeros after the point."""
    return [_canonical_number(match) for match in _NUMBER.findall(text)]


def names(text: str) -> list[str]:
    """Return the capitalised words that do not begin a sentence."""
    return _NAME.findall(text)


def supported_share(claim: Sequence[str], source: str) -> float:
    """Return the share of a claim's stems that occur in a source text; 1.0 for an empty claim.

    Args:
        claim: stems, as `content_stems` returns them.
        source: the text that should contain them.
    """
    if not claim:
        return 1.0
    known = frozenset(content_stems(source))
    return sum(is_supported(item, known, source) for item in claim) / len(claim)


def is_supported(item: str, known: frozenset[str], source: str) -> bool:
    """Return whether the source contains a stem.

    It may be a stem of the source or, in a language with particles, occur with a particle or inside a compound.
    """
    if item in known:
        return True
    particles = rules_by_script(item).words.particles
    if not particles:
        return False
    if len(item) > 1 and item in source:
        return True
    bare = {item} | {item.removesuffix(particle) for particle in particles if len(item) > len(particle)}
    return any(form in known or form + particle in known for form in bare for particle in particles)


def is_in_language(text: str, language: str) -> bool:
    """Return whether a question or answer is written in a language; text without letters fits every language.

    Each language sets the least share of letters that must be its own, since names may be foreign.
    """
    num_letters = len(_LETTER.findall(text))
    num_own = len(_own_letter(language).findall(text))
    return num_letters == 0 or num_own / num_letters >= language_rules(language).detection.least_share


@lru_cache(maxsize=_MAX_REMEMBERED_WORDS)
def is_stop_word(token: str) -> bool:
    """Return whether a word says nothing about the subject of a question or answer."""
    return rules_by_script(token).words.is_stop_word(token)


def normalized(text: str) -> str:
    """Return a question in lower case, without spaces and punctuation, to find repeated questions."""
    return "".join(token.lower() for token in tokens(text))


@cache
def _own_letter(language: str) -> re.Pattern[str]:
    return re.compile(f"[{language_rules(language).detection.letters}]")


def _canonical_number(written: str) -> str:
    plain = written.replace(",", "")
    return plain.rstrip("0").rstrip(".") if "." in plain else plain
