"""Asks for the numbers that sentences of held-out documents state: a passage is quoted without its number.

Takes the `Material` of a build; returns `LookUp`s in all languages that have words for them. Such a question needs no
grammar of the document, so that there are numbers enough for `altqa` where the structural tasks find few. It is right
whatever the sentence says: it asks for periods, amounts, shares, measures and years. Left out are passages that come
more than once in the document apart from their numbers, hold the number a second time, or are no prose.

Used by `cut_prompts`. Cost: reads the values of up to 120 held-out documents once: 17 s for 120 on a busy core.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from pipeline.evaluate.documents.look_ups import LookUp, asked_documents, one_line
from pipeline.evaluate.documents.number_places import (
    PLAIN,
    RUN,
    has_other_form_beside,
    in_words,
    is_part_of_name,
    is_year,
    quantities,
    states_number,
    value_of,
    words_beside,
    words_pattern,
)
from pipeline.evaluate.material import Material
from pipeline.evaluate.wordings import languages_of, wordings_of
from pipeline.identity import content_id, stable_hash64
from pipeline.languages import language_rules
from pipeline.languages.quantities import CLOCK, HALF_CLOCK, FoundQuantity, QuantityKind
from pipeline.records import Context
from pipeline.synthesize.members import DocumentView, document_views
from pipeline.synthesize.structural.facts import Span
from pipeline.synthesize.structural.layout import is_damaged, sentences

STATED_NUMBER = "stated_number"
"""The `task` of these look-ups, and the section of their words."""
_NUMBERS_PER_DOCUMENT = 12
_NO_PROSE_DOMAINS = frozenset({"code"})
_LEAST_PASSAGE_TOKENS, _MAX_PASSAGE_TOKENS = 14, 70
"""The length of a passage, in tokens of a tokenizer that serves all languages alike."""
_SHARE_BEFORE = 0.7
"""How much of a passage that is cut stands before its number."""
_LEAST_LETTERS = 0.6
"""The least share of letters and spaces in a passage of prose."""
_FULL_LINE_CHARS = 40
"""A shorter line above another one is no wrapped one."""
_LIST_MARK = re.compile(r"[ \t>]*(?:\(?(?:\d{1,3}(?:\.\d{1,3})*|[A-Za-z]|[ivxIVX]{1,5})[.)]+|[-*•#|]+)[ \t]+")
_NO_PROSE = re.compile(r"[|<>\[\]{}=_`~]|https?:|www\.|\.{3}|…")
"""Signs of tables, masks, links, forms and code."""
_ONE_LETTER_UNIT = re.compile(r"\d[\s-]?[A-Za-z]\Z")
"""In prose, `10.2 A` is mostly no current, and `1681a` no length."""
_BLANK, _DOTS = "____", "…"
_MAX_NUMBER_CHARS = 40
_FIGURES = re.compile(r"\d+(?:[.,]\d+)*")


def stated_numbers(material: Material, seed: int) -> tuple[LookUp, ...]:
    """Return the look-ups that ask for a number of a quoted passage, sorted by id.

    The answer is the number in figures, as the passage has it. Near duplicates give a question once.

    Args:
        material: the build's documents.
        seed: decides which documents are read, and which of their numbers are asked for.
    """
    return _found(material, seed)


def is_in_words_too(look_up: LookUp) -> bool:
    """Return whether the passage of a stated number has it in words beside its figures: `thirty (30)`."""
    words = in_words(value_of(look_up.answer), look_up.language)
    return bool(words and words_pattern(words).search(look_up.evidence))


@lru_cache(maxsize=4)
def _found(material: Material, seed: int) -> tuple[LookUp, ...]:
    found: dict[tuple[str, str], LookUp] = {}
    for entry in asked_documents(material, seed):
        for view in document_views(material.context(entry.doc_id)):
            context = view.context
            if context.language in languages_of(STATED_NUMBER) and context.domain not in _NO_PROSE_DOMAINS:
                asked = sorted(_of_document(view), key=lambda item: stable_hash64(STATED_NUMBER, seed, item.item))
                for look_up in asked[:_NUMBERS_PER_DOCUMENT]:
                    found.setdefault((look_up.cluster, look_up.question), look_up)
    return tuple(sorted(found.values(), key=lambda look_up: look_up.item))


def _of_document(view: DocumentView) -> Iterator[LookUp]:
    context = view.context
    spans = list(sentences(context.text, 0, len(context.text)))
    starts = [span.start for span in spans]
    plain = _without_figures(context.text)
    for one in quantities(context.text, context.language):
        index = bisect_right(starts, one.start) - 1
        if index >= 0 and one.end <= spans[index].end:
            look_up = _look_up(view, one, spans[index], plain)
            if look_up is not None:
                yield look_up


def _look_up(view: DocumentView, found: FoundQuantity, sentence: Span, plain: str) -> LookUp | None:
    """Return the question for a value, or None if it is no certain one.

    Args:
        view: the document.
        found: a value in it.
        sentence: the sentence with the value.
        plain: the document without its numbers.
    """
    context = view.context
    text, language = context.text, context.language
    run = _asked_run(text, found)
    if run is None:
        return None
    words = in_words(value_of(run.group()), language)
    beside = words_beside(text, run, words)
    if beside is None and has_other_form_beside(text, run):
        return None
    blank = Span(beside.whole_start, beside.whole_end) if beside else Span(run.start(), run.end())
    passage = _passage(context, sentence, blank)
    if passage is None:
        return None
    before, behind = one_line(text[passage.start : blank.start]), one_line(text[blank.end : passage.end])
    value = value_of(run.group())
    if states_number(f"{before}\n{behind}", value, words):
        return None
    if _num_times(plain, before, behind) != 1:
        return None
    question = wordings_of(STATED_NUMBER, language)["question"]
    return LookUp(
        item=content_id(STATED_NUMBER, context.doc_id, run.start(), run.end()),
        question=question.format(blank=_BLANK, passage=passage.shown(text, blank)),
        answer=run.group(),
        document=context,
        row_id=view.row.doc_id,
        start=passage.start,
        end=passage.end,
        task=STATED_NUMBER,
        form="",
        language=language,
    )


def _asked_run(text: str, found: FoundQuantity) -> re.Match[str] | None:
    """Return the figures of a value that can be asked for: a number with a unit, or a year of a date."""
    written = text[found.start : found.end]
    runs = [run for run in RUN.finditer(text, found.start, found.end) if not is_part_of_name(text, run)]
    if found.quantity.kind is QuantityKind.DATE:
        years = [run for run in runs if is_year(run.group())]
        return years[0] if len(years) == 1 else None
    if found.quantity.kind is not QuantityKind.NUMBER or found.quantity.unit in ("", CLOCK, HALF_CLOCK):
        return None
    if len(runs) != 1 or not PLAIN.fullmatch(runs[0].group()) or _ONE_LETTER_UNIT.search(written):
        return None
    return runs[0] if value_of(runs[0].group()) else None


@dataclass(frozen=True, slots=True)
class _Passage:
    """The part of a sentence that is quoted."""

    start: int
    end: int
    is_cut_before: bool
    is_cut_behind: bool

    def shown(self, text: str, blank: Span) -> str:
        """Return the passage with a blank for its number, and with dots where the sentence is cut."""
        before, behind = _DOTS if self.is_cut_before else "", _DOTS if self.is_cut_behind else ""
        quoted = one_line(f"{text[self.start : blank.start]}{_BLANK}{text[blank.end : self.end]}")
        return f"{before} {quoted} {behind}".strip()


def _passage(context: Context, sentence: Span, blank: Span) -> _Passage | None:
    """Return the part of a sentence that is quoted; None if it is no prose, or too short to be known again."""
    text, chars = context.text, language_rules(context.language).chars_per_token
    low, high = _paragraph(text, sentence, blank)
    start, end, limit = low, high, round(_MAX_PASSAGE_TOKENS * chars)
    if high - low > limit:
        start = max(low, blank.start - round(_SHARE_BEFORE * (limit - (blank.end - blank.start))))
        end = min(high, start + limit)
        start = max(low, end - limit)
        start = start if start == low else _next_word(text, start, blank.start)
        end = end if end == high else _last_word(text, blank.end, end)
    around = text[start : blank.start] + text[blank.end : end]
    num_letters = sum(char.isalpha() or char.isspace() for char in around)
    is_prose = num_letters >= _LEAST_LETTERS * len(around) and not _NO_PROSE.search(around)
    is_long = sum(char.isalpha() for char in around) >= _LEAST_PASSAGE_TOKENS * chars * _LEAST_LETTERS
    if is_prose and is_long and not is_damaged(text, Span(start, end)):
        return _Passage(start, end, is_cut_before=start > low, is_cut_behind=end < high)
    return None


def _paragraph(text: str, sentence: Span, blank: Span) -> tuple[int, int]:
    """Return the lines of a sentence around a number, without list items and headings above and below them."""
    start = text.rfind("\n", sentence.start, blank.start) + 1 or sentence.start
    while start > sentence.start:
        above = text.rfind("\n", 0, start - 1) + 1
        if _LIST_MARK.match(text, start) or start - above < _FULL_LINE_CHARS:
            break
        start = max(above, sentence.start)
    if mark := _LIST_MARK.match(text, start, blank.start):
        start = mark.end()
    end = text.find("\n", blank.end, sentence.end)
    while 0 <= end < sentence.end:
        line = text.rfind("\n", 0, end) + 1
        if _LIST_MARK.match(text, end + 1) or end - line < _FULL_LINE_CHARS:
            break
        end = text.find("\n", end + 1, sentence.end)
    end = sentence.end if end < 0 else end
    while start < blank.start and text[start].isspace():
        start += 1
    while end > blank.end and text[end - 1].isspace():
        end -= 1
    return start, end


def _next_word(text: str, start: int, end: int) -> int:
    while start < end and not text[start].isspace():
        start += 1
    while start < end and text[start].isspace():
        start += 1
    return start


def _last_word(text: str, start: int, end: int) -> int:
    while end > start and not text[end].isspace():
        end -= 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return end


def _num_times(plain: str, before: str, behind: str) -> int:
    """Return how many times a passage comes in a text without figures, whatever stands in the place of its number."""
    before, behind = _without_figures(before), _without_figures(behind)
    if not before or not behind:
        return plain.count(before or behind)
    pattern = rf"{re.escape(before)}.{{1,{_MAX_NUMBER_CHARS}}}?{re.escape(behind)}"
    return sum(1 for _ in re.finditer(pattern, plain))


def _without_figures(text: str) -> str:
    """Return a text on one line, in lower case, with a zero for each number in figures."""
    return one_line(_FIGURES.sub("0", text)).casefold()
