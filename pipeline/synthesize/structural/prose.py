"""Finds the sentences of a manual's prose, and the words that make a sentence depend on other text.

`prose_sentences` takes a text, its lines and the offsets of its headings; it yields spans. Code, tables, quoted lines,
headings and long sentences are left out. The other functions return patterns with the words of all languages. Used by
the tasks for manuals and the modules that they share.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache

from pipeline.documents.grammar.text_lines import TextLine
from pipeline.languages import any_of
from pipeline.synthesize.structural.facts import Span
from pipeline.synthesize.structural.layout import sentences

_MAX_CHARS = 450


def prose_sentences(text: str, lines: Sequence[TextLine], headings: frozenset[int]) -> Iterator[Span]:
    """Yield the sentences of the prose, in order.

    Args:
        text: The text of the document.
        lines: The lines of the text.
        headings: The offsets at which headings begin.
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


@cache
def announcing() -> re.Pattern[str]:
    """Return a pattern of words that announce what follows: `the following`."""
    return re.compile(any_of(lambda rules: rules.manual.announcing), re.IGNORECASE)


@cache
def needs_example() -> re.Pattern[str]:
    """Return a pattern of words that point to an example elsewhere: `in the example`."""
    return re.compile(any_of(lambda rules: rules.manual.example_elsewhere), re.IGNORECASE)


@cache
def openings() -> re.Pattern[str]:
    """Return a pattern of the first words of a sentence that continues the sentence before it."""
    return re.compile(any_of(lambda rules: rules.manual.openings))


@cache
def points_back() -> re.Pattern[str]:
    """Return a pattern of the beginning of a sentence that makes no sense without the sentence before it."""
    first = any_of(lambda rules: rules.asking.points_back_first)
    return re.compile(rf"^(?:(?i:{first})(?![A-Za-z])|{openings().pattern})")


def _short(text: str, begin: int, end: int) -> Iterator[Span]:
    """Yield the sentences that are not too long."""
    return (span for span in sentences(text, begin, end) if span.end - span.start <= _MAX_CHARS)
