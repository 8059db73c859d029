"""Tells the language of a short text by its script, its grammar and its small words, without a statistical model.

Takes a text of any length, of which at most `MAX_CHARS` characters are read. Returns the code of a known language, or
None where neither script nor words decide. Used by `clean.language` for documents, which falls back on langdetect, and
by `synthesize.structural` for single sections. Cost: 20 to 100 µs.

If a text has letters of several scripts, each sentence counts for one language. `API를 호출하면 token이 반환됩니다` is
Korean although most of its letters are Latin: its particles and endings are Korean, and it has no small English word
such as `the`. Lines of Latin letters that are not prose, such as commands, count little; identifiers count nothing.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache

import numpy as np
import numpy.typing as npt

from pipeline.languages import all_rules
from pipeline.languages.rules import Detection

MAX_CHARS = 4000
SYLLABLE_WEIGHT = 2.5
"""The number of alphabetic letters that one Hangul, kana or Han character counts for.

A Hangul syllable says as much as two or three Latin letters. Unweighted, a Korean manual full of commands would look
like Latin text.
"""
_SCRIPTS: Mapping[str, str] = {
    "hangul": "가-힣ㄱ-ㅎㅏ-ㅣ",
    "kana": "ぁ-ヿ",
    "han": "一-鿿",
    "cyrillic": "Ѐ-ӿ",
    "arabic": "؀-ۿ",
    "latin": "A-Za-zÀ-ɏ",
}
"""The letters of each script, as in a character class: ranges of the Basic Multilingual Plane and no single letters."""
SYLLABLES = ("hangul", "kana", "han")
ALPHABETS = ("latin", "cyrillic", "arabic")
_LEAST_OF_FIRST = 0.1
"""The minimum ratio of a language's first script to its other scripts.

Japanese uses kana and Han characters; Chinese uses only Han characters.
"""
_CLEAR = 4.0
"""How many times the letters of one script must outweigh the others to decide without reading sentences."""
_LEAST_SHARE = 0.12
"""The weight of a language's own letters, relative to the alphabetic letters, below which it is not considered."""
_CODE_WEIGHT = 0.25
"""What a Latin letter in a line that is not prose counts for, relative to a letter of prose."""
_NAME_WEIGHT = 0.5
"""What a Latin letter counts for beside letters of another script, if no small word shows whose sentence it is."""
_MIN_PROSE_WORDS = 4
_PLAIN_SHARE = 0.75
"""The minimum share of plain words, without digits and signs inside, in a line of prose."""
_LOWER_CASE_SHARE = 0.5
"""The minimum share of words in lower case among them; German prose has 60 %, a list of names has none."""
_MIN_SMALL_SHARE = 0.12
"""The minimum share of a language's small words among the words of its prose. English prose has 25 to 40 %."""
_MIN_SHARE_OF_HALF = 0.04
"""The same for each half of a text, so that a text whose second half is in another language is not decided."""
_MIN_WORDS_TO_HALVE = 40
_MIN_SMALL_WORDS = 3
"""The minimum number of different small words."""
_MIN_SENTENCE_LETTERS = 8
"""The minimum number of own letters in a sentence that may be the translation of a sentence in Latin letters."""
_MIN_PARALLEL, _PARALLEL_RATIO = 3, 1.25
"""How many such sentences a text must have, and how many sentences in Latin letters there may be for each: a long
sentence is sometimes translated by two."""
_SHORT_SMALL_SHARE, _MIN_SHORT_SMALL_WORDS = 0.15, 2
"""The same two limits for a short section. Danish, which shares `for` and `have` with English, has 12 %."""
_MIN_PROSE_LETTERS = 24
"""The minimum number of Latin letters in the lines of prose by which a short section is known."""
_MIN_OWN_LETTERS = 8
"""The minimum weight of letters that tells the language of a section."""
_WORD = re.compile(r"[^\W\d_]+")
_LATIN = re.compile("[A-Za-zÀ-ɏ]")
_SENTENCE = re.compile(r"(?<=[.!?。])[ \t]+|\n")
_PLAIN_WORD = re.compile(r"[\"'“‘(]?[^\W\d_]+(?:['’-][^\W\d_]+)*[\"'”’)]?[,.;:!?]{0,2}")


def section_language(text: str, *, otherwise: str) -> str:
    """Return the language that a section is written in.

    Args:
        text: the section, or its first `MAX_CHARS` characters.
        otherwise: the language of the document, for a section that does not tell: code, numbers, a few words.
    """
    found = language_by_script(text)
    if found is None:
        found = _language_of_short_prose(text[:MAX_CHARS])
    return otherwise if found is None else found


def language_by_script(text: str) -> str | None:
    """Return the known language that the script, the grammar or the small words of a text tell; None if unknown."""
    sample = text[:MAX_CHARS]
    counts = script_counts(sample)
    own = own_script_language(sample, counts)
    if own is not None:
        return own if counts_weight(counts, SYLLABLES) >= _MIN_OWN_LETTERS else None
    return language_by_small_words(sample)


def _language_of_short_prose(text: str) -> str | None:
    """Return the language of a few lines of Latin prose, such as the text below a Korean title; None if there is none.

    Two different small words are enough if they are frequent and half of the letters are in these lines.
    """
    counts = script_counts(text)
    lines = [sentence for sentence in _SENTENCE.split(text) if sentence.strip()]
    prose = [
        line
        for line in lines
        for words in [line.split()]
        if _is_prose(words, [word for word in words if _PLAIN_WORD.fullmatch(word)])
    ]
    num_letters = sum(len(_LATIN.findall(line)) for line in prose)
    if num_letters < max(_MIN_PROSE_LETTERS, _CLEAR * counts_weight(counts, SYLLABLES), counts["latin"] / 2):
        return None
    words = [word.lower() for line in prose for word in _WORD.findall(line)]
    for name, rules in all_rules():
        small = [word for word in words if word in rules.detection.small_words]
        if len(small) >= _SHORT_SMALL_SHARE * len(words) and len(set(small)) >= _MIN_SHORT_SMALL_WORDS:
            return name
    return None


def own_script_language(text: str, counts: Mapping[str, int]) -> str | None:
    """Return the language whose own script the text is written in; None if an alphabet has more weight.

    Args:
        text: the text, without code blocks.
        counts: the letters of the text, as `script_counts` returns them.
    """
    alphabetic = max(counts[script] for script in ALPHABETS)
    for name, rules in all_rules():
        own = [counts[script] for script in rules.detection.scripts]
        if not own or own[0] <= _LEAST_OF_FIRST * sum(own[1:]):
            continue
        weight = SYLLABLE_WEIGHT * sum(own)
        others = sum(counts[script] for script in SYLLABLES if script not in rules.detection.scripts)
        if weight < max(_LEAST_SHARE * alphabetic, others):
            continue
        if weight >= _CLEAR * alphabetic or _most_is_own(text, rules.detection):
            return name
    return None


def language_by_small_words(text: str) -> str | None:
    """Return the language whose small words are frequent all over a text; None if no language has enough of them."""
    words = [word.lower() for word in _WORD.findall(text)]
    for name, rules in all_rules():
        small = rules.detection.small_words
        is_small = [word in small for word in words]
        if sum(is_small) < max(_MIN_SMALL_WORDS, _MIN_SMALL_SHARE * len(words)):
            continue
        if len(small.intersection(words)) >= _MIN_SMALL_WORDS and _is_in_both_halves(is_small):
            return name
    return None


def script_counts(text: str) -> dict[str, int]:
    """Return the number of letters of each script in a text."""
    codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype="<u4")
    numbers = np.bincount(_script_of_code().take(codes, mode="clip"), minlength=len(_SCRIPTS) + 1)
    return {name: int(numbers[index]) for index, name in enumerate(_SCRIPTS, start=1)}


def counts_weight(counts: Mapping[str, int], scripts: tuple[str, ...]) -> float:
    """Return the weight of the letters of syllabic scripts."""
    return SYLLABLE_WEIGHT * sum(counts[script] for script in scripts)


def _is_in_both_halves(is_small: list[bool]) -> bool:
    if len(is_small) < _MIN_WORDS_TO_HALVE:
        return True
    half = len(is_small) // 2
    return min(sum(is_small[:half]), sum(is_small[half:])) >= _MIN_SHARE_OF_HALF * half


def _most_is_own(text: str, detection: Detection) -> bool:
    """Return whether the sentences in a language's own script weigh as much as those in Latin letters.

    Of a contract in two languages, each sentence of which is translated, the two halves count as equal although the one
    in Latin letters is longer: the language with a script of its own is the one that readers of the other lack.
    """
    letters = _letters_of(detection.letters)
    endings = _endings_of(detection.sentence_endings)
    own = foreign = 0.0
    num_own_sentences = num_foreign_sentences = 0
    for sentence in _SENTENCE.split(text):
        num_own = len(letters.findall(sentence))
        foreign_weight = _foreign_weight(sentence, None if num_own == 0 else endings)
        own += SYLLABLE_WEIGHT * num_own
        foreign += foreign_weight
        words = sentence.split()
        num_own_sentences += num_own >= _MIN_SENTENCE_LETTERS and SYLLABLE_WEIGHT * num_own >= 2 * foreign_weight
        num_foreign_sentences += num_own == 0 and len(words) >= _MIN_PROSE_WORDS and foreign_weight > 0
    return own >= foreign or (
        num_own_sentences >= _MIN_PARALLEL and _PARALLEL_RATIO * num_own_sentences >= num_foreign_sentences
    )


def _foreign_weight(sentence: str, endings: re.Pattern[str] | None) -> float:
    """Return the weight of the Latin letters in a sentence; those of identifiers and paths have none.

    Args:
        sentence: the sentence.
        endings: the endings of the language whose letters are in the sentence, too; None if all its letters are Latin.
    """
    words = sentence.split()
    plain = [word for word in words if _PLAIN_WORD.fullmatch(word)]
    num_letters = sum(len(_LATIN.findall(word)) for word in plain)
    if endings is None:
        return num_letters * (1.0 if _is_prose(words, plain) else _CODE_WEIGHT)
    num_small = sum(word.lower() in _all_small_words() for word in _WORD.findall(sentence))
    num_endings = len(endings.findall(sentence)) if num_letters else 0
    if num_endings and num_endings >= num_small:
        return 0.0
    return num_letters * (1.0 if num_small else _NAME_WEIGHT)


def _is_prose(words: list[str], plain: list[str]) -> bool:
    num_lower_case = sum(word[:1].islower() for word in plain)
    return (
        len(words) >= _MIN_PROSE_WORDS
        and len(plain) >= _PLAIN_SHARE * len(words)
        and num_lower_case >= _LOWER_CASE_SHARE * len(plain)
    )


@cache
def _script_of_code() -> npt.NDArray[np.uint8]:
    """Return the number of the script of each code point, from 1; 0 for other characters. The last entry is 0."""
    table = np.zeros(0x10001, dtype=np.uint8)
    for index, ranges in enumerate(_SCRIPTS.values(), start=1):
        for place in range(0, len(ranges), 3):
            table[ord(ranges[place]) : ord(ranges[place + 2]) + 1] = index
    return table


@cache
def _letters_of(letters: str) -> re.Pattern[str]:
    return re.compile(f"[{letters}]")


@cache
def _endings_of(endings: str) -> re.Pattern[str]:
    return re.compile(endings or "(?!)")


@cache
def _all_small_words() -> frozenset[str]:
    return frozenset().union(*(rules.detection.small_words for _, rules in all_rules()))
