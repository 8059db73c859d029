"""Finds where sentences and paragraphs of prose begin, with the rules of all languages together.

Takes a text; returns offsets. Used by `pack.boundaries`. The rules are conservative, because a document may be cut at
these offsets: an uncertain end of a sentence is ignored. So a period after an initial, an abbreviation or most numbers
does not count, nor does any mark before a small letter, or inside brackets or quotation marks. Cost: one search with a
regular expression over the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import StrEnum

from pipeline.languages import any_of, letters_of, together


class Opening(StrEnum):
    """The kind of text that begins at an offset."""

    PARAGRAPH = "paragraph"
    SENTENCE = "sentence"
    ITEM = "item"
    """A paragraph that continues the unfinished sentence above it, such as a list item after `…, and`."""


MAX_QUOTED_CHARS = 600
"""A bracket or quotation mark that is not closed within this distance is treated as a typing error."""

_UNSPACED_END = re.compile(any_of(lambda rules: rules.sentences.unspaced_end))
"""The end of a sentence without a space after it, in languages where that is certain."""
_EVENT = re.compile(
    r"""[\n(\[{“「『《〈)\]}”」』》〉".!?…。！？](?:
    (?<=\n)(?P<blank>(?:[ \t]*\n)+)
    | (?P<open>(?<=[(\[{“「『《〈]))
    | (?P<straight>(?<="))
    | (?P<end>(?<=[.!?…])[.!?…]*[”’'"」』》〉)\]*_]*(?=\s) | (?<=[。！？])[。！？]*[”’」』》〉)]*)
    | (?P<unspaced>(?<=[.!?…]))
    | (?P<close>(?<=[)\]}”」』》〉])))""",
    re.VERBOSE,
)
"""Blank lines (`blank`); an opening or closing bracket or quotation mark (`open`, `close`, `straight`); the marks that
end a sentence, including closing marks after them (`end`), or such a mark without a space after it (`unspaced`). The
pattern begins with a set of characters, so the search skips all other characters fast."""
_BEFORE_WORD = frozenset("([{“‘「『\"'")
_WORD_BEFORE = re.compile(r"([^\W\d_]+)[ \t\n]+[^\s\w]*\Z")
"""The last word before a number, such as `Section` in `Section (`."""
_ITEM_LETTERS = letters_of(lambda rules: rules.sentences.item_letters)
_LIST_MARKER = re.compile(rf"(?:[IVXLC]+|[ivxlc]+|[{_ITEM_LETTERS}])\Z")
"""A Roman numeral or a letter that numbers a list item, such as `iv`."""
_NON_SPACE = re.compile(r"\S")
_CLOSERS = frozenset(")]}”」』》〉")
_OPEN_WORD = re.compile(rf"{any_of(lambda rules: rules.sentences.open_words)}\Z")
"""A word that leaves a sentence unfinished, such as `and`."""
_MONTHS = together(lambda rules: rules.sentences.months)
_COUNTED = together(lambda rules: rules.sentences.counted)
_ABBREVIATIONS = together(lambda rules: rules.sentences.abbreviations)
_TERMINATORS = frozenset(("", *".!?…。！？"))
_OPEN_MARKS = frozenset(":;,")
_MAX_WORD_CHARS = 40
_MAX_OPEN_CHARS = 16
"""Maximum length of a word that leaves a sentence unfinished."""


def sentence_starts(text: str) -> Iterator[tuple[int, Opening]]:
    """Yield the ascending offsets at which a sentence, paragraph or list item certainly begins.

    White space between two sentences belongs to the first one, but the indentation of a new line to the second.
    """
    depth = 0
    opened_at = 0
    in_straight_quotes = False
    last = 0
    for event in _EVENT.finditer(text):
        start, end, kind = event.start(), event.end(), event.lastgroup
        if kind == "unspaced" and _UNSPACED_END.match(text, start) is None:
            continue
        if start - opened_at > MAX_QUOTED_CHARS:
            depth, in_straight_quotes = 0, False
        if kind == "blank":
            depth, in_straight_quotes = 0, False
            if end < len(text) and (opening := _opening_after_blank(text, start, end)) is not None:
                last = end
                yield last, opening
        elif kind == "open":
            depth, opened_at = depth + 1, start
        elif kind == "close":
            depth = max(0, depth - 1)
        elif kind == "straight":
            in_straight_quotes, opened_at = not in_straight_quotes, start
        else:
            if end - start > 1:
                marks = event.group()
                depth = max(0, depth - sum(mark in _CLOSERS for mark in marks))
                in_straight_quotes ^= marks.count('"') % 2 == 1
            # A blank line after the mark is a separate event.
            if depth or in_straight_quotes or text.startswith("\n\n", end):
                continue
            following = _next_start(text, end)
            is_inside = last < following < len(text) and text.count("\n", end, following) < 2
            if is_inside and _ends_sentence(text, event, following):
                last = following
                yield last, Opening.SENTENCE


def _ends_sentence(text: str, event: re.Match[str], next_start: int) -> bool:
    if _is_small_letter(text, next_start):
        return False
    if event.group().rstrip("”’'\"」』》〉)]*_") != ".":
        return True
    stop = event.start()
    start = _word_start(text, stop)
    if text[start:stop][-1:].isdigit():
        return _ends_with_number(text, start, stop, next_start)
    return not _takes_period(text[start:stop], at_line_start=start == 0 or text[start - 1] == "\n")


def _word_start(text: str, stop: int) -> int:
    """Return the start of the word that ends at `stop`."""
    start, floor = stop, max(0, stop - _MAX_WORD_CHARS)
    while start > floor and not text[start - 1].isspace() and text[start - 1] not in _BEFORE_WORD:
        start -= 1
    return start


def _ends_with_number(text: str, start: int, stop: int, next_start: int) -> bool:
    """Return whether a sentence ends after a number from `start` to `stop`.

    It does in `since 1962. The`, but not in `Section 4. Notices`, `1. Scope`, `2024. 3. 5.` or `No. 7. If`.
    """
    first = _NON_SPACE.search(text, next_start)
    before = _WORD_BEFORE.search(text, max(0, start - _MAX_WORD_CHARS), start)
    if first is None or before is None or "." in text[start:stop] or not first.group().isupper():
        return False
    word = before.group(1)
    return (word.islower() and word not in _COUNTED) or word in _MONTHS


def _takes_period(word: str, *, at_line_start: bool) -> bool:
    """Return whether a period may belong to the word before it: an initial, an abbreviation or a list marker."""
    return (
        not word
        or "." in word
        or (len(word) == 1 and word.isascii())
        or word.lower() in _ABBREVIATIONS
        or (at_line_start and _LIST_MARKER.match(word) is not None)
    )


def _opening_after_blank(text: str, start: int, end: int) -> Opening | None:
    """Return what begins after the blank lines from `start` to `end`; None if a sentence continues there.

    A sentence that a page break interrupts has no mark before the blank lines and a small letter after them.
    """
    last = text[start - 1 : start]
    if last in _OPEN_MARKS or (last.isalpha() and _OPEN_WORD.search(text, max(0, start - _MAX_OPEN_CHARS), start)):
        return Opening.ITEM
    return None if last not in _TERMINATORS and _is_small_letter(text, end) else Opening.PARAGRAPH


def _is_small_letter(text: str, offset: int) -> bool:
    first = _NON_SPACE.search(text, offset)
    return first is not None and first.group().islower()


def _next_start(text: str, offset: int) -> int:
    """Return where the next sentence begins: at the start of a new line, or else at its first character."""
    first = _NON_SPACE.search(text, offset)
    if first is None:
        return len(text)
    newline = text.rfind("\n", offset, first.start())
    return first.start() if newline < 0 else newline + 1
