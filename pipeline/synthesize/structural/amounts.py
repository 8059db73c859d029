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
from pipeline.records import Language
from pipeline.synthesize.structural.clauses import amendment_lead
from pipeline.synthesize.structural.facts import Findings, QuestionForm, Refusal, Span, StructuralFact, make_fact
from pipeline.synthesize.structural.layout import one_line, quote, sentences
from pipeline.synthesize.structural.provisions import Outline, Provision, label_spans

_MONEY = re.compile(
    r"(?<![\w.])(?:(?:(?:USD|EUR|GBP|KRW|CHF|JPY|NOK|SEK|DKK|CAD|AUD|US\$)\s?|[$€£₩])\d+(?:,\d{3})*(?:\.\d+)?"
    r"(?:\s(?:million|billion|thousand))?|\d+(?:,\d{3})*(?:\.\d+)?\s(?:dollars|euros?|pounds)\b)(?![\d%])"
)
_KOREAN_MONEY = re.compile(
    r"(?<![\d.,])(?:(?<![가-힣])일?금\s?)?\d[\d,]*(?:\.\d+)?(?:\s?(?:조|억|천만|백만|만|천)(?:\s?\d[\d,]*\s?(?:천만|백만|만|천))?)?\s?원(?![고칙본장심료인금])"
)
_LIMIT_WORDS = r"(?:up to|at least|at most|(?:not |no )?(?:more|less) than|above|below|a maximum of)"
_LIMIT = re.compile(rf"\b{_LIMIT_WORDS}\s+$")
_RATE = re.compile(
    r"\s(?:per\s(?:[a-z]+\s){0,2}(?:month|year|annum|week|day|hour|foot|unit|piece|person|occurrence|claim)"
    r"(?:\sper\s(?:month|year))?|(?:a|each)\s(?:month|year|week|day)"
    r"|for each (?!of\b|such\b)(?:[A-Z][a-z]+(?: [A-Z][a-z]+)?|[a-z]+))\b"
)
_KOREAN_LIMIT = re.compile(r"\s?(?:이상|이하|미만|초과|이내|한도)")
_KOREAN_RATE = re.compile(r"(?:매월|매년|월|연|1일당|1일|건당|1건당|개당|1개당|㎡당|평당)\s*(?:금\s?)?$")
_CALLED = re.compile(r"(?P<between>[^.;()]{0,70}?)\s\((?:the|an?|each an?)\s[\"“](?P<name>[A-Z][^\"“”\n]{2,40})[\"”]\)")
_MONEY_NOUN = (
    r"(?:fee|rent|deposit|charge|price|premium|commission|rebate|limit|penalty|fine|salary|cost|deductible|allowance|"
    r"payment|instal?ment|value|balance|budget|compensation)"
)
_NAMED_BEFORE = re.compile(
    rf"\b(?:[Tt]he|[Aa]n?)\s(?P<name>(?:[a-z-]+\s){{1,3}}{_MONEY_NOUN})\s"
    rf"(?:is|of|shall be|equals|amounts to)\s(?:{_LIMIT_WORDS}\s)?$"
)
_KOREAN_NAMED_BEFORE = re.compile(
    r"(?:^|[\s.,①-⑳])(?P<name>[가-힣](?:[가-힣]{0,9}\s){0,2}[가-힣]{0,9}?)(?:은|는)\s+(?:매월|매년|월|연|1일당|건당)?\s*(?:금\s?)?$"
)
_KOREAN_STATED = re.compile(r"\s?(?:\([^()]{1,30}\))?\s?(?:으로|로|이다|이고|이며|을 말|입니다)")
_KOREAN_NO_NAME = re.compile(r"(?:^|\s)(?:갑|을|병|원고|피고|다만|이|그|위|한도|당사자|회사|경우|때|날)$")
_MAX_LISTED = 6


@dataclass(frozen=True, slots=True)
class _Sum:
    money: Span
    stated: Span
    """With its limit and rate: `up to USD 3,500`, `USD 205 per month`."""
    name: str


def amount_facts(*, text: str, outline: Outline, language: Language) -> Findings:
    """Facts about the sums of money that leaf provisions state."""
    money = _KOREAN_MONEY if language is Language.KOREAN else _MONEY
    occurrences = Counter(_canonical(match.group()) for match in money.finditer(text))
    facts: list[StructuralFact] = []
    refusals: list[Refusal] = []
    for index, provision in enumerate(outline.provisions):
        if not provision.is_leaf:
            continue
        sums = [_sum(text, match, provision, language) for match in money.finditer(text, *_bounds(provision))]
        if not sums:
            continue
        if provision.doubt or len(sums) > _MAX_LISTED:
            refusals.append(_refuse(provision, len(sums)))
            continue
        facts.extend(_provision_facts(text, provision, sums, language))
        if len(sums) == 1 and occurrences[_canonical(quote(text, sums[0].money))] == 1:
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
        if item.name:
            facts.append(
                make_fact(
                    form=QuestionForm.AMOUNT_NAMED,
                    slots={"name": item.name, **slots},
                    answer=one_line(quote(text, item.stated)),
                    spans=[_sentence(text, provision, item)],
                )
            )
    stated = list(dict.fromkeys(one_line(quote(text, item.stated)) for item in sums))
    facts.append(
        make_fact(
            form=QuestionForm.AMOUNT_ONLY if len(stated) == 1 else QuestionForm.AMOUNT_ALL,
            slots=slots,
            answer="; ".join(stated),
            spans=[_sentence(text, provision, item) for item in sums],
        )
    )
    return facts


def _sum(text: str, match: re.Match[str], provision: Provision, language: Language) -> _Sum:
    start, end = match.span()
    low, high = _bounds(provision)
    if language is Language.KOREAN:
        rate = _KOREAN_RATE.search(text, max(low, start - 12), start)
        limit = _KOREAN_LIMIT.match(text, end, high)
        named = _KOREAN_NAMED_BEFORE.search(text[max(low, start - 40) : start])
        name = named["name"] if named and _KOREAN_STATED.match(text, end, high) else ""
        if name and (_KOREAN_NO_NAME.search(name) or len(name) < 2):  # a pronoun or a party is no name of a sum
            name = ""
        stated = Span(rate.start() if rate else start, limit.end() if limit else end)
        return _Sum(money=Span(start, end), stated=stated, name=name)
    limit = _LIMIT.search(text, max(low, start - 20), start)
    rate = _RATE.match(text, end, high)
    called = _CALLED.match(text, rate.end() if rate else end, high)
    before = _NAMED_BEFORE.search(text[max(low, start - 70) : start])
    name = called["name"] if called and not _MONEY.search(called["between"]) else before["name"] if before else ""
    stated = Span(limit.start() if limit else start, rate.end() if rate else end)
    return _Sum(money=Span(start, end), stated=stated, name=name)


def _bounds(provision: Provision) -> tuple[int, int]:
    return provision.body.start, provision.body.end


def _sentence(text: str, provision: Provision, item: _Sum) -> Span:
    for sentence in sentences(text, *_bounds(provision)):
        if sentence.start <= item.money.start < sentence.end:
            return sentence
    return item.stated


def _canonical(money: str) -> str:
    return re.sub(r"[\s,]|일?금", "", money)


def _refuse(provision: Provision, count: int) -> Refusal:
    detail = provision.doubt_detail or f"{provision.label} states {count} sums; the limit is {_MAX_LISTED}"
    return Refusal(
        task=StructuralTask.AMOUNT,
        subject=provision.label,
        reason=provision.doubt.value or "list_too_long",
        detail=detail,
        span=provision.body,
    )
