"""Sums of money in English provisions, with their limits, rates and names: `USD 205 per month (the "Storage Fee")`."""

from __future__ import annotations

import re

from pipeline.languages.en.values import read_money
from pipeline.languages.legal_rules import MoneyRules

_MONEY = re.compile(
    r"(?<![\w.])(?:(?:(?:USD|EUR|GBP|KRW|CHF|JPY|NOK|SEK|DKK|CAD|AUD|US\$)\s?|[$€£₩])\d+(?:,\d{3})*(?:\.\d+)?"
    r"(?:\s(?:million|billion|thousand))?(?:\s(?:USD|CAD|AUD|EUR|GBP)\b)?|\d+(?:,\d{3})*(?:\.\d+)?\s(?:dollars|euros?|pounds)\b)(?![\d%])"
)
"""Finds a sum of money in figures: `USD 205`, `$1.5 million`, `20 dollars`."""
_LIMIT_WORDS = r"(?:up to|at least|at most|(?:not |no )?(?:more|less) than|above|below|a maximum of)"
_LIMIT = re.compile(rf"\b{_LIMIT_WORDS}\s+$")
"""Finds words before a sum that make it a limit: `up to `."""
_RATE = re.compile(
    r"\s(?:per\s(?:[a-z]+\s){0,2}(?:month|year|annum|week|day|hour|foot|unit|piece|person|occurrence|claim)"
    r"(?:\sper\s(?:month|year))?|(?:a|each)\s(?:month|year|week|day)"
    r"|for each (?!of\b|such\b)(?:[A-Z][a-z]+(?: [A-Z][a-z]+)?|[a-z]+))\b"
)
"""Matches words after a sum that make it a rate: ` per month`."""
_CALLED = re.compile(r"(?P<between>[^.;()]{0,70}?)\s\((?:the|an?|each an?)\s[\"“](?P<name>[A-Z][^\"“”\n]{2,40})[\"”]\)")
"""Matches a name for a sum in brackets after it: ` (the "Storage Fee")`."""
_MONEY_NOUN = (
    r"(?:fee|rent|deposit|charge|price|premium|commission|rebate|limit|penalty|fine|salary|cost|deductible|allowance|"
    r"payment|instal?ment|value|balance|budget|compensation)"
)
_NAMED_BEFORE = re.compile(
    rf"\b(?:[Tt]he|[Aa]n?)\s(?P<name>(?:[a-z-]+\s){{1,3}}{_MONEY_NOUN})\s"
    rf"(?:is|of|shall be|equals|amounts to)\s(?:{_LIMIT_WORDS}\s)?$"
)
"""Finds the name of a sum before it: `The monthly rent is `."""


def _read_sum(text: str, start: int, end: int, low: int, high: int) -> tuple[int, int, str]:
    limit = _LIMIT.search(text, max(low, start - 20), start)
    rate = _RATE.match(text, end, high)
    called = _CALLED.match(text, rate.end() if rate else end, high)
    before = _NAMED_BEFORE.search(text[max(low, start - 70) : start])
    name = called["name"] if called and not _MONEY.search(called["between"]) else before["name"] if before else ""
    return limit.start() if limit else start, rate.end() if rate else end, name


_COUNT = (
    r"(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|fifteen|twenty|thirty|forty|fifty|sixty|seventy"
    r"|eighty|ninety|hundred|thousand|million|billion)"
)
_OTHER = re.compile(
    rf"(?i:\b{_COUNT}(?:[ -](?:and )?{_COUNT}){{0,6}} (?:u\.?s\.? )?(?:dollars?|euros?|pounds|cents)\b(?!\s*\()"
    r"|\d\s?(?:cents?\b|¢|[€£₩¥]))|\b(?:USD|EUR|GBP|KRW|CHF|JPY|NOK|SEK|DKK|CAD|AUD)\b|[$€£₩¥]\s?\d"
)
"""Finds money in words or in a form that `_MONEY` does not cover: `ten dollars`, `50 cents`."""

MONEY = MoneyRules(
    money=_MONEY,
    read=read_money,
    read_sum=_read_sum,
    other=_OTHER,
    example=re.compile(r"\b(?:[Ff]or example|[Ff]or instance|e\.g\.)"),
)
