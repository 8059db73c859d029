"""Finds sentences of provisions that bind, allow or punish someone, or that set when something takes effect.

Takes a text, its `Outline` and its language; yields `Stated`s, from which several tasks make facts. A sentence is used
only if the language's rules parse all of it and its provision states nothing else about the same subject.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from pipeline.languages import Language, language_rules
from pipeline.languages.duty_rules import DutyRules, Statement
from pipeline.languages.provision_rules import PartSort
from pipeline.synthesize.structural.amending import amendment_lead
from pipeline.synthesize.structural.facts import Span, StructuralFact, make_fact
from pipeline.synthesize.structural.layout import is_damaged, one_line, quote, sentences
from pipeline.synthesize.structural.provisions import Outline, Provision, is_led_in
from pipeline.synthesize.structural.task import Form

_MAX_SENTENCE_CHARS = 600
_MAX_PROVISION_CHARS = 8_000
"""The maximum length of a provision to read; a longer one probably states several things about each subject.

The limit also bounds the time, because each sentence is compared with all others of its provision.
"""
_WITH_EXCEPTION = frozenset({"duty.must", "duty.ban", "duty.may"})
"""The forms whose answers include an exception in the next sentence; statements of other forms are then dropped."""


@dataclass(frozen=True, slots=True)
class Stated:
    """A statement with its provision and its evidence."""

    statement: Statement
    provision: Provision
    span: Span


def find_statements(*, text: str, outline: Outline, language: Language) -> Iterator[Stated]:
    """Yield what the provisions of a document demand, forbid, allow and punish, and when something takes effect."""
    rules = language_rules(language).legal.duties
    if rules is None:
        return
    inside = frozenset(_INSIDE.findall(text)) - frozenset(word.capitalize() for word in _COMMON.findall(text))
    for index, own in own_texts(outline):
        provision = outline.provisions[index]
        is_short = provision.body.end - provision.body.start <= _MAX_PROVISION_CHARS
        if is_short and not is_led_in(text, outline, index):
            yield from _statements(text, provision, own, rules, language, inside)


def own_texts(outline: Outline) -> Iterator[tuple[int, Span]]:
    """Yield the index and the own text of each provision that has such a text and no doubt about it.

    The own text is the text before the first provision inside. Containers and comparisons of wordings are left out.
    """
    for index, provision in enumerate(outline.provisions):
        if provision.is_container or provision.doubt or outline.parts[provision.part].kind is PartSort.COMPARISON:
            continue
        own = Span(provision.body.start, max(provision.body.start, provision.own_end))
        if own.end > own.start:
            yield index, own


def statement_facts(stated: Iterable[Stated], forms: Sequence[Form], language: Language) -> list[StructuralFact]:
    """Return the facts that statements of the given forms make."""
    by_name = {form.name: form for form in forms}
    return [
        make_fact(
            form=by_name[one.statement.form],
            slots={
                **dict(one.statement.slots),
                "clause": one.provision.named,
                **amendment_lead(one.provision, language),
            },
            answer=one.statement.answer,
            spans=[one.span],
        )
        for one in stated
        if one.statement.form in by_name
    ]


def _statements(
    text: str, provision: Provision, own: Span, rules: DutyRules, language: Language, inside: frozenset[str]
) -> list[Stated]:
    """Return the statements in the own text of a provision that are the only ones about their subject."""
    found: list[tuple[Statement, Span]] = []
    spans = list(sentences(text, own.start, own.end))
    whole = _Sentences(text, provision.body)
    for number, span in enumerate(spans):
        sentence = one_line(quote(text, span))
        if len(sentence) > _MAX_SENTENCE_CHARS or is_damaged(text, _with_break(text, span, own.start)):
            continue
        statement = rules.read(sentence)
        if statement is None or _is_in_list(text, own.start, span.start, language):
            continue
        unnamed = rules.unnamed.get(statement.form)
        if not _is_certain(text, provision, statement, rules, inside) or whole.has_elsewhere(unnamed, span):
            continue
        following = one_line(quote(text, spans[number + 1])) if number + 1 < len(spans) else ""
        if rules.exception is not None and rules.exception.match(following):
            is_whole = statement.form in _WITH_EXCEPTION and len(following) <= _MAX_SENTENCE_CHARS
            if not is_whole or is_damaged(text, Span(span.start, spans[number + 1].end)):
                continue
            statement = replace(statement, answer=f"{statement.answer} {following}")
            span = Span(span.start, spans[number + 1].end)
        found.append((statement, span))
    kinds = Counter((statement.form, statement.key) for statement, _ in found)
    subjects = Counter(statement.key for statement, _ in found)
    return [
        Stated(statement, provision, span)
        for statement, span in found
        if kinds[statement.form, statement.key] == 1 and subjects[statement.key] == 1
    ]


class _Sentences:
    """The sentences of a provision, split on first use."""

    def __init__(self, text: str, body: Span) -> None:
        self._text, self._body = text, body

    @cached_property
    def _sentences(self) -> list[tuple[Span, str]]:
        found = sentences(self._text, self._body.start, self._body.end)
        return [(span, one_line(quote(self._text, span))) for span in found]

    def has_elsewhere(self, unnamed: re.Pattern[str] | None, span: Span) -> bool:
        """Return whether a sentence outside a span matches `unnamed`: the same statement, but without its subject."""
        return unnamed is not None and any(
            unnamed.search(words)
            for other, words in self._sentences
            if other.end <= span.start or other.start >= span.end
        )


def _is_in_list(text: str, start: int, end: int, language: Language) -> bool:
    """Return whether a list item that the outline lacks comes before a sentence, which may belong to that item."""
    rules = language_rules(language).legal.provisions
    families = rules.items if rules is not None else ()
    return any(
        _MARK.match(text, opening.end(), end)
        or any(family.pattern.match(text, opening.end(), end) for family in families)
        for opening in _LINE_START.finditer(text, start, end)
    )


_LINE_START = re.compile(r"^[ \t>]*", re.MULTILINE)
_MARK = re.compile(r"(?:\(?\d{1,3}[.)]|[-•▪●–*])[ \t]")
"""The mark of a list item: `1. `, `- `."""


def _with_break(text: str, span: Span, low: int) -> Span:
    """Extend a span to the last character before it, so that `is_damaged` also finds damage there."""
    start = span.start
    while start > low and text[start - 1].isspace():
        start -= 1
    return Span(max(low, start - 1), span.end)


def _is_certain(
    text: str, provision: Provision, statement: Statement, rules: DutyRules, inside: frozenset[str]
) -> bool:
    """Return whether the subject of a statement, if it has one, is certain.

    The provision must say only once what the subject must or may do. The subject must not be a common noun that has
    a capital because it begins the sentence.
    """
    subject = dict(statement.slots).get("subject", "")
    if not subject:
        return True
    if _PLURAL.fullmatch(subject) and subject not in inside:
        return False
    again = re.compile(rules.subject_again(subject))
    return sum(1 for _ in again.finditer(text, provision.body.start, provision.body.end)) <= 1


_PLURAL = re.compile(r"[A-Z][\w’'-]*[^s]s")
"""A plural with a capital: `Tenants`."""
_INSIDE = re.compile(r"(?<=[a-z,] )[A-Z][\w’'&-]*")
"""A word with a capital in the middle of a sentence."""
_COMMON = re.compile(r"(?<![\w’'&-])[a-z]+s(?![\w’'&-])")
"""A plural without a capital, which is a common noun."""
