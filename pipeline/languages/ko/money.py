"""Sums of money in Korean provisions, with their limits, rates and names: `보증금은 금 50,000,000원으로 한다`."""

from __future__ import annotations

import re

from pipeline.languages.ko.values import read_money
from pipeline.languages.legal_rules import MoneyRules

_UNIT = r"(?:[십백천]?[만억조]|[십백천])"
_MONEY = re.compile(
    rf"(?:(?<![\d.,])(?:(?<![가-힣])일?금\s?)?\d[\d,]*(?:\.\d+)?"
    rf"(?:\s?{_UNIT}(?:\s?\d[\d,]*\s?{_UNIT}){{0,3}}(?:\s?\d[\d,]*)?)?"
    r"|(?<![가-힣])(?:일?금\s?)?[일이삼사오육칠팔구십백천만억조]{2,14})\s?원(?![고칙본장심료인금])"
)
"""Finds a sum of money: 금 50,000,000원, 3천만원, 일금 오백만원."""
_LIMIT = re.compile(r"\s?(?:이상|이하|미만|초과|이내|한도)")
"""Matches a word after a sum that makes it a limit: 이하."""
_RATE = re.compile(
    r"(?:매월|매년|월|연|1일당|1일|건당|1건당|개당|1개당|㎡당|평당|\d{1,3}[가-힣㎡㎥㎏A-Za-z]{1,4}당)\s*(?:금\s?)?$"
)
"""Finds words before a sum that make it a rate: 매월 ."""
_NAMED_BEFORE = re.compile(
    r"(?:^|[\s.,①-⑳])(?P<name>[가-힣](?:[가-힣]{0,9}\s){0,2}[가-힣]{0,9}?)(?:은|는)\s+(?:매월|매년|월|연|1일당"
    r"|건당)?\s*(?:금\s?)?$"
)
"""Finds the name of a sum before it: 보증금은 ."""
_STATED = re.compile(r"\s?(?:\([^()]{1,30}\))?\s?(?:으로|로|이다|이고|이며|을 말|입니다)")
"""Matches words after a sum that state what it is: 으로, 이다."""
_MONEY_NOUN = re.compile(
    r"(?:금|료|비|액|세|값|대가|단가|정가|시가|원가|가격|보수|임금|수당|차임|급여|연봉|월급|이자|한도|예산|자본|배상|벌|기금|월세|전세)$"
)
"""Finds the end of a noun that can name a sum: 보증금, 수수료."""
_NO_NAME = re.compile(r"(?:^|\s)(?:갑|을|병|원고|피고|다만|이|그|위|한도|당사자|회사|경우|때|날)$")
"""Finds a word that cannot name a sum: 갑, 당사자."""


def _read_sum(text: str, start: int, end: int, low: int, high: int) -> tuple[int, int, str]:
    rate = _RATE.search(text, max(low, start - 12), start)
    limit = _LIMIT.match(text, end, high)
    named = _NAMED_BEFORE.search(text[max(low, start - 40) : start])
    name = named["name"] if named and _STATED.match(text, end, high) else ""
    if name and (_NO_NAME.search(name) or len(name) < 2 or not _MONEY_NOUN.search(name)):
        name = ""  # a pronoun or a party is not the name of a sum
    return rate.start() if rate else start, limit.end() if limit else end, name


_OTHER = re.compile(
    r"\d\s?(?:달러|유로|엔화?|위안)|(?:USD|EUR|US\$|[$€£¥])\s?\d|단위\s?[:：]|\d\s?(?:십|백|천|만|억)(?=[은는이가을를의])"
)
"""Finds money in a form that `_MONEY` does not cover: 100달러."""

MONEY = MoneyRules(
    money=_MONEY,
    read=read_money,
    read_sum=_read_sum,
    other=_OTHER,
    example=re.compile(r"예를 들어|예시|예컨대"),
    unspoken="일?금",
)
