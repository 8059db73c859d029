"""Find where sentences end in prose, in all known languages at once. Used by `pack.boundaries`.

The rules are conservative: an uncertain end does not count, because a document may be cut there. So a period after an
initial, an abbreviation or most numbers does not count. Neither does a period before a small letter, nor anything
inside brackets or quotation marks. Cost: one pass with a regular expression.
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
    """A paragraph that continues a sentence left open before it, such as an item after `…, and`."""


MAX_QUOTED_CHARS = 600
"""A bracket or quotation mark that does not close within this distance counts as a typing error."""

_UNSPACED_END = re.compile(any_of(lambda rules: rules.sentences.unspaced_end))
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
"""The pattern begins with a set of characters, so the search skips all other characters fast."""
_BEFORE_WORD = frozenset("([{“‘「『\"'")
_WORD_BEFORE = re.compile(r"([^\W\d_]+)[ \t\n]+[^\s\w]*\Z")
_ITEM_LETTERS = letters_of(lambda rules: rules.sentences.item_letters)
_LIST_MARKER = re.compile(rf"(?:[IVXLC]+|[ivxlc]+|[{_ITEM_LETTERS}])\Z")
_NON_SPACE = re.compile(r"\S")
_CLOSERS = frozenset(")]}”」』》〉")
_OPEN_WORD = re.compile(rf"{any_of(lambda rules: rules.sentences.open_words)}\Z")
_MONTHS = together(lambda rules: rules.sentences.months)
_COUNTED = together(lambda rules: rules.sentences.counted)
_ABBREVIATIONS = together(lambda rules: rules.sentences.abbreviations)
_TERMINATORS = frozenset(("", *".!?…。！？"))
_OPEN_MARKS = frozenset(":;,")
_MAX_WORD_CHARS = 40
_MAX_OPEN_CHARS = 16
"""The longest word that leaves a sentence open."""


def sentence_starts(text: str) -> Iterator[tuple[int, Opening]]:
    """Yield the offsets where a sentence or a list item begins after the end of another one is certain, ascending.

    The white space between two sentences belongs to the first of them.
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
    """Return where the word that ends at `stop` begins."""
    start, floor = stop, max(0, stop - _MAX_WORD_CHARS)
    while start > floor and not text[start - 1].isspace() and text[start - 1] not in _BEFORE_WORD:
        start -= 1
    return start


def _ends_with_number(text: str, start: int, stop: int, next_start: int) -> bool:
    """Return True for `since 1962. The`; False for `Section 4. Notices`, `1. Scope`, `2024. 3. 5.` or `No. 7. If`."""
    first = _NON_SPACE.search(text, next_start)
    before = _WORD_BEFORE.search(text, max(0, start - _MAX_WORD_CHARS), start)
    if first is None or before is None or "." in text[start:stop] or not first.group().isupper():
        return False
    word = before.group(1)
    return (word.islower() and word not in _COUNTED) or word in _MONTHS


def _takes_period(word: str, *, at_line_start: bool) -> bool:
    """Return whether a period after the word may belong to the word: an initial, an abbreviation, a list marker."""
    return (
        not word
        or "." in word
        or (len(word) == 1 and word.isascii())
        or word.lower() in _ABBREVIATIONS
        or (at_line_start and _LIST_MARKER.match(word) is not None)
    )


def _opening_after_blank(text: str, start: int, end: int) -> Opening | None:
    """Return what begins below a blank line that spans `start` to `end`; None inside a sentence that a page break cuts.

    Such a sentence has no mark before the blank line and a small letter after it.
    """
    last = text[start - 1 : start]
    if last in _OPEN_MARKS or (last.isalpha() and _OPEN_WORD.search(text, max(0, start - _MAX_OPEN_CHARS), start)):
        return Opening.ITEM
    return None if last not in _TERMINATORS and _is_small_letter(text, end) else Opening.PARAGRAPH


def _is_small_letter(text: str, offset: int) -> bool:
    first = _NON_SPACE.search(text, offset)
    return first is not None and first.group().islower()


def _next_start(text: str, offset: int) -> int:
    """Return where the next sentence begins: at its line, which keeps its indentation, or at its first character."""
    first = _NON_SPACE.search(text, offset)
    if first is None:
        return len(text)
    newline = text.rfind("\n", offset, first.start())
    return first.start() if newline < 0 else newline + 1
