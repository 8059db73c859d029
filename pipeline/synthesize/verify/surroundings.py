"""Returns the text around the evidence that belongs to it: its whole lines, what it points back to, headings."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache

from pipeline.languages import any_of, language_rules
from pipeline.records import Context
from pipeline.synthesize.sentences import Span
from pipeline.synthesize.verify.reading import compiled_ignoring_case

_MAX_LINE_CHARS = 600
_MAX_TURN_LABEL_CHARS = 80
_MAX_WORDS_AFTER_LABEL = 300
DIALOGUE = "dialogue"
"""The domain in which a line may begin with its speaker."""
SPEAKER = re.compile(
    r"[ \t>*-]*(?:[\[(][^\])\n]{1,30}[\])]\s*)?\**(?P<name>[^\W\d][^:\n\[\]()*]{0,40})\**(?:\s*\([^)\n]{1,30}\))?\s*:"
)
"""A turn's label: `[10:02] Priya:`, `**김도현**:`."""


def surroundings_of(context: Context, spans: Sequence[Span]) -> str:
    """Return the title, the headings above the spans, and the lines of the spans, one below the other."""
    parts = [context.title, *context.heading_path]
    for span in spans:
        parts += headings_above(context, span.start)
        parts.append(_lines(context.text, span))
    return "\n".join(dict.fromkeys(part.strip() for part in parts if part.strip()))


def quoted_words(context: Context, span: Span) -> str:
    """Return the words of a span; a speaker's `I` in a turn of a dialogue is replaced by the speaker's name."""
    text = context.text
    quote = text[span.start : span.end]
    label = SPEAKER.match(text, text.rfind("\n", 0, span.start) + 1)
    if label is None or context.domain != DIALOGUE:
        return quote
    rules = language_rules(context.language).statements
    for short, long in rules.contractions.items():
        quote = compiled_ignoring_case(short).sub(long, quote)
    named = rules.speaker.format(name=label["name"].strip())
    return compiled_ignoring_case(rules.first_person).sub(lambda _: named, quote)


def label_start(context: Context, span: Span) -> int:
    """Return where the speaker's label begins before a span at the beginning of a turn; else where the span begins.

    Only the first words behind the label count, so that a long turn is not quoted from its beginning.
    """
    if context.domain != DIALOGUE:
        return span.start
    line = context.text.rfind("\n", 0, span.start) + 1
    label = SPEAKER.match(context.text, line)
    is_near = label is not None and label.end() <= span.start <= label.end() + _MAX_WORDS_AFTER_LABEL
    return line if is_near else span.start


def headings_above(context: Context, position: int) -> list[str]:
    """Return the titles of the sections around a position, outermost first."""
    path: list[tuple[int, str]] = []
    for section in context.sections:
        if section.start > position:
            break
        path = [(level, title) for level, title in path if level < section.level]
        path.append((section.level, section.title))
    return [title for _, title in path]


def _lines(text: str, span: Span) -> str:
    """Return the lines of a span; with the line above if the span points back or that line is a label."""
    start = max(text.rfind("\n", 0, span.start) + 1, span.start - _MAX_LINE_CHARS)
    end = text.find("\n", span.end)
    end = min(len(text) if end < 0 else end, span.end + _MAX_LINE_CHARS)
    points_back = _points_back().match(text[span.start : span.end].lstrip()) is not None
    previous = text.rfind("\n", 0, max(0, start - 1)) + 1
    above = text[previous:start].strip()
    if above and (points_back or len(above) <= _MAX_TURN_LABEL_CHARS):
        start = previous
    elif not points_back:
        start = max(start, _sentence_start(text, start, span.start))
    return text[start:end]


def _sentence_start(text: str, line_start: int, position: int) -> int:
    """Return where the label of a line or the sentence of a position begins: the start of a short line."""
    return line_start if position - line_start <= _MAX_TURN_LABEL_CHARS else position


@cache
def _points_back() -> re.Pattern[str]:
    return re.compile(rf"(?:{any_of(lambda rules: rules.asking.points_back_first)})", re.IGNORECASE)
