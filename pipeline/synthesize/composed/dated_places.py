"""Finds the dates of a text as values, each with its sentence, if that is certain to be a whole sentence.

Takes a text, its language and the stretches to read; returns a `DatedPlace` for each date, in order. The full stops of
a date (2024. 3. 5.) do not end a sentence. Used by the tasks `timeline` and `claims`. Time is linear in the length of
the text.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from pipeline.documents.pseudonyms import has_pseudonym
from pipeline.languages import Language, language_rules
from pipeline.languages.calendar_dates import CalendarDate
from pipeline.languages.value_rules import FoundDate
from pipeline.synthesize.structural.facts import Span
from pipeline.synthesize.structural.layout import is_damaged, quote, sentences
from pipeline.synthesize.structural.provisions import Outline

_MAX_SENTENCE_CHARS = 420
_MIN_SENTENCE_CHARS = 16
_ENDS = re.compile(r"[.!?。][\"”’)\]]*$")
_BEFORE_SENTENCE = re.compile(
    r"(?:^|\n[ \t]*(?:\(?\w{1,4}[.)]\s*|\[\d+\]\s*|[-–•*①-⑮]\s*)?"
    r"|(?:(?<![A-Za-z])[a-z]{2,}|(?<![A-Za-z])[A-Z][a-z]{4,}|(?<![^\W\d_])[^\W\d_a-zA-Z]{2,}|[)\]”\"%])[.!?。][\"”’)\]]*\s+)$"
)
"""The text before a sentence whose beginning is certain: a new line or item, or a word that is no abbreviation."""
_REACH = 40
_FIRST = re.compile(r"[\"“‘'(\[]?(?:[A-Z]|[^\W\d_a-zA-Z]|\d)")
_TABLE = re.compile(r"\||\t| {3,}|\n[ \t]*\n")


@dataclass(frozen=True, slots=True)
class DatedPlace:
    """A date in the text."""

    date: Span
    value: CalendarDate | None
    """None if the date cannot be read."""
    sentence: Span | None
    """The sentence around the date; None unless it is whole, of moderate length and free of masked values."""
    is_in_brackets: bool
    """Whether the date is in brackets, like the dates of cited laws."""


def dated_places(*, text: str, stretches: Iterable[Span], language: Language) -> tuple[DatedPlace, ...]:
    """Return all dates in the stretches of a text, in order. Stretches leave out headings."""
    found: list[DatedPlace] = []
    for stretch in stretches:
        dates = _dates(text, stretch, language)
        if not dates:
            continue
        whole = _merged(text, sentences(text, stretch.start, stretch.end), dates)
        starts = [span.start for span in whole]
        for date in dates:
            at = bisect_right(starts, date.start) - 1
            sentence = whole[at] if at >= 0 and date.end <= whole[at].end else None
            is_fit = sentence is not None and _is_whole(text, sentence, stretch, date)
            opened = text[sentence.start : date.start] if sentence is not None else ""
            found.append(
                DatedPlace(
                    date=Span(date.start, date.end),
                    value=date.value,
                    sentence=sentence if is_fit else None,
                    is_in_brackets=opened.count("(") > opened.count(")") or opened.count("[") > opened.count("]"),
                )
            )
    return tuple(found)


def own_stretches(outline: Outline, num_chars: int) -> Iterator[Span]:
    """Yield the own texts of all provisions and the texts between them, without the numbers and headings."""
    position = 0
    for provision in outline.provisions:
        if provision.start > position:
            yield Span(position, provision.start)
        yield Span(provision.body.start, max(provision.own_end, provision.body.start))
        position = max(position, provision.own_end, provision.body.start)
    if position < num_chars:
        yield Span(position, num_chars)


def sentences_over_dates(*, text: str, stretch: Span, language: Language) -> list[Span]:
    """Return the sentences of a stretch of a text; the full stops of a date do not end one."""
    return _merged(text, sentences(text, stretch.start, stretch.end), _dates(text, stretch, language))


def _dates(text: str, stretch: Span, language: Language) -> list[FoundDate]:
    return [
        FoundDate(date.start + stretch.start, date.end + stretch.start, date.value)
        for date in language_rules(language).values.find_dates(text[stretch.start : stretch.end])
    ]


def _merged(text: str, spans: Iterable[Span], dates: Sequence[FoundDate]) -> list[Span]:
    """Return sentences, joined where the end of one lies inside a date, or behind a date on the same line."""
    merged: list[Span] = []
    for span in spans:
        if merged and _is_in_date(merged[-1].end, dates) and "\n" not in text[merged[-1].end : span.start]:
            merged[-1] = Span(merged[-1].start, span.end)
        else:
            merged.append(span)
    return merged


def _is_in_date(position: int, dates: Sequence[FoundDate]) -> bool:
    at = bisect_right(dates, position - 1, key=lambda date: date.start) - 1
    return at >= 0 and dates[at].start < position <= dates[at].end


def _is_whole(text: str, sentence: Span, stretch: Span, date: FoundDate) -> bool:
    """Return whether a span is certain to be one whole sentence that can be quoted."""
    words = quote(text, sentence)
    before = text[max(stretch.start, sentence.start - _REACH) : sentence.start]
    begins = sentence.start == stretch.start or _BEFORE_SENTENCE.search(before) is not None
    return (
        begins
        and _MIN_SENTENCE_CHARS <= len(words) <= _MAX_SENTENCE_CHARS
        and date.end < sentence.end
        and _FIRST.match(words) is not None
        and _ENDS.search(words) is not None
        and words.count("(") == words.count(")")
        and words.count("“") == words.count("”")
        and not _TABLE.search(words)
        and not has_pseudonym(words)
        and not is_damaged(text, sentence)
    )
