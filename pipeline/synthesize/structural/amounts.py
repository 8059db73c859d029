"""Facts of the task `amount`: sums of money in numbered provisions.

Comes in: text, its `Outline` and language; goes out: `Findings`. A question names the purpose of a sum only where the
sentence itself names it (`USD 205 per month (the "Storage Fee")`, `보증금은 금 50,000,000원으로 한다`); otherwise
it asks for the only sum, or for all sums, of a provision. Linear.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass

from pipeline.config.build import StructuralTask
from pipeline.languages import Language, language_rules
from pipeline.languages.legal_rules import MoneyRules
from pipeline.synthesize.structural.clauses import amendment_lead
from pipeline.synthesize.structural.facts import Findings, QuestionForm, Refusal, Span, StructuralFact, make_fact
from pipeline.synthesize.structural.layout import one_line, quote, sentences
from pipeline.synthesize.structural.provisions import ENTRY, Outline, Provision, label_spans

_MAX_LISTED = 6


@dataclass(frozen=True, slots=True)
class _Sum:
    money: Span
    stated: Span
    """With its limit and rate: `up to USD 3,500`, `USD 205 per month`."""
    name: str


def amount_facts(*, text: str, outline: Outline, language: Language) -> Findings:
    """Facts about the sums of money that leaf provisions state."""
    rules = language_rules(language).legal.money
    if rules is None:
        return Findings(facts=(), refusals=())
    occurrences = Counter(_canonical(match.group(), rules) for match in rules.money.finditer(text))
    facts: list[StructuralFact] = []
    refusals: list[Refusal] = []
    for index, provision in enumerate(outline.provisions):
        if not provision.is_leaf or provision.is_container:
            continue
        sums = [_sum(text, match, provision, rules) for match in rules.money.finditer(text, *_bounds(provision))]
        if any(_is_nothing(quote(text, item.money)) for item in sums):
            continue
        if not sums or _is_only_an_example(text, provision, sums, language):
            continue
        if provision.doubt or len(sums) > _MAX_LISTED:
            refusals.append(_refuse(provision, len(sums)))
            continue
        facts.extend(_provision_facts(text, provision, sums, language))
        if provision.noun == ENTRY:
            continue
        if len(sums) == 1 and occurrences[_canonical(quote(text, sums[0].money), rules)] == 1:
            facts.append(
                make_fact(
                    form=QuestionForm.AMOUNT_PLACE,
                    slots={"amount": one_line(quote(text, sums[0].money))},
                    answer=provision.named,
                    spans=[*label_spans(text=text, outline=outline, index=index), _sentence(text, provision, sums[0])],
                )
            )
    return Findings(facts=tuple(facts), refusals=tuple(refusals))


def _provision_facts(text: str, provision: Provision, sums: list[_Sum], language: Language) -> list[StructuralFact]:
    slots = {"clause": provision.named, **amendment_lead(provision, language)}
    facts = []
    for item in sums:
        if item.name and not _answers_itself(provision, one_line(quote(text, item.money))):
            facts.append(
                make_fact(
                    form=QuestionForm.AMOUNT_NAMED,
                    slots={"name": item.name, **slots},
                    answer=one_line(quote(text, item.stated)),
                    spans=[_sentence(text, provision, item)],
                )
            )
    stated = list(dict.fromkeys(one_line(quote(text, item.stated)) for item in sums))
    bare = list(dict.fromkeys(one_line(quote(text, item.money)) for item in sums))
    if len(bare) < len(stated):
        stated = bare  # the same sum with and without its limit is one
    if (
        provision.is_long
        or _has_other_money(text, provision, sums, language)
        or any(_answers_itself(provision, one_line(quote(text, item.money))) for item in sums)
    ):
        return facts
    facts.append(
        make_fact(
            form=QuestionForm.AMOUNT_ONLY if len(stated) == 1 else QuestionForm.AMOUNT_ALL,
            slots=slots,
            answer="; ".join(stated),
            spans=[_sentence(text, provision, item) for item in sums],
        )
    )
    return facts


def _is_nothing(money: str) -> bool:
    """Whether a sum is zero: it bounds another one, and nobody asks how much it is."""
    digits = re.findall(r"\d", money)
    return bool(digits) and not any(digit != "0" for digit in digits)


def _answers_itself(provision: Provision, money: str) -> bool:
    """Whether the heading that names a provision in the question gives its sum away."""
    return money in provision.named


def _has_other_money(text: str, provision: Provision, sums: list[_Sum], language: Language) -> bool:
    """Whether there is a sum in a form that is not read, so that those read are not all."""
    rules = language_rules(language).legal.money
    if rules is None or rules.other is None:
        return False
    known = [(item.money.start, item.money.end) for item in sums]
    return any(
        not any(start <= match.start() < end for start, end in known)
        for match in rules.other.finditer(text, *_bounds(provision))
    )


def _is_only_an_example(text: str, provision: Provision, sums: list[_Sum], language: Language) -> bool:
    rules = language_rules(language).legal.money
    example = rules.example if rules is not None else None
    return example is not None and all(example.search(quote(text, _sentence(text, provision, item))) for item in sums)


def _sum(text: str, match: re.Match[str], provision: Provision, rules: MoneyRules) -> _Sum:
    start, end, name = rules.read_sum(text, *match.span(), *_bounds(provision))
    return _Sum(money=Span(*match.span()), stated=Span(start, end), name=name)


def _bounds(provision: Provision) -> tuple[int, int]:
    return provision.body.start, provision.body.end


def _sentence(text: str, provision: Provision, item: _Sum) -> Span:
    for sentence in sentences(text, *_bounds(provision)):
        if sentence.start <= item.money.start < sentence.end:
            return sentence
    return item.stated


def _canonical(money: str, rules: MoneyRules) -> str:
    bare = re.sub(r"[\s,]", "", money)
    return re.sub(rules.unspoken, "", bare) if rules.unspoken else bare


def _refuse(provision: Provision, count: int) -> Refusal:
    detail = provision.doubt_detail or f"{provision.label} states {count} sums; the limit is {_MAX_LISTED}"
    return Refusal(
        task=StructuralTask.AMOUNT,
        subject=provision.label,
        reason=provision.doubt.value or "list_too_long",
        detail=detail,
        span=provision.body,
    )
