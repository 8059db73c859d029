"""Scores answers against gold answers: exact match, token F1, numbers, and whether an answer is a refusal.

Takes two texts; returns an `AnswerScore`. Pure; linear in the length of the texts. Used by `train`,
`evaluate` and `benchmarks.rows`.

Texts are compared as in SQuAD (arXiv 1606.05250): without letter case, punctuation and articles. In languages whose
endings are attached to words, each letter counts as a token, as in KorQuAD (arXiv 1909.07005). The script of a letter
decides, so a Korean answer with English names is counted right. Unlike in SQuAD, signs of currencies and percent count,
a minus before a number counts, and thousands separators do not.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from pipeline.languages import any_of, letters_of, together

_REFUSAL_CHARS = 200
"""How much of an answer is searched for a refusal. Later, a sentence about what is missing may be part of an answer."""
_NUMBER = r"(?:(?<![^\s(\[:=,;~$€£₩])[-−])?\d+(?:[.,:]\d+)*"
_THOUSANDS = re.compile(r"[-−]?\d{1,3}(?:,\d{3})+(?:\.\d+)?")
_APOSTROPHE = re.compile(r"(?<=\w)['’](?=\w)")


@dataclass(frozen=True, slots=True)
class AnswerScore:
    """How an answer compares with the gold answer."""

    is_exact: bool
    """Whether both have the same tokens in the same order."""
    f1: float
    """The harmonic mean of precision and recall over tokens, from 0 to 1. The order of the tokens does not count."""
    has_same_numbers: bool | None
    """Whether both have the same numbers; None if the gold answer has none."""
    is_refusal: bool
    """Whether the answer says that the document does not have what was asked for."""
    should_refuse: bool
    """Whether the gold answer says so."""


def longest_answer(gold_tokens: int, *, at_most: int) -> int:
    """Return how many tokens an answer may have: twice the gold answer, or 16 more if that is longer, up to a limit.

    An answer that talks on then costs precision.
    """
    return min(at_most, max(2 * gold_tokens, gold_tokens + 16))


def score_answer(answer: str, gold: str) -> AnswerScore:
    """Return how an answer compares with the gold answer."""
    wanted = answer_numbers(gold)
    return AnswerScore(
        is_exact=answer_tokens(answer) == answer_tokens(gold),
        f1=token_f1(answer_tokens(answer), answer_tokens(gold)),
        has_same_numbers=Counter(answer_numbers(answer)) == Counter(wanted) if wanted else None,
        is_refusal=is_refusal(answer),
        should_refuse=is_refusal(gold),
    )


def answer_tokens(text: str) -> list[str]:
    """Return the tokens that count: words in lower case, numbers, signs, and single letters of some scripts.

    A text without any, such as a sign of a programming language, gives its characters instead.
    """
    plain = _APOSTROPHE.sub("", _folded(text))
    skipped = together(lambda rules: rules.answers.skipped_words)
    tokens = [_canonical(token) for token in _token_pattern().findall(plain)]
    counted = [token for token in tokens if token not in skipped]
    return counted or tokens or list("".join(plain.split()))


def answer_numbers(text: str) -> list[str]:
    """Return the numbers of a text in order, as written, but without thousands separators.

    Trailing zeros stay, because clause 2.10 is not clause 2.1. A digit in a name, such as E4, is not a number.
    """
    found = [token for token in _token_pattern().findall(_folded(text)) if re.fullmatch(_NUMBER, token)]
    return [_canonical(number) for number in found]


def token_f1(answer: Sequence[str], gold: Sequence[str]) -> float:
    """Return the F1 of two lists of tokens; 1 if both are empty, 0 if only one is."""
    if not answer or not gold:
        return float(len(answer) == len(gold))
    num_common = (Counter(answer) & Counter(gold)).total()
    return 2 * num_common / (len(answer) + len(gold))


def is_refusal(text: str) -> bool:
    """Return whether an answer begins by saying that the document does not have what was asked for, in any language."""
    return _refusal_pattern().search(_folded(text).strip()[:_REFUSAL_CHARS]) is not None


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()


def _canonical(token: str) -> str:
    plain = token.replace(",", "") if _THOUSANDS.fullmatch(token) else token
    return plain.replace("−", "-")


@cache
def _token_pattern() -> re.Pattern[str]:
    letters = letters_of(lambda rules: rules.detection.letters if rules.answers.counts_characters else "")
    single = f"[{letters}]" if letters else "(?!)"
    return re.compile(rf"{single}|{_NUMBER}|(?:(?!{single})[^\W\d_])(?:(?!{single})[^\W_])*|[%$€£₩]")


@cache
def _refusal_pattern() -> re.Pattern[str]:
    return re.compile(any_of(lambda rules: rules.answers.refusals), re.IGNORECASE)
