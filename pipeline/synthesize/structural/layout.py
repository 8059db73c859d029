"""Sentences and trimmed spans of a text, by character offset.

Used by all tasks and the modules they share. Each function is one pass over the given text.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from pipeline.config.build import PersonalData
from pipeline.documents.grammar.legal.lines import trimmed
from pipeline.languages import any_of, together
from pipeline.synthesize.structural.facts import Span

MASK = re.compile(rf"\[(?:{'|'.join(kind.value.upper() for kind in PersonalData)})\]")
"""A placeholder that masking left in place of personal data, such as `[EMAIL]`."""

_SENTENCE_END = re.compile(r"[.!?][\"”’')\]]*(?=\s)|\n[ \t]*\n")
_MAX_ABBREVIATION_CHARS = 20
_CHAPTER = re.compile(r", [a-z]{1,2}[.]$")
"""A letter before a number: S.O. 2010, c. 15."""
_ABBREVIATION = re.compile(rf"{any_of(lambda rules: rules.sentences.titles)}$")


def trim(text: str, start: int, end: int) -> Span:
    """Return the span without white space at its ends; empty at `start` if nothing is left."""
    return Span(*trimmed(text, start, end))


def quote(text: str, span: Span) -> str:
    """Return the text at a span."""
    return text[span.start : span.end]


def one_line(text: str) -> str:
    """Return a text with all white space, including line breaks, as single spaces."""
    return " ".join(text.split())


def unwrapped(text: str) -> str:
    """Join lines that were broken at a width into whole paragraphs; items of lists keep their own lines.

    Lines in scripts that may break inside words stay unchanged.
    """
    if "\n" not in text and "  " not in text:
        return text
    joined: list[str] = []
    for line in text.split("\n"):
        own = line.strip()
        if joined and _goes_on(joined[-1].rpartition("\n")[2], own):
            joined[-1] = f"{joined[-1].rstrip()} {own}"
        else:
            joined.append(line.rstrip())
    return _WIDE.sub(" ", "\n".join(joined))


def _goes_on(above: str, line: str) -> bool:
    """Return whether a line continues the one above.

    The line above must be long or open, or this line must begin in lower case; this line must not be an item of a list.
    """
    before = above.rstrip()
    if not before or not line or not (before[-1].isascii() and line[0].isascii()):
        return False
    is_open = before.rpartition(" ")[2].lower() in _SMALL_WORDS
    if len(before) < _MIN_FULL_LINE and not line[0].islower() and not is_open:
        return False
    return "|" not in (before[-1], line[0]) and before[-1] != ":" and _LIST_ITEM.match(line) is None


_MIN_FULL_LINE = 40
_SMALL_WORDS = together(lambda rules: rules.sentences.small_words)
_LIST_ITEM = re.compile(r"(?:\(?(?:\d{1,3}|[a-z]|[ivx]{1,5})[.)]|\([A-Z]\)|[-*•#>])(?:\s|$)")
_WIDE = re.compile(r"(?<=[^\s|])[ ]{2,}(?=[^\s|])")


def with_plain_digits(text: str) -> str:
    """Return a text with circled numbers as digits, so that ② supports 제2항."""
    return unicodedata.normalize("NFKC", text)


def is_masked(text: str) -> bool:
    """Return whether masking removed personal data from a text."""
    return MASK.search(text) is not None


def is_damaged(text: str, span: Span) -> bool:
    """Return whether rules, ellipses, page numbers or breaks inside a sentence interrupt a text."""
    return _DAMAGED.search(text, span.start, span.end) is not None


_DAMAGED = re.compile(
    rf"-{{5,}}|…|!\[[^\]\n]*\]\(|{any_of(lambda rules: rules.legal.damage)}|^\s*-\s*\d+\s*-\s*$|<PAGE>"
    r"|(?<=\n)[ \t]*(?:\d{1,3}|[ivx]{1,5})[ \t]*(?=\n)",
    re.MULTILINE,
)


def sentences(text: str, start: int, end: int) -> Iterator[Span]:
    """Yield the trimmed sentences between two offsets; blank lines end a sentence, abbreviations do not."""
    begin = start
    for match in _SENTENCE_END.finditer(text, start, end):
        ended = match.group()[0] != "\n"
        reach = max(begin, match.start() - _MAX_ABBREVIATION_CHARS)
        if (
            ended
            and _CHAPTER.search(text, reach, match.end())
            and text[match.end() : match.end() + 2].strip()[:1].isdigit()
        ):
            continue
        if ended and (_ABBREVIATION.search(text, reach, match.start()) or not _starts_sentence(text, match.end(), end)):
            continue
        span = trim(text, begin, match.end() if ended else match.start())
        if span.end > span.start:
            yield span
        begin = match.end()
    span = trim(text, begin, end)
    if span.end > span.start:
        yield span


def _starts_sentence(text: str, position: int, end: int) -> bool:
    while position < end and text[position].isspace():
        position += 1
    return position >= end or not text[position].islower()
