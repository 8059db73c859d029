"""Words, numbers and names of English and Korean text, reduced to what two phrasings of one fact share.

Verification compares a model's question and answer with the document through these. Korean words lose their particles
and are looked up as parts of the other text's words; English words lose their inflection. Linear in the text.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files

import yaml

from pipeline.records import Language

_TOKEN = re.compile(r"\d+(?:[.,:]\d+)*|[A-Za-zÀ-ɏ]+(?:['’-][A-Za-zÀ-ɏ]+)*|[가-힣]+")
_NUMBER = re.compile(r"\d+(?:,\d{3})*(?:\.\d+)?")
_NAME = re.compile(r"(?<![.!?\n] )(?<!^)\b[A-ZÀ-Þ][\w’'-]*[a-z][\w’'-]*")
_HANGUL = re.compile(r"[가-힣]")
_LATIN = re.compile(r"[A-Za-z]")

_ENDINGS = ("ings", "ing", "ied", "ies", "ed", "es", "s", "e", "y")


def tokens(text: str) -> list[str]:
    """Words, numbers and runs of Hangul, in order, as written."""
    return _TOKEN.findall(text)


def stem(word: str) -> str:
    """A word without the inflection or particle that another phrasing would change; lower case."""
    if _HANGUL.match(word):
        return _without_particle(word)
    lowered = word.lower().replace("’", "'").removesuffix("'s").strip("'")
    if lowered[:1].isdigit():
        return lowered.replace(",", "")
    if lowered in irregular_forms():
        lowered = irregular_forms()[lowered]
    for ending in _ENDINGS:
        if lowered.endswith(ending) and len(lowered) - len(ending) >= 3:
            lowered = lowered[: -len(ending)]
            break
    # tripped, tripping -> trip, as trip itself; the stem of spill stays the stem of spilled
    return lowered[:-1] if len(lowered) > 3 and lowered[-1] == lowered[-2] else lowered


def content_stems(text: str) -> list[str]:
    """Stems of the words that carry meaning, numbers included, in order, with repeats."""
    return [stem(token) for token in tokens(text) if not is_stop_word(token)]


def numbers(text: str) -> list[str]:
    """Numbers of a text without thousands separators and trailing zeros after the point, in order."""
    return [_canonical_number(match) for match in _NUMBER.findall(text)]


def names(text: str) -> list[str]:
    """Capitalised English words that do not open a sentence."""
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
    """Whether one stem occurs: as a stem of the source or, in Hangul, with a particle or inside a compound."""
    if item in known:
        return True
    if not _HANGUL.match(item):
        return False
    if len(item) > 1 and item in source:
        return True
    bare = {item} | {item.removesuffix(particle) for particle in _particles() if len(item) > len(particle)}
    return any(form in known or form + particle in known for form in bare for particle in _particles())


def is_in_language(text: str, language: str) -> bool:
    """Whether a question or answer is written in a language; text without letters fits any.

    Korean may quote foreign names, so a fifth of Hangul is enough; English may not contain Hangul but as a short name.
    """
    num_hangul, num_latin = len(_HANGUL.findall(text)), len(_LATIN.findall(text))
    if num_hangul + num_latin == 0:
        return True
    share = num_hangul / (num_hangul + num_latin)
    return share >= 0.2 if language == Language.KOREAN else share <= 0.1


def is_stop_word(token: str) -> bool:
    """Whether a word says nothing about the subject of a question or answer."""
    if _HANGUL.match(token):
        return token in _list("korean_stop") or _without_particle(token) in _list("korean_stop")
    return token.lower().replace("’", "'") in _list("english_stop")


def normalized(text: str) -> str:
    """A question without case, spacing and punctuation, for finding the same question twice."""
    return "".join(token.lower() for token in tokens(text))


@cache
def irregular_forms() -> Mapping[str, str]:
    """English forms that endings do not explain, with their base: `held` and `hold`."""
    return dict(pair.split("=") for pair in _lexicon()["english_irregular"].split())


def _without_particle(word: str) -> str:
    for particle in _particles():
        if word.endswith(particle) and len(word) - len(particle) >= 2:
            return word[: -len(particle)]
    # a single syllable before a single-syllable particle: 갑은, 을이; two-syllable nouns such as 회의 stay whole
    return word


def _canonical_number(written: str) -> str:
    plain = written.replace(",", "")
    return plain.rstrip("0").rstrip(".") if "." in plain else plain


@cache
def _list(name: str) -> frozenset[str]:
    return frozenset(_lexicon()[name].split())


@cache
def _particles() -> tuple[str, ...]:
    return tuple(sorted(_list("korean_particles"), key=lambda particle: (-len(particle), particle)))


@cache
def _lexicon() -> Mapping[str, str]:
    text = files(__package__).joinpath("words.yaml").read_text(encoding="utf-8")
    lexicon: dict[str, str] = yaml.safe_load(text)
    return lexicon
