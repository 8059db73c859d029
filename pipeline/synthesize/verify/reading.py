"""Reads a text as statements: its values with their bounds, its words with names, and its clauses.

Takes a reply or a quote; returns a `Statement`. Values come from the readers of all languages, those of the text's own
language first, and words from its own rules; for a language with `read_words`, from its analyser. Time is linear in the
length of the text, apart from the languages' patterns.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache, lru_cache
from itertools import pairwise

from pipeline.languages import all_rules, compiled, language_rules
from pipeline.languages.quantities import (
    CLOCK,
    HALF_CLOCK,
    FoundQuantity,
    Quantity,
    QuantityKind,
    number_of,
    same_quantity,
)
from pipeline.languages.statement_rules import Bound, StatementRules, Word
from pipeline.languages.units import SIGNS_BEFORE, SYMBOLS
from pipeline.synthesize.sentences import Span, piece_at, sentence_spans
from pipeline.synthesize.words import is_stop_word, stem

_MAX_REMEMBERED_TEXTS = 512
_MAX_REMEMBERED_DOCUMENTS = 4
_MARK = re.compile(
    r"`(?P<quoted>[^`\n]{1,80})`"
    r"|(?<![\w.)\]])(?P<plain>\.[A-Za-z]\w{1,5}(?!\.\w)|--?[a-z][\w-]+|[A-Za-z]\w+(?:\.[A-Za-z_]\w+)+(?:\(\))?|\w*[A-Za-z]\w*\(\)|[A-Za-z]+_\w+|_\w*[A-Za-z]\w*"
    r"|[a-z]+[A-Z]\w+|[A-Z]{1,6}-\d[\w-]*|[A-Z]{1,4}\d+[A-Z0-9]*|[vV]\d+(?:\.\d+)+|\d+(?:\.\d+){2,})(?![\w])",
    re.ASCII,
)
"""Identifiers, options, file suffixes, part numbers, versions and text in backticks."""
_DATE_LIKE = re.compile(r"\d{4}[.-]\d{1,2}[.-]\d{1,2}|(?:1[3-9]|2\d|3[01])\.\d{1,2}\.(?:19|20)\d{2}")
_FIGURES = re.compile(r"(?<![\w.])(?:\d{1,3}(?:_\d{3})+|\d+(?:,\d{3})*(?:\.\d+)?)", re.ASCII)
_LIST_MARK = re.compile(r"(?m)^\s*(?:[-*•·]\s+|#{1,6}\s+)?\(?(?:\d{1,3}|[a-z]|[ivx]{1,4})[.)]\s+|^\s*[①-⑳]\s*")
_CONVERTED = frozenset({"minute", "day", "business_day", "month", *(unit for unit, _ in SYMBOLS.values())}) - set(
    SIGNS_BEFORE.values()
)
_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
_SENTENCE_START = re.compile(r"(?:^|[.!?:][\"”’)]*\s+|\n\s*|[\"“]|[|•*#-]\s+)$")
_CLAUSE_END = re.compile(r"[,;:](?=\s)|[.!?。](?=\s|$)|\n+|\s[–—-]\s|\s\(|\)\s")
_WRAPPED = re.compile(r"\n[ \t]*(?=[^\W\d_])(?![A-ZÀ-Þ])")
"""A line break before a word without a capital, which may only wrap a sentence."""
_MIN_WRAPPED_CHARS = 20
_ANCHORS = frozenset({Bound.BEFORE, Bound.AFTER})
_LARGER = {"month": (12,), "day": (7,), "minute": (60,)}
_BEFORE_CHARS = 40
_BEHIND_CHARS = 24


@dataclass(frozen=True, slots=True)
class StatedValue:
    """A value of a text, with its bound if it has one."""

    start: int
    end: int
    quantity: Quantity
    bound: Bound | None
    anchor: Bound | None
    """`BEFORE` or `AFTER`, if a period is counted from something or a date limits something."""
    is_word: bool
    figure: Fraction | None = None
    """The number as written, before its unit was converted: 2,000 of `2,000 hours`. None for a sum of money."""
    is_list_mark: bool = False
    is_count: bool = False
    """Whether it is a bare number that counts the things named directly behind it: `61 visitors`."""


def same_value(stated: StatedValue, known: StatedValue) -> bool:
    """Return whether two values may be the same; a bare number agrees with the figures of any unit but a currency.

    A number that counts things agrees with no number that has a unit: 61 visitors are not 61 percent.
    """
    if any(one.is_count and other.quantity.unit for one, other in ((stated, known), (known, stated))):
        return False
    if same_quantity(stated.quantity, known.quantity):
        return True
    for bare, other in ((stated, known), (known, stated)):
        is_bare = bare.quantity.kind is QuantityKind.NUMBER and not bare.quantity.unit
        if is_bare and bare.quantity.number in (other.figure, *_in_larger_units(other.quantity)):
            return True
    return False


@dataclass(frozen=True, slots=True)
class Clause:
    """A part of a sentence that states one thing."""

    start: int
    end: int
    stems: frozenset[str]
    is_negated: bool
    is_unclear: bool
    """Whether it has several negations, or one that denies nothing by itself."""
    denied: frozenset[str]
    """The stems next to its negations, which they deny."""
    condition: frozenset[str]
    """The stems of a condition that lifts its negation: consent, in `not without consent`."""
    excepted: frozenset[str]
    """The stems of the exceptions in its sentence: `unless the plot is empty`."""
    verbs: frozenset[str]
    """The stems of its verbs; empty in a language whose reader does not tell them."""
    negative_words: frozenset[str]
    """The words of its sentence that may express a negation in another way: `prohibited`."""


@dataclass(frozen=True, slots=True)
class Statement:
    """A text that was read."""

    text: str
    values: tuple[StatedValue, ...]
    words: tuple[Word, ...]
    clauses: tuple[Clause, ...]

    @property
    def stems(self) -> frozenset[str]:
        """The stems of all words."""
        return frozenset(word.stem for word in self.words)


@lru_cache(maxsize=_MAX_REMEMBERED_TEXTS)
def read_statement(text: str, language: str) -> Statement:
    """Return a text with its values, words and clauses."""
    values = tuple(read_values(text, language))
    words = tuple(_words_outside(text, values, language))
    return Statement(text, values, words, tuple(_clauses(text, values, words, language)))


def _in_larger_units(quantity: Quantity) -> list[Fraction]:
    """Return a length of time in the larger units that a list may name once: ten years for one, two for the other."""
    return [quantity.number / factor for factor in _LARGER.get(quantity.unit, ())]


def read_values(text: str, language: str) -> list[StatedValue]:
    """Return the values of a text in order, without overlaps."""
    taken = _Apart()
    marks: set[int] = set()
    for match in _LIST_MARK.finditer(text):
        label = re.sub(r"\W", "", match.group())
        if label and label.isdecimal():
            taken.add(FoundQuantity(match.start(), match.end(), number_of(int(label))))
            marks.add(match.start())
    for found in _found(text, language):
        taken.add(found)
    return [
        StatedValue(
            found.start,
            found.end,
            found.quantity,
            *_bounds(text, found, language),
            found.is_word,
            figure=_figure(text, found),
            is_list_mark=found.start in marks,
            is_count=_counts(text, found, language),
        )
        for found in taken.in_order
    ]


@lru_cache(maxsize=_MAX_REMEMBERED_DOCUMENTS)
def values_of_document(text: str, language: str) -> tuple[StatedValue, ...]:
    """Return the values of a whole document, which all replies about it need."""
    return tuple(read_values(text, language))


class _Apart:
    """Quantities in the order of the text, of which no two overlap; of two that do, the one that was added first."""

    def __init__(self) -> None:
        self.in_order: list[FoundQuantity] = []

    def add(self, found: FoundQuantity) -> None:
        """Take a quantity, unless it overlaps one that is there."""
        place = bisect_right(self.in_order, found.start, key=lambda other: other.start)
        if place and self.in_order[place - 1].end > found.start:
            return
        if place < len(self.in_order) and self.in_order[place].start < found.end:
            return
        self.in_order.insert(place, found)


def _found(text: str, language: str) -> Iterator[FoundQuantity]:
    for match in _MARK.finditer(text):
        label = (match["quoted"] or match["plain"]).strip()
        if _DATE_LIKE.fullmatch(label) or not re.search(r"[^\W\d]|\.\d+\.", label):
            continue
        yield FoundQuantity(match.start(), match.end(), Quantity(QuantityKind.MARK, label=plain_mark(label)))
    others = [name for name, _ in all_rules() if name != language]
    for name in (language, *others):
        if name == language or _may_hold(text, name):
            yield from language_rules(name).statements.find_quantities(text)
    for match in _FIGURES.finditer(text):
        yield FoundQuantity(match.start(), match.end(), number_of(_number(match.group())))


def _figure(text: str, found: FoundQuantity) -> Fraction | None:
    if found.quantity.kind is not QuantityKind.NUMBER or found.quantity.unit not in _CONVERTED:
        return None
    figures = _FIGURES.search(text, found.start, found.end)
    return _number(figures.group()) if figures else None


def _number(figures: str) -> Fraction:
    """Return the number that figures name, with commas or with the underscores of code between the thousands."""
    return Fraction(figures.replace(",", "").replace("_", ""))


def _counts(text: str, found: FoundQuantity, language: str) -> bool:
    """Return whether a number without a unit directly precedes a noun that it counts."""
    if found.quantity.kind is not QuantityKind.NUMBER or found.quantity.unit or found.is_word:
        return False
    return compiled_ignoring_case(language_rules(language).statements.counted).match(text, found.end) is not None


def _may_hold(text: str, language: str) -> bool:
    """Return whether a text has letters of another language's script, or that language has no script of its own."""
    detection = language_rules(language).detection
    return re.search(f"[{detection.letters}]", text) is not None


def plain_mark(label: str) -> str:
    """Return an identifier in lower case, without backticks, quotation marks, call brackets and leading dashes."""
    return label.strip("`'\" ").removesuffix("()").lstrip("-").lower()


def _bounds(text: str, found: FoundQuantity, language: str) -> tuple[Bound | None, Bound | None]:
    """Return how a value limits something, and whether it lies before or after something: `within`, `after`."""
    before = text[max(0, found.start - _BEFORE_CHARS) : found.start]
    behind = text[found.end : found.end + _BEHIND_CHARS]
    bounds = [bound for pattern, bound in _bounds_before(language) if pattern.search(before)]
    behind_it = [bound for pattern, bound in _bounds_behind(language) if pattern.match(behind)]
    limits = [bound for bound in (*bounds, *behind_it) if bound not in _ANCHORS]
    if language_rules(language).statements.verb_is_last and not limits:
        bounds = []  # 검수한 뒤 60일: the words before say from when it counts, not that it must have passed
    anchors = [bound for bound in (*bounds, *behind_it) if bound in _ANCHORS]
    if Bound.BEFORE in behind_it:
        limits = _of_time_left(before, language) or limits
    if found.quantity.kind is QuantityKind.DATE or found.quantity.unit in (CLOCK, HALF_CLOCK):
        anchors += [Bound.BEFORE if bound.is_upper else Bound.AFTER for bound in limits]
        limits = []
    return (limits[0] if limits else None), (anchors[0] if anchors else None)


def _of_time_left(before: str, language: str) -> list[Bound]:
    """Return the bound of the time that is left before something: up to 14 days before it, 14 days or more are left."""
    rules = language_rules(language).statements
    if compiled_ignoring_case(rules.up_to).search(before):
        return [Bound.AT_LEAST]
    return [Bound.AT_MOST] if compiled_ignoring_case(rules.no_sooner).search(before) else []


@cache
def _bounds_before(language: str) -> tuple[tuple[re.Pattern[str], Bound], ...]:
    patterns = language_rules(language).statements.bounds_before
    return tuple((re.compile(rf"(?<!\w)(?:{pattern})", re.IGNORECASE), bound) for bound, pattern in patterns.items())


@cache
def _bounds_behind(language: str) -> tuple[tuple[re.Pattern[str], Bound], ...]:
    patterns = language_rules(language).statements.bounds_behind
    return tuple((re.compile(pattern, re.IGNORECASE), bound) for bound, pattern in patterns.items())


def _words_outside(text: str, values: tuple[StatedValue, ...], language: str) -> Iterator[Word]:
    """Yield the words that are not part of a number, date or place, and no ending behind a closing backtick.

    Such an ending is a particle or a plural, and no word of its own.
    """
    closed = {v.end for v in values if v.quantity.kind is QuantityKind.MARK and text[v.end - 1] == "`"}
    inside = [(v.start, v.end) for v in values if v.quantity.kind is not QuantityKind.MARK]
    read = language_rules(language).statements.read_words
    for word in read(text) if read else _plain_words(text, language):
        if word.start not in closed and all(word.end <= start or end <= word.start for start, end in inside):
            yield word


def _plain_words(text: str, language: str) -> tuple[Word, ...]:
    """Return the words of a text that are no stop words; a capital letter inside a sentence makes a name."""
    found = []
    openers = language_rules(language).statements.openers
    matches = list(_WORD.finditer(text))
    for index, match in enumerate(matches):
        word = match.group()
        if is_stop_word(word):
            continue
        is_capital = word[0].isupper()
        opens = _SENTENCE_START.search(text[max(0, match.start() - 8) : match.start()]) is not None
        following = matches[index + 1] if index + 1 < len(matches) else None
        leads = (
            following is not None
            and following.start() == match.end() + 1
            and following.group()[0].isupper()
            and not is_stop_word(following.group())
            and word.lower() not in openers
        )
        is_name = is_capital and (not opens or leads or (word.isupper() and len(word) > 1))
        found.append(Word(match.start(), match.end(), stem(word), is_name=is_name))
    return tuple(found)


def _clauses(text: str, values: tuple[StatedValue, ...], words: tuple[Word, ...], language: str) -> Iterator[Clause]:
    rules = language_rules(language).statements
    sentences = sentence_spans(text, start=0, end=len(text))
    spans = clause_spans(text, values, language)
    for span in _with_verb(text, spans, words) if rules.verb_is_last else spans:
        part = compiled_ignoring_case(rules.not_negations).sub(" ", text[span.start : span.end])
        negations = compiled_ignoring_case(rules.negations).findall(part)
        written = [
            match.span() for match in compiled_ignoring_case(rules.negations).finditer(text, span.start, span.end)
        ]
        around = _between_semicolons(text, piece_at(sentences, span.start) or span, span)
        words_of_sentence = compiled_ignoring_case(rules.negative_words).finditer(
            text, around.start, max(around.end, span.end)
        )
        only = compiled_ignoring_case(rules.only)
        excepted = [
            match.span() for match in compiled_ignoring_case(rules.exceptions).finditer(text, around.start, around.end)
        ]
        negative = [
            match
            for match in words_of_sentence
            if span.start <= match.start() < span.end
            or not (only.match(f"{match.group()} ") or any(low <= match.start() < high for low, high in excepted))
        ]
        lifted = compiled_ignoring_case(rules.exceptions).search(text, span.start, span.end)
        low, high = lifted.span("condition") if lifted else (0, 0)
        yield Clause(
            span.start,
            span.end,
            frozenset(word.stem for word in words if span.start <= word.start < span.end),
            is_negated=len(negations) == 1,
            is_unclear=len(negations) > 1 or len(negations) < len(written),
            denied=frozenset(stem for at in written for stem in _denied(words, span, at, rules)),
            condition=frozenset(word.stem for word in words if low <= word.start < high),
            excepted=frozenset(w.stem for w in words if any(start <= w.start < end for start, end in excepted)),
            verbs=frozenset(word.stem for word in words if word.is_verb and span.start <= word.start < span.end),
            negative_words=frozenset(match.group().lower() for match in negative),
        )


def _with_verb(text: str, spans: Sequence[Span], words: tuple[Word, ...]) -> list[Span]:
    """Return clauses, of which one that ends in a bare noun and a comma is joined with the next, which has its verb."""
    ends = {word.end for word in words if not word.is_verb}
    joined: list[Span] = []
    start: int | None = None
    for span in spans:
        written = text[span.start : span.end].rstrip()
        is_list_item = written.endswith(",") and span.start + len(written) - 1 in ends
        start = span.start if start is None else start
        if is_list_item and span is not spans[-1]:
            continue
        joined.append(Span(start=start, end=span.end))
        start = None
    return joined


def _between_semicolons(text: str, sentence: Span, clause: Span) -> Span:
    """Return the part of a sentence between semicolons that has a clause."""
    start = max(sentence.start, text.rfind(";", 0, clause.start) + 1)
    end = text.find(";", clause.end - 1, sentence.end)
    return Span(start=start, end=sentence.end if end < 0 else end)


def _denied(words: tuple[Word, ...], clause: Span, negation: tuple[int, int], rules: StatementRules) -> list[str]:
    """Return the stems of the words next to a negation, as many as the language says."""
    position, behind_it = negation
    ahead = [word for word in words if clause.start <= word.start < position]
    before = [word.stem for word in ahead]
    if rules.verb_is_last and ahead and ahead[-1].is_verb:
        return before[-1:]  # what is denied is the verb: 증액하지 않고
    behind = [word.stem for word in words if behind_it <= word.start < clause.end]
    return (
        before[len(before) - rules.num_denied_before :]
        if rules.num_denied_before
        else behind[: rules.num_denied_behind]
    )


def clause_spans(text: str, values: tuple[StatedValue, ...], language: str) -> list[Span]:
    """Return the clauses of a text as spans; a value is never cut."""
    breaks = {0, len(text)}
    inside = [(value.start, value.end) for value in values]
    for pattern in (_CLAUSE_END, compiled_ignoring_case(language_rules(language).statements.clause_breaks)):
        for match in pattern.finditer(text):
            if not any(start < match.end() < end for start, end in inside) and not _is_wrapped(text, match.start()):
                breaks.add(match.end())
    ordered = sorted(breaks)
    return [Span(start=start, end=end) for start, end in pairwise(ordered) if text[start:end].strip()]


def _is_wrapped(text: str, position: int) -> bool:
    """Return whether a line break only wraps a sentence: the line before is long and ends in a word."""
    line = text[text.rfind("\n", 0, position) + 1 : position].rstrip()
    ends_in_word = bool(line) and (line[-1].isalnum() or line[-1] in "`'\"”’)")
    return ends_in_word and len(line) >= _MIN_WRAPPED_CHARS and _WRAPPED.match(text, position) is not None


@cache
def compiled_ignoring_case(pattern: str) -> re.Pattern[str]:
    """Return a compiled pattern that ignores case; for an empty pattern, return one that never matches."""
    return re.compile(pattern, re.IGNORECASE) if pattern else compiled("")
