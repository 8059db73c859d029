"""The task `amount` asks about sums of money and percentages in the provisions of a legal text.

A question names the purpose of a sum only if the sentence states it: `USD 205 per month (the "Storage Fee")`,
`보증금은 금 50,000,000원으로 한다`. Other questions ask for the only sum or for all sums of a provision, for the
provision that states a sum, or for the only percentage of a provision. Only leaf provisions are read: those that
contain no other provisions. Time is linear in the length of the text.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from pipeline.languages import Language, language_rules
from pipeline.languages.duty_rules import DutyRules
from pipeline.languages.legal_rules import MoneyRules
from pipeline.synthesize.structural.amending import amendment_lead
from pipeline.synthesize.structural.facts import Findings, Span, StructuralFact, Unasked, make_fact, not_asked
from pipeline.synthesize.structural.layout import one_line, quote, sentences
from pipeline.synthesize.structural.markup import without_markup
from pipeline.synthesize.structural.provisions import ENTRY, Outline, Provision, label_spans
from pipeline.synthesize.structural.reading import Reading
from pipeline.synthesize.structural.statements import own_texts
from pipeline.synthesize.structural.task import Form, StructuralTask, Trait, thresholds_in

AMOUNT_NAMED = Form(
    "amount.named",
    {
        "en": (
            "{lead}how much is the {name} under {clause}?",
            "{lead}what is the amount of the {name} in {clause}?",
        ),
        "ko": (
            "{lead}{clause}에서 정한 {name:은} 얼마입니까?",
            "{lead}{clause}에 따르면 {name:이} 얼마입니까?",
        ),
    },
)
AMOUNT_ONLY = Form(
    "amount.only",
    {
        "en": (
            "{lead}which amount of money does {clause} state?",
            "{lead}what sum of money is named in {clause}?",
        ),
        "ko": (
            "{lead}{clause}에 나오는 금액은 얼마입니까?",
            "{lead}{clause}에는 어떤 금액이 적혀 있습니까?",
        ),
    },
    traits=frozenset({Trait.ONLY_VALUE}),
)
AMOUNT_ALL = Form(
    "amount.all",
    {
        "en": (
            "{lead}which amounts of money does {clause} state? List them in order.",
            "{lead}list every sum of money named in {clause}, in order.",
        ),
        "ko": (
            "{lead}{clause}에 나오는 금액을 순서대로 모두 적어 주십시오.",
            "{lead}{clause}에는 어떤 금액들이 나옵니까? 나오는 순서대로 답해 주십시오.",
        ),
    },
)
AMOUNT_PLACE = Form(
    "amount.place",
    {
        "en": (
            "which provision states the amount of {amount}?",
            "where is the sum of {amount} stated?",
        ),
        "ko": (
            "{amount:이라는} 금액은 어느 조항에 나옵니까?",
            "{amount:이} 적힌 조항은 어디입니까?",
        ),
    },
)
AMOUNT_SHARE = Form(
    "amount.share",
    {
        "en": (
            "{lead}which percentage does {clause} state?",
            "{lead}what percentage is named in {clause}?",
        ),
        "ko": (
            "{lead}{clause}에 나오는 비율은 얼마입니까?",
            "{lead}{clause}에 적힌 비율은 무엇입니까?",
        ),
    },
)
_MAX_LISTED = 6


@dataclass(frozen=True, slots=True)
class _Sum:
    money: Span
    """The sum alone: `USD 3,500`."""
    stated: Span
    """The sum with its limit and rate: `up to USD 3,500`, `USD 205 per month`."""
    name: str
    """What the sum is for; empty if the sentence does not say."""


def amount_facts(reading: Reading) -> Findings:
    """Return facts about the sums of money and the percentages in leaf provisions."""
    text, outline, language = reading.text, reading.provisions, reading.language
    found = _money_facts(text, outline, language)
    return without_markup(Findings(facts=(*found.facts, *_shares(text, outline, language)), unasked=found.unasked))


def _money_facts(text: str, outline: Outline, language: Language) -> Findings:
    rules = language_rules(language).legal.money
    if rules is None:
        return Findings(facts=(), unasked=())
    occurrences = Counter(_canonical(match.group(), rules) for match in rules.money.finditer(text))
    facts: list[StructuralFact] = []
    unasked: list[Unasked] = []
    for index, provision in enumerate(outline.provisions):
        if not provision.is_leaf or provision.is_container:
            continue
        sums = [_sum(text, match, provision, rules) for match in rules.money.finditer(text, *_bounds(provision))]
        if any(_is_zero(quote(text, item.money)) for item in sums):
            continue
        if not sums or _is_only_an_example(text, provision, sums, language):
            continue
        if provision.doubt or len(sums) > _MAX_LISTED:
            unasked.append(_refuse(provision, len(sums)))
            continue
        facts.extend(_provision_facts(text, provision, sums, language))
        if provision.noun == ENTRY:
            continue
        if len(sums) == 1 and occurrences[_canonical(quote(text, sums[0].money), rules)] == 1:
            facts.append(
                make_fact(
                    form=AMOUNT_PLACE,
                    slots={"amount": one_line(quote(text, sums[0].money))},
                    answer=provision.named,
                    spans=[*label_spans(text=text, outline=outline, index=index), _sentence(text, provision, sums[0])],
                )
            )
    return Findings(facts=tuple(facts), unasked=tuple(unasked))


def _provision_facts(text: str, provision: Provision, sums: list[_Sum], language: Language) -> list[StructuralFact]:
    slots = {"clause": provision.named, **amendment_lead(provision, language)}
    facts = []
    for item in sums:
        if item.name and not _answers_itself(provision, one_line(quote(text, item.money))):
            facts.append(
                make_fact(
                    form=AMOUNT_NAMED,
                    slots={"name": item.name, **slots},
                    answer=one_line(quote(text, item.stated)),
                    spans=[_sentence(text, provision, item)],
                )
            )
    stated = list(dict.fromkeys(one_line(quote(text, item.stated)) for item in sums))
    different = list(dict.fromkeys(one_line(quote(text, item.money)) for item in sums))
    if len(different) < len(stated):
        stated = different  # if a sum has different limits or rates, all sums are listed without them
    if (
        provision.is_long
        or _has_other_money(text, provision, sums, language)
        or any(_answers_itself(provision, one_line(quote(text, item.money))) for item in sums)
    ):
        return facts
    facts.append(
        make_fact(
            form=AMOUNT_ONLY if len(stated) == 1 else AMOUNT_ALL,
            slots=slots,
            answer="; ".join(stated),
            spans=[_sentence(text, provision, item) for item in sums],
        )
    )
    return facts


def _is_zero(money: str) -> bool:
    """Return whether a sum is zero. A zero usually limits another sum, so no sum of that provision is asked about."""
    digits = re.findall(r"\d", money)
    return bool(digits) and not any(digit != "0" for digit in digits)


def _answers_itself(provision: Provision, money: str) -> bool:
    """Return whether the provision's name, which the question contains, gives the sum away."""
    return money in provision.named


def _has_other_money(text: str, provision: Provision, sums: list[_Sum], language: Language) -> bool:
    """Return whether a provision also has a sum in a form that cannot be read, so that a list would be incomplete."""
    rules = language_rules(language).legal.money
    if rules is None or rules.other is None:
        return False
    known = [(item.money.start, item.money.end) for item in sums]
    return any(
        not any(start <= match.start() < end for start, end in known)
        for match in rules.other.finditer(text, *_bounds(provision))
    )


def _is_only_an_example(text: str, provision: Provision, sums: list[_Sum], language: Language) -> bool:
    """Return whether all sums of a provision are in sentences that only illustrate a rule."""
    rules = language_rules(language).legal.money
    example = rules.example if rules is not None else None
    return example is not None and all(example.search(quote(text, _sentence(text, provision, item))) for item in sums)


def _sum(text: str, match: re.Match[str], provision: Provision, rules: MoneyRules) -> _Sum:
    start, end, name = rules.read_sum(text, *match.span(), *_bounds(provision))
    return _Sum(money=Span(*match.span()), stated=Span(start, end), name=name)


def _bounds(provision: Provision) -> tuple[int, int]:
    return provision.body.start, provision.body.end


def _sentence(text: str, provision: Provision, item: _Sum) -> Span:
    """Return the sentence that contains a sum; the sum with its limit and rate if no sentence does."""
    for sentence in sentences(text, *_bounds(provision)):
        if sentence.start <= item.money.start < sentence.end:
            return sentence
    return item.stated


def _canonical(money: str, rules: MoneyRules) -> str:
    """Return a sum without white space, commas or an optional prefix such as 금, so that equal sums match."""
    digits = re.sub(r"[\s,]", "", money)
    return re.sub(rules.unspoken, "", digits) if rules.unspoken else digits


def _shares(text: str, outline: Outline, language: Language) -> Iterator[StructuralFact]:
    """Yield a fact about each leaf provision that states exactly one percentage and is not too long."""
    rules = language_rules(language).legal.duties
    if rules is None:
        return
    for index, _ in own_texts(outline):
        provision = outline.provisions[index]
        if provision.is_leaf and not provision.is_long:
            yield from _share(text, provision, rules, language)


def _share(text: str, provision: Provision, rules: DutyRules, language: Language) -> Iterator[StructuralFact]:
    start, end = _bounds(provision)
    if rules.share_sign.search(text, start, end) is None:
        return
    shares = list(rules.share.finditer(text, start, end))
    if len(shares) != 1 or not re.search(r"\d", shares[0].group()):
        return
    if shares[0].group().strip() in provision.named:
        return
    for span in sentences(text, start, end):
        if span.start <= shares[0].start() < span.end:
            yield make_fact(
                form=AMOUNT_SHARE,
                slots={"clause": provision.named, **amendment_lead(provision, language)},
                answer=_without_brackets(one_line(shares[0].group())),
                spans=[span],
            )
            return


def _without_brackets(share: str) -> str:
    return share[1:-1].strip() if share.startswith("(") and share.endswith(")") and share.count("(") == 1 else share


def _refuse(provision: Provision, count: int) -> Unasked:
    detail = provision.doubt_detail or f"{provision.label} states {count} sums; the limit is {_MAX_LISTED}"
    return not_asked(
        task=TASK.name,
        subject=provision.label,
        reason=provision.doubt.value or "list_too_long",
        detail=detail,
        span=provision.body,
    )


TASK = StructuralTask(
    name="amount",
    order=40,
    finds={"legal": amount_facts},
    forms=(AMOUNT_NAMED, AMOUNT_ONLY, AMOUNT_ALL, AMOUNT_PLACE, AMOUNT_SHARE),
    thresholds=thresholds_in(globals()),
    frames=lambda rules: (rules.frames.before_amendment,),
)
