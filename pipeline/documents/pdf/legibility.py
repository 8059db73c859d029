"""Finds pages whose fonts do not say which characters they show, or say it wrongly.

In: the words of all pages. Out: `Legibility`. Used by `pdf.document`. Cost: linear in the characters.

Such pages look right in a viewer, but their text is private-use or unassigned characters, or, in Korean, syllables by
chance. Korean text hardly ever has a syllable outside the 2,350 of KS X 1001: 32 of 1.1 million in laws, manuals and
chats, against 14 % on a page with a broken font. Wrong letters of other scripts are not found.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from pipeline.documents.pdf.words import PageWords

_HANGUL = re.compile("[가-힣]")
_SYLLABLES = "euc_kr"
"""The codec of KS X 1001. It writes a syllable of the standard as two bytes and spells out others in eight."""
_MIN_RARE_SHARE = 0.03
_MIN_CHARS, _MIN_SHARE = 5, 0.02
"""Least number of such characters on a page, and their least share, that make it illegible."""
_UNKNOWN = frozenset({"Co", "Cn"})


@dataclass(frozen=True, slots=True)
class Legibility:
    """How much of a document's text its fonts name."""

    num_unknown: int
    """Characters that no font names, or names wrongly."""
    pages: tuple[int, ...]
    """The indexes of the pages with many of them."""
    share: float
    """The share of the document's characters that is on these pages."""


def legibility_of(pages: Sequence[PageWords]) -> Legibility:
    """Return how much of the text of pages is known."""
    texts = [_text_of(page) for page in pages]
    unknown = [_num_unknown(page, text) for page, text in zip(pages, texts, strict=True)]
    lengths = [len(text) for text in texts]
    found = tuple(
        index
        for index, (number, length) in enumerate(zip(unknown, lengths, strict=True))
        if number >= _MIN_CHARS and number >= _MIN_SHARE * length
    )
    share = sum(lengths[index] for index in found) / max(1, sum(lengths))
    return Legibility(sum(unknown), found, share)


def _text_of(page: PageWords) -> str:
    return "".join(word.text for word in (*page.words, *page.turned))


def _num_unknown(page: PageWords, text: str) -> int:
    syllables = _HANGUL.findall(text)
    num_rare = sum(_is_rare(syllable) for syllable in syllables)
    are_wrong = num_rare >= _MIN_CHARS and num_rare > _MIN_RARE_SHARE * len(syllables)
    num_beyond = sum(char > "\uffff" and _is_unknown(char) for char in text)
    return page.num_unmapped + num_beyond + (num_rare if are_wrong else 0)


@lru_cache(maxsize=16_384)
def _is_rare(syllable: str) -> bool:
    return len(syllable.encode(_SYLLABLES)) != 2


@lru_cache(maxsize=4096)
def _is_unknown(char: str) -> bool:
    return unicodedata.category(char) in _UNKNOWN
