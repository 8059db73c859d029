"""Facts of the tasks `duty` and `deadline.effective`, shares and days of amendment: one sentence of a provision each.

Comes in: text, its `Outline` and language; goes out: `Findings`. A sentence is asked about only where the language
reads it whole, and where its provision states nothing else of the same subject. Linear.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from functools import cached_property

from pipeline.config.build import StructuralTask
from pipeline.languages import Language, language_rules
from pipeline.languages.duty_rules import DutyRules, Statement
from pipeline.languages.provision_rules import PartSort
from pipeline.synthesize.structural.clauses import amendment_lead, is_damaged
from pipeline.synthesize.structural.facts import Findings, QuestionForm, Span, StructuralFact, make_fact
from pipeline.synthesize.structural.layout import one_line, quote, sentences
from pipeline.synthesize.structural.provisions import Outline, Provision, is_led_in, label_spans

_MAX_SENTENCE_CHARS = 600
_MAX_PROVISION_CHARS = 8_000
"""Longer provisions say too much of everyone; each sentence is also compared with all others of its provision."""
_WITH_EXCEPTION = frozenset({QuestionForm.DUTY_MUST, QuestionForm.DUTY_BAN, QuestionForm.DUTY_MAY})
"""Forms whose answers go on with the sentence that limits them; others with such a sentence are not asked."""


def duty_facts(*, text: str, outline: Outline, language: Language, tasks: frozenset[StructuralTask]) -> Findings:
    """What provisions demand, forbid, allow and punish, when they take effect, their shares and days of amendment."""
    rules = language_rules(language).legal.duties
    if rules is None:
        return Findings(facts=(), refusals=())
    facts: list[StructuralFact] = []
    inside = frozenset(_INSIDE.findall(text)) - frozenset(word.capitalize() for word in _COMMON.findall(text))
    for index, provision in enumerate(outline.provisions):
        if provision.is_container or provision.doubt or outline.parts[provision.part].kind is PartSort.COMPARISON:
            continue
        own = Span(provision.body.start, max(provision.body.start, provision.own_end))
        if own.end <= own.start:
            continue
        is_short = provision.body.end - provision.body.start <= _MAX_PROVISION_CHARS
        if is_short and not is_led_in(text, outline, index):
            facts += _statements(text, provision, own, rules, language, inside)
        if provision.is_leaf:
            facts += _share(text, provision, rules, language)
        facts += _amended(text, outline, index, own, rules)
    return Findings(facts=tuple(fact for fact in facts if fact.form.task in tasks), refusals=())


def _statements(
    text: str, provision: Provision, own: Span, rules: DutyRules, language: Language, inside: frozenset[str]
) -> list[StructuralFact]:
    found: list[tuple[Statement, Span]] = []
    said = list(sentences(text, own.start, own.end))
    whole = _Said(text, provision.body)
    for number, span in enumerate(said):
        sentence = one_line(quote(text, span))
        if len(sentence) > _MAX_SENTENCE_CHARS or is_damaged(text, _with_break(text, span, own.start)):
            continue
        statement = rules.read(sentence)
        if statement is None or _is_in_list(text, own.start, span.start, language):
            continue
        unnamed = rules.unnamed.get(statement.form)
        if not _is_certain(text, provision, statement, rules, inside) or whole.has_elsewhere(unnamed, span):
            continue
        following = one_line(quote(text, said[number + 1])) if number + 1 < len(said) else ""
        if rules.exception is not None and rules.exception.match(following):
            is_whole = statement.form in _WITH_EXCEPTION and len(following) <= _MAX_SENTENCE_CHARS
            if not is_whole or is_damaged(text, Span(span.start, said[number + 1].end)):
                continue
            statement = replace(statement, answer=f"{statement.answer} {following}")
            span = Span(span.start, said[number + 1].end)
        found.append((statement, span))
    kinds = Counter((statement.form, statement.key) for statement, _ in found)
    subjects = Counter(statement.key for statement, _ in found)
    slots = {"clause": provision.named, **amendment_lead(provision, language)}
    return [
        make_fact(
            form=QuestionForm(statement.form),
            slots={**dict(statement.slots), **slots},
            answer=statement.answer,
            spans=[span],
        )
        for statement, span in found
        if kinds[statement.form, statement.key] == 1 and subjects[statement.key] == 1
    ]


class _Said:
    """All sentences of a provision, split when the first of them is asked for."""

    def __init__(self, text: str, body: Span) -> None:
        self._text, self._body = text, body

    @cached_property
    def _sentences(self) -> list[tuple[Span, str]]:
        found = sentences(self._text, self._body.start, self._body.end)
        return [(span, one_line(quote(self._text, span))) for span in found]

    def has_elsewhere(self, unnamed: re.Pattern[str] | None, span: Span) -> bool:
        """Whether a sentence outside a span says the same of someone it does not name, who may be the same."""
        return unnamed is not None and any(
            unnamed.search(words)
            for other, words in self._sentences
            if other.end <= span.start or other.start >= span.end
        )


def _is_in_list(text: str, start: int, end: int, language: Language) -> bool:
    """Whether items stand before a sentence that the outline does not have: it would be a rule of one of them."""
    rules = language_rules(language).legal.provisions
    families = rules.items if rules is not None else ()
    return any(
        _MARK.match(text, opening.end(), end)
        or any(family.pattern.match(text, opening.end(), end) for family in families)
        for opening in _LINE_START.finditer(text, start, end)
    )


_LINE_START = re.compile(r"^[ \t>]*", re.MULTILINE)
_MARK = re.compile(r"(?:\(?\d{1,3}[.)]|[-•▪●–*])[ \t]")


def _with_break(text: str, span: Span, low: int) -> Span:
    """A sentence with the last letter before it, so that a break inside a sentence is seen from behind it."""
    start = span.start
    while start > low and text[start - 1].isspace():
        start -= 1
    return Span(max(low, start - 1), span.end)


def _is_certain(
    text: str, provision: Provision, statement: Statement, rules: DutyRules, inside: frozenset[str]
) -> bool:
    """Whether the provision says of the subject only this, and its name is no noun with the capital of a sentence."""
    subject = dict(statement.slots).get("subject", "")
    if not subject:
        return True
    if _PLURAL.fullmatch(subject) and subject not in inside:
        return False
    again = re.compile(rules.subject_again(subject))
    return sum(1 for _ in again.finditer(text, provision.body.start, provision.body.end)) <= 1


_PLURAL = re.compile(r"[A-Z][\w’'-]*[^s]s")
_INSIDE = re.compile(r"(?<=[a-z,] )[A-Z][\w’'&-]*")
"""Words with a capital in the middle of a sentence."""
_COMMON = re.compile(r"(?<![\w’'&-])[a-z]+s(?![\w’'&-])")
"""The same words as common nouns."""


def _share(text: str, provision: Provision, rules: DutyRules, language: Language) -> list[StructuralFact]:
    """The only share that a provision states."""
    start, end = provision.body.start, provision.body.end
    if provision.is_long or rules.share_sign.search(text, start, end) is None:
        return []
    shares = list(rules.share.finditer(text, start, end))
    if len(shares) != 1 or not re.search(r"\d", shares[0].group()):
        return []
    if shares[0].group().strip() in provision.named:
        return []
    for span in sentences(text, start, end):
        if span.start <= shares[0].start() < span.end:
            return [
                make_fact(
                    form=QuestionForm.AMOUNT_SHARE,
                    slots={"clause": provision.named, **amendment_lead(provision, language)},
                    answer=_without_brackets(one_line(shares[0].group())),
                    spans=[span],
                )
            ]
    return []


def _without_brackets(share: str) -> str:
    return share[1:-1].strip() if share.startswith("(") and share.endswith(")") and share.count("(") == 1 else share


def _amended(text: str, outline: Outline, index: int, own: Span, rules: DutyRules) -> list[StructuralFact]:
    """The days that the only mark of amendment in a provision gives."""
    provision = outline.provisions[index]
    if rules.amended is None:
        return []
    marks = list(rules.amended.finditer(text, own.start, own.end))
    if len(marks) != 1 or len(re.findall(rules.amended_opening, quote(text, own))) != 1:
        return []
    days = marks[0]["days"] or marks[0]["whole"]
    heads = label_spans(text=text, outline=outline, index=index)
    return [
        make_fact(
            form=QuestionForm.CLAUSE_AMENDED,
            slots={"clause": provision.named},
            answer=one_line(days),
            spans=[*heads, Span(*marks[0].span())],
        )
    ]
