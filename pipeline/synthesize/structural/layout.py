"""Splits texts into sentences, trims spans, joins wrapped lines and finds damaged passages.

Used by the structural tasks and the modules that they share. Spans are character offsets.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from pipeline.documents.grammar.legal.lines import trimmed
from pipeline.languages import any_of, together
from pipeline.synthesize.structural.facts import Span

_SENTENCE_END = re.compile(r"[.!?][\"”’')\]]*(?=\s)|\n[ \t]*\n")
"""Punctuation before white space, or a blank line."""
_MAX_ABBREVIATION_CHARS = 20
_CHAPTER = re.compile(r", [a-z]{1,2}[.]$")
"""The abbreviation before a chapter number: `, c.` in `S.O. 2010, c. 15`."""
_DATE = re.compile(r"(?<![\d.])\d{4}\.(?: ?\d{1,2}\.){0,2}$")
"""A date in figures, or its beginning: `2025.`, `2025. 2. 13.`."""
_DATE_REST = re.compile(r" \d{1,2}\.")
_MAX_DATE_CHARS = 14
_DATE_POINTS = 3
_ABBREVIATION = re.compile(rf"{any_of(lambda rules: rules.sentences.titles)}$")


def trim(text: str, start: int, end: int) -> Span:
    """Return the span without white space at its ends; an empty span at `start` if nothing is left."""
    return Span(*trimmed(text, start, end))


def quote(text: str, span: Span) -> str:
    """Return the text at a span."""
    return text[span.start : span.end]


def one_line(text: str) -> str:
    """Return a text on one line: without white space at its ends, and with a single space for any other white space."""
    return " ".join(text.split())


def unwrapped(text: str) -> str:
    """Join wrapped lines into paragraphs, and reduce runs of spaces to one space; list items keep their own lines.

    Lines are joined only at ASCII characters, because a line in another script may break in the middle of a word.
    """
    if "\n" not in text and "  " not in text:
        return text
    joined: list[str] = []
    for line in text.split("\n"):
        stripped = line.strip()
        if joined and _continues(joined[-1].rpartition("\n")[2], stripped):
            joined[-1] = f"{joined[-1].rstrip()} {stripped}"
        else:
            joined.append(line.rstrip())
    return _WIDE.sub(" ", "\n".join(joined))


def _continues(above: str, line: str) -> bool:
    """Return whether a line continues the line above.

    The line must begin in lower case, or the line above must be long or end with a word such as `of`. A list item or
    table row continues nothing, and nothing continues a line that ends with a colon.
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
"""The beginning of a list item or heading: `(a) `, `3. `, `- `."""
_WIDE = re.compile(r"(?<=[^\s|])[ ]{2,}(?=[^\s|])")
"""Two or more spaces between words, but not beside the `|` of a table."""


def with_plain_digits(text: str) -> str:
    """Return a text in the form NFKC, in which circled numbers are digits, so that ② supports 제2항."""
    return unicodedata.normalize("NFKC", text)


def is_damaged(text: str, span: Span) -> bool:
    """Return whether ruled lines, ellipses, images, page numbers or marks of left-out text interrupt a span."""
    return _DAMAGED.search(text, span.start, span.end) is not None


_DAMAGED = re.compile(
    rf"-{{5,}}|…|!\[[^\]\n]*\]\(|{any_of(lambda rules: rules.legal.damage)}|^\s*-\s*\d+\s*-\s*$|<PAGE>"
    r"|(?<=\n)[ \t]*(?:\d{1,3}|[ivx]{1,5})[ \t]*(?=\n)",
    re.MULTILINE,
)


def sentences(text: str, start: int, end: int) -> Iterator[Span]:
    """Yield the trimmed sentences between two offsets; blank lines end a sentence, abbreviations and dates do not."""
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
        if ended and _goes_on_after_date(text, max(begin, match.end() - _MAX_DATE_CHARS), match.end()):
            continue
        span = trim(text, begin, match.end() if ended else match.start())
        if span.end > span.start:
            yield span
        begin = match.end()
    span = trim(text, begin, end)
    if span.end > span.start:
        yield span


def _goes_on_after_date(text: str, low: int, end: int) -> bool:
    """Return whether a full stop belongs to a date in figures, and the line goes on: `2025. 2. 13. 지급`."""
    date = _DATE.search(text, low, end)
    if text[end - 1] != "." or date is None:
        return False
    is_whole = date.group().count(".") == _DATE_POINTS
    return text[end : end + 1] == " " if is_whole else _DATE_REST.match(text, end) is not None


def _starts_sentence(text: str, position: int, end: int) -> bool:
    """Return whether no lower-case letter comes next."""
    while position < end and text[position].isspace():
        position += 1
    return position >= end or not text[position].islower()
