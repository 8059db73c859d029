"""Deadlines in Korean: `을은 검수 통지를 받은 날부터 10일 이내에 대금을 지급하여야 한다.`

The anchor of a limit is the text that says when time starts: `검수 통지를 받은 날부터`.
"""

from __future__ import annotations

import re

from pipeline.languages.legal_rules import DeadlineRules, Duty

_DURATION = r"\d+\s?(?:영업일|근무일|역일|일|주일|주|개월|년|시간|분)"
"""A duration: 10일, 3개월."""
_DATE = (
    r"(?:\d{4}\.\s?\d{1,2}\.\s?\d{1,2}\.|\d{4}년\s?\d{1,2}월\s?\d{1,2}일|"
    r"(?:매월|매년|매 분기|다음 달|익월|당월)\s?(?:\d{1,2}월\s?)?(?:\d{1,2}일|말일))"
)
"""A date, or a day of each month or year: 2025년 3월 31일, 매월 말일."""
_LIMIT = re.compile(rf"(?:{_DURATION}\s?(?:이내|안|내|전까지)|{_DATE}\s?까지)(?=에|\s|$|의)")
"""Finds a limit: 10일 이내, 2025년 3월 31일까지, 매월 말일까지."""
_TIME = re.compile(rf"{_DATE}|(?<![\d.,조항제]){_DURATION}")
"""Finds any duration or date in figures."""
_DUTY = re.compile(
    rf"(?P<subject>(?:[^\s,]{{1,12}}(?<![은는이가을를에로])\s)?[^\s,]{{1,12}}[은는])\s(?P<middle>[^,]{{0,80}}?)"
    rf"(?P<limit>{_LIMIT.pattern})에?\s(?P<action>[^,]{{2,90}}?야)\s?(?:한다|합니다)\.$"
)
"""Matches a sentence with a subject, a limit and a duty: 을은 통지를 받은 날부터 10일 이내에 대금을 지급하여야 한다."""
_ANCHOR = re.compile(r"(?:부터|후|뒤|전)$")
"""Finds the end of an anchor: 부터, 후, 전."""
_BARE_NOUN = re.compile(r"^(?:날|때|다음날|후|뒤|전|시점)(?:부터|로부터)?$")
"""Matches a noun of time that needs the words before it: 날부터, 후."""
_VERBAL = re.compile(r"[한된]$")
_ENDED = re.compile(r"[을를이가은는에도로서의과와고며면다]$")
_NOUN = re.compile(
    r"(?:신고|공고|보고|광고|선고|통고|사고|원고|피고|권고|경고|연도|년도|용도|제도|한도|정도|속도|회의|결의|동의|협의|합의|정의|평가|허가|인가|국가"
    r"|휴가|대가|단가|원가|시가|추가|증가|차이|사이|길이)$|(?<![에께여해로면어아])서$"
)
"""Nouns whose last syllable looks like a Korean particle or verb ending."""
_LOOSE_NOUN = re.compile(
    r"(?!(?:후|뒤|전|때|날|중|시|경우|각각|다시|이미|즉시|반드시|모두|최초|매월|매년|매회|또한|다만|그|이)$)[가-힣]{1,10}"
    r"(?:(?<![여어아라서게히지나면해와러므까만며고])|(?<=[신공보광선통사원피권경]고))"
)
_THIS = re.compile(r"(?:법|영|규칙|조례|규정|약관|계약|정관|협약|지침)(?:[ ]|$)")
_OF_A_VERB = re.compile(r"(?<![가-힣]일)(?:[한된진은는])$")
_COMPLEMENT = re.compile(r"(?:이|가|을|를|에게|에서|에|으로|로|와|과)$")
"""The Korean particle at the end of a verb's complement: 가 in 공급자가 발행한 날."""
_ATTRIBUTIVE = re.compile(r"(?:[른한된인는던운]|의|받은|있는|없는)$")
"""The end of a word that modifies the noun after it, so that it cannot come before a question word."""
_NOUN_BEFORE = re.compile(r"[가-힣]{2}(?<![한된은는인할될])$")
"""A noun before 후 or 전, to which the nouns before it also belong: 종전농지 양도 후."""
_TAKES_NOUN = re.compile(r"(?:관|대|의|위)(?:한|하여|해)|따른|따라")
"""Words that need the noun before them: 계약내용에 관한."""
_CONVERB = re.compile(r"(?:하여|되어|위하여|위해|따라|의하여|[하되]기)$")
_OBJECT = re.compile(r"[을를이가에]$")


def _read_duty(sentence: str) -> Duty | None:
    duty = _DUTY.match(sentence)
    if duty is None:
        return None
    before, anchor = _split_anchor(duty["middle"].split())
    if anchor is None or _ATTRIBUTIVE.search(before):
        return None
    slots = (
        ("subject", duty["subject"]),
        ("before", f"{before} " if before else ""),
        ("action", f"{duty['action']} 합니까"),
    )
    return Duty(form="deadline.duty", slots=slots, limit=_limit(anchor, duty["limit"]))


def _only_limit(text: str) -> str:
    limits = list(_LIMIT.finditer(text))
    if len(limits) != 1 or len(_TIME.findall(text)) != 1:
        return ""
    clause_start = max(text.rfind(mark, 0, limits[0].start()) for mark in (". ", ", ", ": "))
    if "또는" in text[max(0, clause_start) : limits[0].start()]:
        return ""  # the anchor may be the last of several
    before = text[clause_start + 2 if clause_start >= 0 else 0 : limits[0].start()]
    others = f"{text[: limits[0].start()]} … {text[limits[0].end() :]}"
    if _OTHER_LIMIT.search(others) or _NO_ANCHOR.search(before):
        return ""
    _, anchor = _split_anchor(before.split())
    is_bare = not anchor and limits[0].group()[-1:] in "내안"
    if anchor is None or is_bare or _DANGLING.match(anchor):
        return ""  # a period whose start is not named
    return _limit(anchor, limits[0].group())


_OTHER_LIMIT = re.compile(r"지체 ?없이|즉시|[날일말전월년] ?까지|(?:기한|기일)(?:까지| ?내| ?이내)|소급하여")
"""A time limit in words, such as 즉시 (immediately), or 소급하여 (retroactively). Both make the limit in figures
uncertain."""
_NO_ANCHOR = re.compile(r"(?:전후|하여|되면|하면|으면|한 경우|된 경우|그로부터|이로부터)\s*$")
"""Words directly before a limit that cannot be the end of an anchor, such as 하면: an anchor is a noun phrase."""
_DANGLING = re.compile(
    r"(?!(?:이|본) (?:법|영|규칙|조례|규정|약관|계약|정관|협약|지침) )(?:그|이를|이|해당|당해|위|동|상기"
    r"|전항의)(?: |부터|로부터|날)"
)


def _limit(anchor: str, limit: str) -> str:
    return f"{anchor} {limit}{'에' if limit.endswith('안') else ''}".strip()


def _split_anchor(tokens: list[str]) -> tuple[str, str | None]:
    """Split the words before a limit into the words that are not part of the limit, and the limit's anchor.

    `제품을 발주일부터` is split into `제품을` and `발주일부터`; all of `통지를 받은 날부터` is the anchor. The anchor
    is empty if the limit has none, and None if this is uncertain: either it is unclear where the anchor begins, or the
    last word is neither the end of an anchor nor a word that can come directly before a limit, such as an object.
    """
    if not tokens:
        return "", ""
    if not _ANCHOR.search(tokens[-1]):
        is_object = re.search(r"[을를에은는고며되면]$|에게$|로$|에서$|하여$", tokens[-1])
        return " ".join(tokens), "" if is_object else None
    start = len(tokens) - 1
    has_verb = False
    if start and (_BARE_NOUN.match(tokens[start]) or _VERBAL.search(tokens[start - 1])):
        start -= 1
        has_verb = not tokens[start].endswith("의")
    if has_verb and start and _OBJECT.search(tokens[start - 1]):
        start -= 1
        while start and not _is_ended(tokens[start - 1]) and not _CONVERB.search(tokens[start - 1]):
            start -= 1
    if has_verb and _NOUN_BEFORE.search(tokens[start]):
        while start and not _is_ended(tokens[start - 1]) and not _ATTRIBUTIVE.search(tokens[start - 1]):
            start -= 1
    while not has_verb and start and _belongs(tokens[start - 1]):
        start -= 1
    if start and tokens[start - 1] in ("이", "본") and _THIS.match(tokens[start]):
        start -= 1
    while start and (tokens[start - 1].endswith("의") or _TAKES_NOUN.fullmatch(tokens[start])):
        start -= 1
    while has_verb and start and _OF_A_VERB.search(tokens[start]) and _COMPLEMENT.search(tokens[start - 1]):
        start -= 1
    anchor = " ".join(tokens[start:])
    if anchor.count("(") != anchor.count(")"):
        anchor = anchor.rpartition("(")[2] if ")" not in anchor else ""
        return " ".join(tokens[:start]), anchor or None
    return " ".join(tokens[:start]), anchor


def _is_ended(word: str) -> bool:
    """Return whether a word ends with a Korean particle or verb ending, so that no compound noun continues after it."""
    return _ENDED.search(word) is not None and _NOUN.search(word) is None


def _belongs(word: str) -> bool:
    """Return whether a word is a noun without a particle, which belongs to the noun after it: 수출신고 수리일."""
    return not (_is_ended(word) or _ATTRIBUTIVE.search(word)) and _LOOSE_NOUN.fullmatch(word) is not None


def _noun(limit: str) -> str:
    return "기한" if limit.endswith("까지") else "기간"


DEADLINES = DeadlineRules(read_duty=_read_duty, only_limit=_only_limit, noun=_noun)
