"""Words, numbers and names of a text, reduced to what two phrasings of one fact share.

Verification compares a model's question and answer with the document through these. A word is reduced by the rules of
the language whose script it is written in: Korean words lose their particles and are looked up as parts of the other
text's words; English words lose their inflection. Linear in the text.
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
"""Words whose stem is remembered; a document repeats its words, and each is reduced for every claim about it."""
_LETTER = re.compile(f"[{letters_of(lambda rules: rules.detection.letters)}]")


def tokens(text: str) -> list[str]:
    """Words, numbers and runs of Hangul, in order, as written."""
    return _TOKEN.findall(text)


@lru_cache(maxsize=_MAX_REMEMBERED_WORDS)
def stem(word: str) -> str:
    """A word without the inflection or particle that another phrasing would change; lower case."""
    return rules_by_script(word).words.stem(word)


def content_stems(text: str) -> list[str]:
    """Stems of the words that carry meaning, numbers included, in order, with repeats."""
    return [stem(token) for token in tokens(text) if not is_stop_word(token)]


def numbers(text: str) -> list[str]:
    """Numbers of a text without thousands separators and trailing zeros after the point, in order."""
    return [_canonical_number(match) for match in _NUMBER.findall(text)]


def names(text: str) -> list[str]:
    """Capitalised words that do not open a sentence."""
    return _NAME.findall(text)


def supported_share(claim: Sequence[str], source: str) -> float:
    """Share of the claim's stems that occur in a source text; 1.0 for an empty claim.

    Args:
        claim: stems, as `content_stems` gives them.
        source: the text they should come from.
    """
    if not claim:
        return 1.0
    known = frozenset(content_stems(source))
    return sum(is_supported(item, known, source) for item in claim) / len(claim)


def is_supported(item: str, known: frozenset[str], source: str) -> bool:
    """Whether one stem occurs: as a stem of the source or, in a language with particles, with one or in a compound."""
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
    """Whether a question or answer is written in a language; text without letters fits any.

    Each language says how many of the letters must be its own: names may be foreign.
    """
    num_letters = len(_LETTER.findall(text))
    num_own = len(_own_letter(language).findall(text))
    return num_letters == 0 or num_own / num_letters >= language_rules(language).detection.least_share


@lru_cache(maxsize=_MAX_REMEMBERED_WORDS)
def is_stop_word(token: str) -> bool:
    """Whether a word says nothing about the subject of a question or answer."""
    return rules_by_script(token).words.is_stop_word(token)


def normalized(text: str) -> str:
    """A question without case, spacing and punctuation, for finding the same question twice."""
    return "".join(token.lower() for token in tokens(text))


@cache
def _own_letter(language: str) -> re.Pattern[str]:
    return re.compile(f"[{language_rules(language).detection.letters}]")


def _canonical_number(written: str) -> str:
    plain = written.replace(",", "")
    return plain.rstrip("0").rstrip(".") if "." in plain else plain
