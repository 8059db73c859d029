"""Makes excerpts of a document: the paragraphs around quotes, and any parts joined with a mark where text is left out.

Offsets are characters of the corpus row's text. Used by the tasks that ask a question with less than its document.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import pairwise

from pipeline.records import Context, Section
from pipeline.synthesize.sentences import Span, sentence_spans

LEFT_OUT = "[…]"
"""The line that says that text is left out."""
_PARAGRAPH_BREAK = re.compile(r"\n[ \t]*\n\s*")
_MAX_PARAGRAPH_CHARS = 1200
"""A longer run of lines without a blank line, such as a log of a chat, is divided into lines and sentences."""
_MAX_HEADING_CHARS = 300


def excerpt(text: str, spans: Sequence[Span]) -> str:
    """Return the parts of a text in its order, with the line `[…]` wherever text between them is left out."""
    parts: list[str] = []
    end = 0
    for span in merged_spans(text, spans):
        if parts:
            parts.append(f"\n\n{LEFT_OUT}\n\n")
        parts.append(text[span.start : span.end])
        end = span.end
    assert end <= len(text), "a part ends behind the text"
    return "".join(parts)


def merged_spans(text: str, spans: Sequence[Span]) -> list[Span]:
    """Return the same parts of a text in its order, joined where they touch or only white space is between them."""
    merged: list[Span] = []
    for span in sorted(spans, key=lambda span: (span.start, span.end)):
        if merged and not text[merged[-1].end : span.start].strip():
            merged[-1] = Span(merged[-1].start, max(merged[-1].end, span.end))
        elif span.start < span.end:
            merged.append(span)
    return merged


def proof_spans(context: Context, quotes: Sequence[Span]) -> list[Span]:
    """Return the whole paragraphs that contain quotes, and the headings above them, in the document's order.

    The headings are those of everything that the quote is in, because a question or an answer may name it: sections,
    provisions, and in source code classes and functions, with their signatures. In a run of lines longer than 1,200
    characters, the lines and sentences with the quote stand for its paragraph.
    """
    text = context.text
    spans = [span for quote in quotes for span in _paragraphs(text, quote)]
    spans += [heading for quote in quotes for heading in _headings(context, quote)]
    return merged_spans(text, spans)


def title_spans(context: Context) -> list[Span]:
    """Return the first line of each document of a joined row, and the line above it that names the document, if any."""
    text = context.text
    spans = []
    above = 0
    for member in sorted(context.members, key=lambda member: member.start):
        spans.append(_stripped(text, above, member.start))
        first = text.find("\n", member.start, member.end)
        spans.append(_stripped(text, member.start, member.end if first < 0 else first))
        above = member.end
    return [span for span in spans if 0 < span.end - span.start <= _MAX_HEADING_CHARS]


def _paragraphs(text: str, quote: Span) -> Iterator[Span]:
    cuts = _paragraph_cuts(text)
    first = bisect_right(cuts, quote.start) - 1
    for start, end in pairwise(cuts[first:]):
        if start >= quote.end:
            return
        if len(text[start:end].strip()) <= _MAX_PARAGRAPH_CHARS:
            yield _stripped(text, start, end)
            continue
        for piece in _pieces(text, start, end):
            if piece.start < quote.end and quote.start < piece.end:
                yield _stripped(text, piece.start, piece.end)


@lru_cache(maxsize=8)
def _paragraph_cuts(text: str) -> list[int]:
    return sorted({0, *(match.end() for match in _PARAGRAPH_BREAK.finditer(text)), len(text)})


@lru_cache(maxsize=64)
def _pieces(text: str, start: int, end: int) -> list[Span]:
    """Return the sentences and lines of `text[start:end]`, each with the marks before it; together they are all."""
    ends = [span.end for span in sentence_spans(text, start=start, end=end)]
    return [Span(left, right) for left, right in pairwise([start, *ends[:-1], end])]


def _stripped(text: str, start: int, end: int) -> Span:
    start += len(text[start:end]) - len(text[start:end].lstrip())
    return Span(start, start + len(text[start:end].rstrip()))


def _headings(context: Context, quote: Span) -> Iterator[Span]:
    """Yield the lines that name what a quote is in: headings, numbers of provisions, signatures of definitions."""
    yield from _section_headings(context, quote.start)
    for node in context.outline or ():
        if node.start > quote.start:
            break
        if quote.end <= node.end and 0 < node.body - node.start <= _MAX_HEADING_CHARS:
            yield _stripped(context.text, node.start, node.body)


def _section_headings(context: Context, offset: int) -> Iterator[Span]:
    """Yield the heading lines of the section at an offset and of those that it belongs to, innermost first."""
    sections = context.sections
    number = bisect_right([section.start for section in sections], offset) - 1
    level: int | None = None
    for section in reversed(sections[: number + 1]):
        if section.title.strip() and (level is None or section.level < level):
            level = section.level
            yield from _heading_line(context.text, section)


def _heading_line(text: str, section: Section) -> Iterator[Span]:
    end = text.find("\n", section.start, section.end)
    line = _stripped(text, section.start, section.end if end < 0 else end)
    if 0 < line.end - line.start <= _MAX_HEADING_CHARS:
        yield line
