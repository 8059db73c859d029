"""Facts of the task `entry` from prose: sentences that say what something is.

Comes in: a `Manual`; goes out: `Findings`. The whole sentence must have the form that a language gives, and no second one
in the document may say what the same thing is. Linear in the text; sentences are matched with a limited length.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from functools import cache

from pipeline.languages import Language, language_rules
from pipeline.synthesize.structural.facts import Findings, QuestionForm, Span, make_fact
from pipeline.synthesize.structural.layout import sentences
from pipeline.synthesize.structural.manuals import Manual

_MAX_SENTENCE_CHARS = 450
_MARKS = "`*“”\"‘’ "


def meaning_facts(*, manual: Manual) -> Findings:
    """What a manual's own sentences say that something is."""
    patterns = _patterns(manual.language)
    if not patterns:
        return Findings(facts=(), refusals=())
    found: dict[str, list[tuple[str, Span]]] = defaultdict(list)
    for span in prose_sentences(manual):
        sentence = manual.sentence(span)
        match = next((match for pattern in patterns if (match := pattern.fullmatch(sentence))), None)
        if match is not None:
            term = match["term"].strip(_MARKS)
            found[term.casefold()].append((term, span))
    facts = [
        make_fact(
            form=QuestionForm.ENTRY_MEANING,
            slots={"term": told[0][0]},
            answer=manual.sentence(told[0][1]),
            spans=[told[0][1]],
        )
        for told in found.values()
        if len(told) == 1
    ]
    return Findings(facts=tuple(facts), refusals=())


def prose_sentences(manual: Manual) -> Iterator[Span]:
    """Sentences of the paragraphs; lines of code, tables and headings are none."""
    lines = manual.lines
    headings = {section.start for section in manual.sections if section.title}
    begin: int | None = None
    end = 0
    for line in lines:
        is_text = line.is_prose and line.content[0] not in "|#>" and line.content_start not in headings
        if is_text and begin is not None:
            end = line.content_end
        elif is_text:
            begin, end = line.content_start, line.content_end
        elif begin is not None:
            yield from _short_sentences(manual.text, begin, end)
            begin = None
    if begin is not None:
        yield from _short_sentences(manual.text, begin, end)


def _short_sentences(text: str, begin: int, end: int) -> Iterator[Span]:
    return (span for span in sentences(text, begin, end) if span.end - span.start <= _MAX_SENTENCE_CHARS)


@cache
def _patterns(language: Language) -> tuple[re.Pattern[str], ...]:
    return tuple(re.compile(pattern) for pattern in language_rules(language).manual.meanings)
