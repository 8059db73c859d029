"""Bullets that a font of pictures draws for letters, such as `n` for a square: told by where the font is used.

In: the words of all pages. Out: the pages with `•` for such letters. Used by `pdf.document`. Cost: linear.

The names of such fonts are often lost. But hardly anything of such a font is anywhere else than alone at the start of
a line, and it shows few different signs, which are no digits and no capitals: those may be labels or initials.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import replace
from itertools import zip_longest

from pipeline.documents.pdf.lines import Line, lines_of
from pipeline.documents.pdf.words import PageWords, Word

BULLET_SIGN = "•"
_MIN_STARTS, _MIN_SHARE = 3, 0.9
_MAX_SIGNS = 4
_SIGNS = frozenset("•◦▪▫‣⁃●○❍❑■□◆◇▶►▷➢➤✓✔※★☆❖-–—*·")
"""Signs that need no replacement."""


def with_bullets(pages: Sequence[PageWords]) -> list[PageWords]:
    """Return pages whose bullets in fonts of pictures are written as `•`."""
    fonts = _fonts_of_bullets(pages)
    if not fonts:
        return list(pages)
    return [replace(page, words=[_shown(word, fonts) for word in page.words]) for page in pages]


def _shown(word: Word, fonts: frozenset[str]) -> Word:
    is_bullet = word.style.font in fonts and len(word.text) == 1 and word.text not in _SIGNS
    return replace(word, text=BULLET_SIGN) if is_bullet else word


def _fonts_of_bullets(pages: Sequence[PageWords]) -> frozenset[str]:
    total: Counter[str] = Counter()
    signs: defaultdict[str, set[str]] = defaultdict(set)
    for page in pages:
        for word in page.words:
            total[word.style.font] += 1
            signs[word.style.font].add(word.text)
    likely = {
        font
        for font, number in total.items()
        if font and number >= _MIN_STARTS and len(signs[font]) <= _MAX_SIGNS and not any(map(_is_label, signs[font]))
    }
    if not likely:
        return frozenset()
    starts: Counter[str] = Counter()
    for page in pages:
        lines = lines_of(page.words)
        starts.update(
            line.words[0].style.font
            for line, following in zip_longest(lines, lines[1:])
            if line.words[0].style.font in likely and _begins_with_sign(line, following)
        )
    return frozenset(font for font, number in starts.items() if number >= max(_MIN_STARTS, _MIN_SHARE * total[font]))


def _begins_with_sign(line: Line, following: Line | None) -> bool:
    """Return whether a line begins with a single sign, and text follows it on the line."""
    if len(line.words[0].text) != 1:
        return False
    if len(line.words) == 1:
        return following is not None and following.row == line.row
    return not line.words[1].is_glued


def _is_label(sign: str) -> bool:
    """Return whether a sign may be the number or letter of an item, or a syllable."""
    return (
        len(sign) > 1 or sign.isdigit() or (sign.isascii() and sign.isupper()) or (sign.isalpha() and sign > "\u02ff")
    )
