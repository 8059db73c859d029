"""Facts of the task `deadline`: by when, or within what time, something is to be done.

Comes in: text, its `Outline` and language; goes out: `Findings`. A duty is asked about only where the whole sentence
has the form subject, duty, time (`Landlord shall answer within twenty (20) Business Days.`,
`을은 검수 통지를 받은 날부터 10일 이내에 대금을 지급하여야 한다.`); otherwise the question is for the only time that a
provision states. Linear.
"""

from __future__ import annotations

import re

from pipeline.config.build import StructuralTask
from pipeline.records import Language
from pipeline.synthesize.structural.clauses import amendment_lead
from pipeline.synthesize.structural.facts import Findings, QuestionForm, Refusal, Span, StructuralFact, make_fact
from pipeline.synthesize.structural.layout import one_line, quote, sentences
from pipeline.synthesize.structural.provisions import Outline, Provision

_MONTH = r"(?:January|February|March|April|May|June|July|August|September|October|November|December)"
_DATE = rf"(?:{_MONTH} \d{{1,2}}(?:, \d{{4}})?|\d{{1,2}} {_MONTH}(?: \d{{4}})?)"
_COUNT = (
    r"(?:(?:[a-z-]+ ){1,4}\(\d+\)|\d+|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|fifteen|twenty|"
    r"thirty|sixty|ninety)"
)
_UNIT = (
    r"(?:(?:consecutive|calendar|successive|full|clear|further) )?(?:[Bb]usiness|[Ww]orking|[Tt]rading)?\s?"
    r"(?:[Hh]our|[Dd]ay|[Ww]eek|[Mm]onth|[Yy]ear)s?\b"
)
_DURATION = rf"{_COUNT} {_UNIT}"
_AFTER = r"(?: (?:of|after|from|following|before|prior to|in advance of) (?:[^,;:.()]|[.,](?=\d)){3,90}?)?"
_WITHIN = rf"within (?:a further )?{_DURATION}{_AFTER}"
_BY = (
    r"(?:by|on or before|no later than|not later than) "
    rf"(?:the \d{{1,2}}(?:st|nd|rd|th) day of [^,;:.()]{{3,30}}?|{_DATE}(?: (?:of|in) each year)?)"
)
_STOP = r"(?=[.;](?!\d)|$| (?:and|or|but) (?:shall|must|may|will|the|if|it)\b| unless\b)"
_SUBJECT = r"(?P<subject>(?:(?:The|Each|Either) )?[A-Z][\w’'&-]*(?: (?:[A-Z][\w’'&-]*|party|parties)){0,3})"
_DUTY = re.compile(rf"{_SUBJECT} (?:shall|must) (?P<action>[a-z][^,;:()]{{3,140}}?) (?P<limit>{_WITHIN}|{_BY}){_STOP}")
_DUTY_FIRST = re.compile(
    rf"{_SUBJECT} (?:shall|must) (?P<limit>within (?:a further )?{_DURATION}|{_BY}) "
    rf"(?P<action>[a-z]+ (?!{_UNIT})[^,;:()]{{3,110}}?){_STOP}"
)
_DUE = re.compile(
    rf"(?P<subject>[A-Z][^,;:()]{{2,80}}?) (?P<verb>is|are) (?P<state>payable|due|to be (?:paid|made|given|delivered))"
    rf"(?: [^,;:.()]{{0,60}}?)? (?P<limit>{_WITHIN}|{_BY}){_STOP}"
)
_BAD_SUBJECT = re.compile(r"(?:If|When|Where|Unless|No|Nothing|Neither|After|Before|From|Any such|It|This|That)\b")
_PLAIN_START = re.compile(r"(?:The|A|An|Each|Every|One|Any|All|Either|Both|Interest|Payment|Payments|Notice)\b")
_TIME = re.compile(rf"{_DURATION}|{_DATE}|\bthe \d{{1,2}}(?:st|nd|rd|th) day\b")
_NEXT_DUTY = r" (?:and|or|but) (?:[\w’']+ ){0,3}(?:shall|must|may|will|is|are)\b"
_LIMIT = re.compile(rf"{_WITHIN}(?=[,;:.()](?!\d)|$| unless\b| if\b|{_NEXT_DUTY})|{_BY}")
_MODAL_BEFORE = re.compile(r"\b(?:shall|must|may|will)(?:,)? $")
_SHORT_LIMIT = re.compile(
    rf"within (?:a further )?{_DURATION}"
    r"(?: (?:of|after) (?:the |its |such )?(?:request|receipt|notice|delivery|demand)\b)?"
    rf"(?! (?:of|after|from|following|before|prior)\b)|{_BY}"
)

_KOREAN_DURATION = r"\d+\s?(?:영업일|근무일|역일|일|주일|주|개월|년|시간|분)"
_KOREAN_DATE = (
    r"(?:\d{4}\.\s?\d{1,2}\.\s?\d{1,2}\.|\d{4}년\s?\d{1,2}월\s?\d{1,2}일|"
    r"(?:매월|매년|매 분기|다음 달|익월|당월)\s?(?:\d{1,2}월\s?)?(?:\d{1,2}일|말일))"
)
_KOREAN_LIMIT = re.compile(rf"(?:{_KOREAN_DURATION}\s?(?:이내|안|내|전까지)|{_KOREAN_DATE}\s?까지)(?=에|\s|$|의)")
_KOREAN_TIME = re.compile(rf"{_KOREAN_DATE}|(?<![\d.,조항제]){_KOREAN_DURATION}")
_KOREAN_DUTY = re.compile(
    rf"(?P<subject>(?:[^\s,]{{1,12}}(?<![은는이가을를에로])\s)?[^\s,]{{1,12}}[은는])\s(?P<middle>[^,]{{0,80}}?)"
    rf"(?P<limit>{_KOREAN_LIMIT.pattern})에?\s(?P<action>[^,]{{2,90}}?야)\s?(?:한다|합니다)\.$"
)
_KOREAN_ANCHOR = re.compile(r"(?:부터|후|뒤|전)$")
_KOREAN_BARE_NOUN = re.compile(r"^(?:날|때|다음날|후|뒤|전|시점)(?:부터|로부터)?$")
_KOREAN_VERBAL = re.compile(r"[한된]$")
_KOREAN_ENDED = re.compile(r"[을를이가은는에도로서의과와고며면다]$")
"""A word that a particle or an ending closes, so that no compound noun goes on across it."""
_KOREAN_OBJECT = re.compile(r"[을를이가에]$")


def deadline_facts(*, text: str, outline: Outline, language: Language) -> Findings:
    """Facts about the deadlines that leaf provisions set."""
    facts: list[StructuralFact] = []
    refusals: list[Refusal] = []
    read = _korean_facts if language is Language.KOREAN else _english_facts
    for provision in outline.provisions:
        if not provision.is_leaf:
            continue
        found = read(text, provision, {"clause": provision.named, **amendment_lead(provision, language)})
        if found and provision.doubt:
            refusals.append(_refuse(provision))
            continue
        facts.extend(found)
    return Findings(facts=tuple(facts), refusals=tuple(refusals))


def _english_facts(text: str, provision: Provision, slots: dict[str, str]) -> list[StructuralFact]:
    facts = []
    body = quote(text, provision.body)
    for span in sentences(text, provision.body.start, provision.body.end):
        sentence = one_line(quote(text, span))
        duty = _DUTY.match(sentence) or _DUTY_FIRST.match(sentence)
        if duty and not _BAD_SUBJECT.match(sentence) and not _is_unclear_alone(duty["action"]):
            facts.append(_duty_fact(duty, span, slots))
            continue
        due = _DUE.match(sentence)
        if due and not _BAD_SUBJECT.match(sentence):
            facts.append(_due_fact(due, span, slots))
    flat = one_line(body)
    limits = list(_LIMIT.finditer(flat))
    if len(limits) == 1 and len(_TIME.findall(flat)) == 1:
        limit = _certain_limit(flat, limits[0])
        if limit:
            facts.append(_only_fact(text, provision, limit, slots))
    return facts


def _certain_limit(sentence: str, match: re.Match[str]) -> str:
    """The limit as far as grammar shows where it ends; empty where it does not show."""
    if _MODAL_BEFORE.search(sentence, max(0, match.start() - 12), match.start()):
        short = _SHORT_LIMIT.match(sentence, match.start())
        return short.group() if short else ""
    is_choice = re.search(r"\b(?:earlier|later|whichever|between)\b", match.group()) is not None
    is_certain = is_choice or not re.search(r"\b(?:and|or)\b", match.group())
    return match.group().strip() if is_certain else ""


def _is_unclear_alone(action: str) -> bool:
    """Whether an action denies something, or speaks of things that only the sentences before it name."""
    return re.search(r"\b(?:not|no|it|them|they|those|such|thereof)\b", action) is not None


def _duty_fact(duty: re.Match[str], span: Span, slots: dict[str, str]) -> StructuralFact:
    when = "within what time" if duty["limit"].startswith("within") else "by when"
    return make_fact(
        form=QuestionForm.DEADLINE_DUTY,
        slots={"when": when, "subject": _lower_start(duty["subject"]), "action": duty["action"], **slots},
        answer=duty["limit"],
        spans=[span],
    )


def _due_fact(due: re.Match[str], span: Span, slots: dict[str, str]) -> StructuralFact:
    return make_fact(
        form=QuestionForm.DEADLINE_DUE,
        slots={"subject": _lower_start(due["subject"]), "verb": due["verb"], "state": due["state"], **slots},
        answer=due["limit"],
        spans=[span],
    )


def _only_fact(text: str, provision: Provision, limit: str, slots: dict[str, str]) -> StructuralFact:
    first_word = limit.split()[0]
    spans = [
        span
        for span in sentences(text, provision.body.start, provision.body.end)
        if limit in one_line(quote(text, span)) or limit.replace(first_word, "", 1) in one_line(quote(text, span))
    ]
    return make_fact(form=QuestionForm.DEADLINE_ONLY, slots=slots, answer=limit, spans=spans or [provision.body])


def _lower_start(phrase: str) -> str:
    return phrase[:1].lower() + phrase[1:] if _PLAIN_START.match(phrase) else phrase


def _korean_facts(text: str, provision: Provision, slots: dict[str, str]) -> list[StructuralFact]:
    facts = []
    for span in sentences(text, provision.body.start, provision.body.end):
        duty = _KOREAN_DUTY.match(one_line(quote(text, span)))
        if duty is None:
            continue
        before, anchor = _split_anchor(duty["middle"].split())
        if anchor is None:
            continue
        facts.append(
            make_fact(
                form=QuestionForm.DEADLINE_DUTY,
                slots={
                    "subject": duty["subject"],
                    "before": f"{before} " if before else "",
                    "action": f"{duty['action']} 합니까",
                    **slots,
                },
                answer=_korean_limit(anchor, duty["limit"]),
                spans=[span],
            )
        )
    body = one_line(quote(text, provision.body))
    limits = list(_KOREAN_LIMIT.finditer(body))
    if len(limits) == 1 and len(_KOREAN_TIME.findall(body)) == 1:
        clause_start = max(body.rfind(mark, 0, limits[0].start()) for mark in (". ", ", ", ": "))
        _, anchor = _split_anchor(body[clause_start + 2 if clause_start >= 0 else 0 : limits[0].start()].split())
        if anchor is not None:
            facts.append(_only_fact(text, provision, _korean_limit(anchor, limits[0].group()), slots))
    return facts


def _korean_limit(anchor: str, limit: str) -> str:
    return f"{anchor} {limit}{'에' if limit.endswith('안') else ''}".strip()


def _split_anchor(tokens: list[str]) -> tuple[str, str | None]:
    """Words before the limit: those that belong to the sentence, and those that say from when time runs.

    `제품을 발주일부터` gives `제품을` and `발주일부터`; `통지를 받은 날부터` is all anchor. None where the last word
    before the limit is neither an anchor nor the object of the duty.
    """
    if not tokens:
        return "", ""
    if not _KOREAN_ANCHOR.search(tokens[-1]):
        is_object = re.search(r"[을를에은는고며되면]$|에게$|로$|에서$|하여$", tokens[-1])
        return " ".join(tokens), "" if is_object else None
    start = len(tokens) - 1
    has_verb = False
    if start and (_KOREAN_BARE_NOUN.match(tokens[start]) or _KOREAN_VERBAL.search(tokens[start - 1])):
        start -= 1
        has_verb = not tokens[start].endswith("의")
    if has_verb and start and _KOREAN_OBJECT.search(tokens[start - 1]):
        start -= 1
        while start and not _KOREAN_ENDED.search(tokens[start - 1]):
            start -= 1
    while start and tokens[start - 1].endswith("의"):
        start -= 1
    return " ".join(tokens[:start]), " ".join(tokens[start:])


def _refuse(provision: Provision) -> Refusal:
    return Refusal(
        task=StructuralTask.DEADLINE,
        subject=provision.label,
        reason=provision.doubt.value,
        detail=provision.doubt_detail,
        span=provision.body,
    )
