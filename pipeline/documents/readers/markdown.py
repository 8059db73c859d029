"""Reads markdown: the text is not changed, and headings, lists, tables, code, footnotes and comments become marks.

The blocks are found by markdown-it-py, a CommonMark parser that reports the lines of each block; inline markup is not
parsed. About 6 MB/s are parsed. Time is linear, because nesting is limited.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from markdown_it import MarkdownIt
from markdown_it.token import Token

from pipeline.documents.decoding import decode
from pipeline.documents.marks import Mark, MarkKind
from pipeline.documents.readers.reader import Converted, Reader, ReadOptions, from_decoded

_LINE_END = re.compile("\r\n?|\n")
_FRONT_MATTER = re.compile(r"---[ \t]*(?:\r\n?|\n)(?:[^\r\n]*(?:\r\n?|\n)){0,60}?(?:---|\.\.\.)[ \t]*(?=[\r\n]|$)")
_FOOTNOTE = re.compile(r"[ ]{0,3}\[\^(?P<label>[^\]\s]{1,40})\]:[ \t]")
_BAR = re.compile(r"(?<!\\)\|")
_MAX_NESTING = 20
_MAX_LINES = 300_000
"""The maximum number of lines, about a book of 15 MB; a longer text gets no marks. A line that forms its own block
takes 65 µs."""


@dataclass(frozen=True, slots=True)
class _Lines:
    """The start and end offsets of a text's lines, without line breaks."""

    text: str
    starts: Sequence[int]
    ends: Sequence[int]

    def span(self, token: Token) -> tuple[int, int]:
        """Return the span of a block's lines, without the blank lines at the end."""
        first, last = token.map or (0, 0)
        while last - 1 > first and not self.text[self.starts[last - 1] : self.ends[last - 1]].strip():
            last -= 1
        start, end = self.starts[first], self.ends[max(first, last - 1)]
        return start, end


def read_markdown(text: str) -> tuple[Mark, ...]:
    """Return the marks of a text in order; empty if the text has more than `_MAX_LINES` lines."""
    matter = _FRONT_MATTER.match(text)
    lines = _split(text, matter.end() if matter else 0)
    if len(lines.starts) > _MAX_LINES:
        return ()
    body = text[lines.starts[0] :]
    found = list(_marks(_parser().parse(body), lines))
    return tuple(sorted(found, key=lambda mark: (mark.start, -mark.end)))


@cache
def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"maxNesting": _MAX_NESTING}).enable(["table"])
    parser.core.ruler.enableOnly(["normalize", "block"])
    return parser


def _split(text: str, start: int) -> _Lines:
    ends = [(match.start(), match.end()) for match in _LINE_END.finditer(text, start)]
    return _Lines(text, [start, *(after for _, after in ends)], [*(before for before, _ in ends), len(text)])


def _marks(tokens: Sequence[Token], lines: _Lines) -> Iterator[Mark]:
    depth = num_quotes = 0
    for index, token in enumerate(tokens):
        num_quotes += (token.type == "blockquote_open") - (token.type == "blockquote_close")
        if token.type in ("bullet_list_open", "ordered_list_open"):
            depth += 1
        elif token.type in ("bullet_list_close", "ordered_list_close"):
            depth -= 1
        elif token.type == "heading_open" and num_quotes:
            continue  # A heading inside a block quote does not cover the text after the quote.
        elif token.type == "table_open":
            yield from _table(tokens, index, lines)
        elif (mark := _mark(token, tokens[index + 1 : index + 2], lines, depth)) is not None:
            yield mark


def _mark(token: Token, following: Sequence[Token], lines: _Lines, depth: int) -> Mark | None:
    if token.map is None:
        return None
    start, end = lines.span(token)
    if token.type == "heading_open":
        title = following[0].content if following else ""
        return Mark(MarkKind.HEADING, start, end, level=int(token.tag[1]), value=title)
    if token.type == "list_item_open":
        return Mark(MarkKind.LIST_ITEM, start, end, level=depth, value=token.info)
    if token.type in ("fence", "code_block"):
        return Mark(MarkKind.CODE, start, end, value=(token.info.split() or [""])[0])
    if token.type == "html_block" and token.content.strip().startswith("<!--"):
        closed = token.content.strip().endswith("-->")
        return Mark(MarkKind.HIDDEN, start, end) if closed else None
    if token.type == "paragraph_open" and (footnote := _FOOTNOTE.match(lines.text, start, end)):
        return Mark(MarkKind.FOOTNOTE, start, end, value=footnote["label"])
    return None


def _table(tokens: Sequence[Token], index: int, lines: _Lines) -> Iterator[Mark]:
    start, end = lines.span(tokens[index])
    yield Mark(MarkKind.TABLE, start, end, value="row")
    row = 0
    for token in tokens[index:]:
        if token.type == "table_close":
            return
        if token.type == "tr_open" and token.map is not None:
            line = token.map[0]
            for column, (cell_start, cell_end) in enumerate(_cells(lines.text, lines.starts[line], lines.ends[line])):
                yield Mark(
                    MarkKind.CELL,
                    cell_start,
                    cell_end,
                    value=lines.text[cell_start:cell_end],
                    row=row,
                    column=column,
                )
            row += 1


def _cells(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield the spans of a row's cells, without vertical bars or surrounding blanks."""
    while start < end and text[start] in " \t>":
        start += 1
    end = start + len(text[start:end].rstrip())
    first = start + 1 if text[start : start + 1] == "|" else start
    last = end - 1 if text[first:end].endswith("|") and not text[first:end].endswith("\\|") else end
    bounds = [first, *(bar.end() for bar in _BAR.finditer(text, first, last))]
    for begin, stop in zip(bounds, [*(bound - 1 for bound in bounds[1:]), last], strict=True):
        cell = text[begin:stop]
        inner = cell.strip()
        at = begin + len(cell) - len(cell.lstrip()) if inner else begin
        yield at, at + len(inner)


def _convert(data: bytes, _options: ReadOptions) -> Converted:
    decoded = decode(data=data, declared="")
    return from_decoded(decoded, marks=read_markdown(decoded.text))


READER = Reader(
    name="markdown",
    suffixes=frozenset({"md", "markdown", "mdown", "mkd"}),
    convert=_convert,
    is_page=True,
    may_join_trees=True,
)
