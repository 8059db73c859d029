"""Finds where a passage of a document may begin and end so that it reads whole, and tells prose from lists and scraps.

Takes a text; returns offsets, or whether the text is prose. A passage begins where a sentence, a heading or a list item
does, and ends with a sentence that is no heading and no abbreviation. Used by `passages`. Time is linear in the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from pipeline.languages import any_of, final_syllables, together
from pipeline.synthesize.sentences import Span, sentence_spans

_CLOSED = re.compile(r"[.!?。][\"'”’)\]*_]*$")
_NUMBER = re.compile(r"\(?(?:\d{1,3}(?:\.\d{1,3})*|[^\W\d_]|[ivxIVX]{1,6})[.)]")
"""The number of a heading or an item: `3.`, `(b)`."""
_LETTERS_AT_END = re.compile(r"(?:[A-Z]\.){2,}[\"'”’)\]]*$")
"""An abbreviation of capitals at the end of a text: `12 U.S.C.`"""
_ABBREVIATIONS = together(lambda rules: rules.sentences.abbreviations)
_FINAL = final_syllables()
_BLANK_LINE = re.compile(r"\n[ \t]*\n")
_LEAST_WORDS = 4
_LEAST_CHARS = 25
"""A shorter sentence ends no passage, because it may be a heading: `8. Translation.`"""
_HEADING_WORDS = 9
"""A paragraph of one sentence with fewer words ends no passage, because it may be a heading: `Estimated cash to close.`
A sentence that ends with a predicate, as Korean ones do, is no heading."""
_REACH = 600
"""How many characters of what was said before an end decide about it; an open bracket farther away is never closed."""
_LEAST_PROSE = 0.6
"""Prose has at least this share of its characters in whole sentences."""
_LEAST_LETTERS = 0.75
"""Prose has at least this share of letters and spaces."""
_LEFT_OUT = any_of(lambda rules: rules.legal.provisions.repealed if rules.legal.provisions else "")
_NO_PROSE = re.compile(
    r"!\[|^[ \t]*(?:[-*•][ \t]*)?(?:\(?\d{1,3}[.)][ \t]*)?[<(\[]?(?:https?|ftp|gopher)://\S+[ \t]*$"
    r"|<[a-zA-Z/!#][^<>\n]*>|-->|_{3,}|<PAGE>|\.{4,}|^[ \t]*\|.*\|[ \t]*$"
    r"|^[ \t]*(?:\(?(?:\d{1,3}|[a-zA-Z]|[ivxIVX]{1,5})[.)]|\(?\d{1,4}(?:\.\d{1,4})*\)?)[ \t]*$"
    rf"|^[ \t]*[^\n]{{0,80}}\[(?:{_LEFT_OUT})\][ \t]*$",
    re.MULTILINE | re.IGNORECASE,
)
"""An image, a line that is only an address or a number, a tag, a blank to fill in, a table, a provision left out."""
_LIST = re.compile(r"(?:^[ \t]*(?:[-*•][ \t]*)?[^\W_a-z][^\n]{0,40}(?<![.:;,!?])\n(?:[ \t]*\n)*){4,}", re.MULTILINE)
"""Four short lines that end no sentence: names, entries of a list, a formula."""
_MASK = re.compile(r"\[[A-Z]+-\d+\]")
"""What stands for personal data: `[EMAIL-1]`."""
_FENCE = "```"


@dataclass(frozen=True, slots=True)
class Places:
    """Where a passage may begin and end, in characters, ascending."""

    starts: tuple[int, ...]
    ends: tuple[int, ...]
    """Behind the last character of a sentence."""


@dataclass(frozen=True, slots=True)
class _Sentence:
    begin: int
    """Where it begins, with the number or mark before it."""
    span: Span
    is_start: bool
    is_end: bool


@lru_cache(maxsize=64)
def whole_places(text: str) -> Places:
    """Return where a passage of running text may begin and end."""
    found = list(_sentences(text))
    starts = tuple(one.begin for one in found if one.is_start)
    return Places(starts, tuple(one.span.end for one in found if one.is_end))


def is_prose(text: str) -> bool:
    """Return whether a passage is running text, without images, links, tables, tags and lone numbers."""
    if has_scraps(text) or _LIST.search(text) or _MASK.search(text):
        return False
    num_letters = sum(char.isalpha() or char.isspace() for char in text)
    if num_letters < _LEAST_LETTERS * len(text):
        return False
    start, covered = 0, 0
    for one in _sentences(text):
        if one.is_start:
            start = one.begin
        if one.is_end:
            covered += one.span.end - start
            start = one.span.end
    return covered >= _LEAST_PROSE * len(text.strip())


def has_scraps(text: str) -> bool:
    """Return whether a passage has images, links, tables, tags, lone numbers, or half a block of code."""
    return _NO_PROSE.search(text) is not None or text.count(_FENCE) % 2 == 1


def _sentences(text: str) -> Iterator[_Sentence]:
    """Yield the sentences, headings and list items of a text, with whether a passage may begin or end there."""
    spans = sentence_spans(text, start=0, end=len(text))
    start, above, is_open = 0, 0, False
    for number, span in enumerate(spans):
        begin = span.start - len(text[above : span.start].lstrip())
        is_paragraph = not number or _BLANK_LINE.search(text, above, begin) is not None
        is_start = (is_paragraph or not is_open) and not text[span.start].islower() and text[span.start] not in ",;:)"
        if is_start:
            start = span.start
        following = spans[number + 1].start if number + 1 < len(spans) else len(text)
        ends_paragraph = number + 1 == len(spans) or _BLANK_LINE.search(text, span.end, following) is not None
        said = text[max(start, span.end - _REACH) : span.end]
        is_open = not _is_closed(text[span.start : span.end], said, ends_paragraph=ends_paragraph)
        is_alone = is_start and is_paragraph and ends_paragraph
        is_end = not is_open and _is_long(said, _HEADING_WORDS if is_alone else _LEAST_WORDS)
        yield _Sentence(begin, span, is_start, is_end)
        above = span.end


def _is_closed(sentence: str, said: str, *, ends_paragraph: bool) -> bool:
    """Return whether a sentence, the last one of what was said, ends here."""
    if said.count("(") > said.count(")") or (_NUMBER.fullmatch(sentence) and not ends_paragraph):
        return False
    if sentence.endswith(_FINAL):
        return True
    if _CLOSED.search(sentence) is None:
        return False
    last = sentence.rstrip("\"'”’)]*_.").rpartition(" ")[2].strip("(\"'“‘").casefold()
    return ends_paragraph or not (last in _ABBREVIATIONS or _LETTERS_AT_END.search(sentence))


def _is_long(said: str, least_words: int) -> bool:
    """Return whether what was said is too long for a heading."""
    if said.rstrip("\"'”’)]*_.").endswith(_FINAL):
        return len(said.split()) >= _LEAST_WORDS - 1
    return len(said) >= _LEAST_CHARS and len(said.split()) >= least_words
