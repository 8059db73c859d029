"""The sentences of the paragraphs of a manual.

Takes a text, its lines and the offsets of its headings; yields spans. Lines of code, tables, quotes and headings are
not prose; long sentences are left out. One pass.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pipeline.documents.grammar.text_lines import TextLine
from pipeline.synthesize.structural.facts import Span
from pipeline.synthesize.structural.layout import sentences

_MAX_CHARS = 450


def prose_sentences(text: str, lines: Sequence[TextLine], headings: frozenset[int]) -> Iterator[Span]:
    """Yield the sentences in order.

    Args:
        text: The text of the document.
        lines: The lines of the text.
        headings: Offsets where headings begin.
    """
    begin: int | None = None
    end = 0
    for line in lines:
        is_text = line.is_prose and line.content[0] not in "|#>" and line.content_start not in headings
        if is_text and begin is not None:
            end = line.content_end
        elif is_text:
            begin, end = line.content_start, line.content_end
        elif begin is not None:
            yield from _short(text, begin, end)
            begin = None
    if begin is not None:
        yield from _short(text, begin, end)


def _short(text: str, begin: int, end: int) -> Iterator[Span]:
    return (span for span in sentences(text, begin, end) if span.end - span.start <= _MAX_CHARS)
