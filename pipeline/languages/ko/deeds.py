"""Korean deeds: who does what to whom, from the particles behind the nouns.

Takes a text; returns its deeds for `synthesize.verify`. 이/가 and, without them, 은/는 mark who acts; in the passive
(되다, 받다, 당하다) the one behind 에 의해, 로부터 or 에게 acts. Needs the analyser of `morphemes`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import Enum, auto
from functools import lru_cache
from typing import Any

from pipeline.languages.ko.morphemes import tokens_of
from pipeline.languages.statement_rules import Deed

_WHO = re.compile(
    r"(?<![가-힣])(?:누(?P<subject>가)|누구(?=[에를와의])|어느\s(?:팀|부서|쪽|기관|당사자)(?=[이가을를에]))"
)
_COPULA = re.compile(r"\s?(?:씨|님)?(?:입니다|이다|이에요|예요)?\.?$")
_MAX_NAMED_CHARS = 16
_NOUNS = frozenset({"NNG", "NNP", "NR", "XR", "SL", "SH", "XPN", "XSN", "SN"})
_PARTICLES = frozenset({"JKS", "JKO", "JKB", "JKC", "JX", "JKG"})
_VERBS = frozenset({"VV", "VV-R", "VV-I"})
_TAIL = frozenset({"EC", "EP", "VX", "ETM", "NNB", "JKS", "JX", "VA", "VV"})
"""The tags behind a verb that may hold its negation."""
_SOURCE_PARTICLES = frozenset({"로부터", "으로부터", "에게서", "한테서", "에게로부터"})
_RECIPIENT_PARTICLES = frozenset({"에게", "한테", "께"})
_RELATIONS = frozenset(["따르", "관하", "대하", "위하", "통하", "인하", "비하", "비롯하", "기하", "즈음하"])
"""Verbs that act as a particle: 에 따라, 에 관하여."""
_RECEIVING = frozenset({"받", "당하", "얻"})
_PASSIVE_SUFFIXES = frozenset({"되", "받", "당하"})
_CONVERSES = {
    "매수": "매도",
    "매입": "매도",
    "구입": "판매",
    "구매": "판매",
    "사": "팔",
    "빌리": "빌려주",
    "임차": "임대",
}
"""Verbs whose subject receives what another gives: 매수하다, and the verb of who gives it."""
_EMPTY_VERBS = frozenset({"하", "되", "있", "없", "이루어지", "않", "말"})
_EMPTY_NOUNS = frozenset({"경우", "때", "이유"})
_SAME_SUBJECT = frozenset({"고", "며", "으며", "어", "아", "여", "어서", "아서", "고서", "어다", "아다"})
"""Endings behind which the same one goes on to act."""
_NEGATIVE_AUXILIARIES = frozenset({"않", "못하", "말", "아니하"})
_NEGATIVE_ADVERBS = frozenset({"안", "못"})
_MAX_REMEMBERED_TEXTS = 64


_REFUSALS = frozenset(["거절", "거부", "금지", "불허"])
"""Verbs that deny the noun that they have as an object, or as a subject in the passive: 지급을 거절하다."""
_OPPOSITES = {
    "제외": "포함", "기각": "인용", "각하": "인용", "금지": "허용", "불허": "허용", "거부": "수락", "거절": "수락",
    "폐지": "유지", "감소": "증가", "인하": "인상", "닫": "열", "끄": "켜", "잠그": "풀", "면제": "부과",
    "배제": "포함", "비활성화": "활성화", "불합격": "합격",
}  # fmt: skip
"""Verbs with their opposite."""
_SYNONYMS = {"허가": "허용", "승낙": "수락"}


class _Case(Enum):
    SUBJECT = auto()
    TOPIC = auto()
    OBJECT = auto()
    RECIPIENT = auto()
    SOURCE = auto()
    DOER = auto()
    OTHER = auto()


@dataclass(slots=True)
class _Clause:
    """The noun phrases that wait for their verb."""

    phrases: list[tuple[tuple[str, ...], _Case]] = field(default_factory=list)
    pending: list[str] = field(default_factory=list)
    topic: frozenset[str] = frozenset()
    subject: frozenset[str] = frozenset()
    """Who acted in the clause before, if the sentence goes on with the same subject."""


@lru_cache(maxsize=_MAX_REMEMBERED_TEXTS)
def read_deeds(text: str) -> tuple[Deed, ...]:
    """Return who does what in a text.

    Raises:
        ImportError: kiwipiepy is not installed.
    """
    return tuple(_deeds(tokens_of(text)))


def completed(question: str, answer: str) -> str:
    """Return a short answer to who does something as a sentence; '' for any other question or answer."""
    named = _COPULA.sub("", answer.strip())
    if len(named) > _MAX_NAMED_CHARS or not named or not _WHO.search(question):
        return ""
    written = _WHO.sub(lambda found: named + ("가" if found["subject"] else ""), question, count=1)
    return written.rstrip("?")


def _deeds(tokens: Sequence[Any]) -> Iterator[Deed]:
    clause = _Clause()
    index = 0
    while index < len(tokens):
        token, tag = tokens[index], str(tokens[index].tag)
        following = tokens[index + 1] if index + 1 < len(tokens) else None
        if tag == "SF" or "\n" in token.form:
            clause = _Clause()
        elif tag == "NNG" and token.form in _EMPTY_NOUNS and not clause.pending:
            pass
        elif tag in _NOUNS:
            index, noun = _noun(tokens, index)
            clause.pending.append(noun)
            continue
        elif tag in {"XSV", "XSA"} and clause.pending:
            act = clause.pending.pop()
            yield from _deed(clause, act, tokens, index, is_passive=token.form in _PASSIVE_SUFFIXES)
        elif (tag == "MAG" and token.form == "없이" and clause.pending) or (
            tag == "VA" and token.form == "없" and clause.phrases and _is_of_noun(tokens, index)
        ):
            words = tuple(clause.pending) or clause.phrases[-1][0]
            yield Deed(words[-1], frozenset(), frozenset(), is_denied=True, start=token.start, is_noun=True)
            clause.pending = []
        elif _is_topic_read_as_copula(token, following) and clause.pending:
            clause.pending[-1] += "라"
            _close(clause, _Case.TOPIC)
            index += 1
        elif tag == "VX" and index and str(tokens[index - 1].tag) in _PARTICLES:
            yield from _verb_deed(clause, tokens, index)
        elif tag in {"VA", "VCP", "VCN"} or (tag in _VERBS and token.form in _EMPTY_VERBS - {"하"}):
            _end_empty(clause, tokens, index)
        elif tag in _VERBS:
            yield from _verb_deed(clause, tokens, index)
        elif tag in _PARTICLES and clause.pending:
            case = _case(token, following)
            if case is not None:
                _close(clause, case)
        index += 1


def _noun(tokens: Sequence[Any], start: int) -> tuple[int, str]:
    """Return where a noun that may have several morphemes ends, and the noun: 발주 + 자."""
    end = start + 1
    while end < len(tokens) and str(tokens[end].tag) in _NOUNS and _touches(tokens[end - 1], tokens[end]):
        end += 1
    return end, "".join(token.form for token in tokens[start:end]).lower()


def _touches(one: Any, other: Any) -> bool:
    return bool(one.start + one.len == other.start)


def _case(particle: Any, following: Any) -> _Case | None:
    """Return what a particle makes of its noun; None for one that drops it: 갑이 아니라."""
    form, tag = particle.form, str(particle.tag)
    if tag == "JKS":
        return _Case.SUBJECT
    if tag == "JX":
        return _Case.TOPIC if form in {"은", "는", "만", "도"} else _Case.OTHER
    if tag == "JKO":
        return _Case.OBJECT
    if form in _SOURCE_PARTICLES:
        return _Case.SOURCE
    if form in _RECIPIENT_PARTICLES:
        return _Case.RECIPIENT
    if form == "에" and following is not None and following.form == "의하":
        return _Case.DOER
    return _Case.OTHER


def _close(clause: _Clause, case: _Case) -> None:
    words = tuple(clause.pending)
    clause.pending = []
    clause.phrases.append((words, case))
    if case is _Case.TOPIC:
        clause.topic = frozenset(words)


def _verb_deed(clause: _Clause, tokens: Sequence[Any], index: int) -> Iterator[Deed]:
    form = tokens[index].form
    if form == "의하" or (form in _RELATIONS and clause.phrases):
        if form != "의하":
            clause.phrases.pop()
        return
    if form in _RECEIVING:
        found = [place for place, (_, case) in enumerate(clause.phrases) if case is _Case.OBJECT]
        if found:
            words, _ = clause.phrases.pop(found[-1])
            yield from _deed(clause, words[-1], tokens, index, is_passive=True)
        return
    if form == "하":
        found = [
            place
            for place, (_, case) in enumerate(clause.phrases)
            if case is _Case.OBJECT or (case is _Case.TOPIC and _has(clause, _Case.SUBJECT))
        ]
        if found:
            words, case = clause.phrases.pop(found[-1])
            if case is _Case.TOPIC:
                clause.topic = frozenset()
            yield from _deed(clause, words[-1], tokens, index, is_passive=False)
        return
    yield from _deed(clause, form, tokens, index, is_passive=_is_passive(tokens, index))


def _is_of_noun(tokens: Sequence[Any], index: int) -> bool:
    """Return whether 없다 denies a noun, and not a verb: 손해가 없다, but 할 수 없다."""
    return all(token.form != "수" for token in tokens[max(0, index - 2) : index])


def _is_topic_read_as_copula(token: Any, following: Any) -> bool:
    """Return whether the analyser took 윤미라는 for 윤미 + 이라는: a copula of no length."""
    return bool(str(token.tag) == "VCP" and token.len == 0 and following is not None and following.form == "라는")


def _end_empty(clause: _Clause, tokens: Sequence[Any], index: int) -> None:
    """End a clause without a deed: 연체가 2개월분이 되면. A noun of its own ends nothing: 할 수 있다."""
    before = tokens[index - 1] if index else None
    if before is not None and (before.form == "수" or str(before.tag) in {"EC", "JX"}):
        return
    clause.phrases = [(words, case) for words, case in clause.phrases if case is _Case.TOPIC]
    clause.pending = []


def _is_passive(tokens: Sequence[Any], index: int) -> bool:
    """Return whether a verb goes on with 어지다: 받아들여지다."""
    behind = tokens[index + 1 : index + 3]
    return len(behind) == 2 and str(behind[0].tag) == "EC" and behind[1].form == "지"


def _has(clause: _Clause, case: _Case) -> bool:
    return any(other is case for _, other in clause.phrases)


def _deed(clause: _Clause, act: str, tokens: Sequence[Any], index: int, *, is_passive: bool) -> Iterator[Deed]:
    subjects = _words(clause, _Case.SUBJECT) or _words(clause, _Case.TOPIC) or clause.subject or clause.topic
    is_own = _has(clause, _Case.SUBJECT) or _has(clause, _Case.TOPIC)
    if not is_own and _describes_noun(tokens, index):
        subjects = frozenset()  # 방문하여 눌려 있던 선을 바꾸다: what was pressed is the line
    doers = _words(clause, _Case.DOER) | _words(clause, _Case.SOURCE)
    if act in _CONVERSES and not is_passive:
        act, is_passive = _CONVERSES[act], True
    elif is_passive and not doers:
        doers = _words(clause, _Case.RECIPIENT)
    everyone = frozenset(word for words, _ in clause.phrases for word in words) | frozenset(clause.pending)
    agents = doers if is_passive else subjects
    denied = _is_denied(tokens, index)
    if act in _REFUSALS:
        found = [words for words, case in clause.phrases if case in (_Case.OBJECT, _Case.SUBJECT, _Case.TOPIC)]
        objects = _words(clause, _Case.OBJECT) or (subjects if is_passive else frozenset())
        refused = [words[-1] for words in found if words[-1] in objects]
        if refused:
            act, denied = refused[-1], not denied
    if act in _OPPOSITES:
        act, denied = _OPPOSITES[act], not denied
    act = _SYNONYMS.get(act, act)
    is_sure = is_passive or _has(clause, _Case.SUBJECT) or bool(clause.subject)
    others = (everyone | subjects) - agents - {act}
    yield Deed(act, agents, others, denied, tokens[index].start, is_sure=is_sure)
    behind = _ending(tokens, index)
    goes_on = behind is not None and behind.form in _SAME_SUBJECT
    clause.subject = subjects if goes_on and _has(clause, _Case.SUBJECT) and not is_passive else frozenset()
    clause.phrases, clause.pending = [], []


def _describes_noun(tokens: Sequence[Any], index: int) -> bool:
    """Return whether the verb at an index says in which state the noun behind it is: 눌려 있던 선."""
    behind = [token for token in tokens[index + 1 : index + 4] if str(token.tag) in {"EC", "VX", "ETM"}]
    return [str(token.tag) for token in behind] == ["EC", "VX", "ETM"] and behind[1].form == "있"


def _ending(tokens: Sequence[Any], index: int) -> Any:
    """Return the last ending of the verb at an index."""
    last = None
    for token in tokens[index + 1 :]:
        if str(token.tag) not in {"EC", "EP", "VX", "ETM", "EF", "ETN"}:
            break
        last = token
    return last


def _words(clause: _Clause, case: _Case) -> frozenset[str]:
    return frozenset(word for words, other in clause.phrases if other is case for word in words)


def _is_denied(tokens: Sequence[Any], index: int) -> bool:
    """Return whether the verb at an index is negated: 하지 않다, 할 수 없다, 안 하다."""
    denied = False
    start = index
    while start > 0 and _touches(tokens[start - 1], tokens[start]) and str(tokens[start].tag) not in _VERBS:
        start -= 1
    if start > 0 and str(tokens[start - 1].tag) == "MAG" and tokens[start - 1].form in _NEGATIVE_ADVERBS:
        denied = True
    place = index + 1
    while place < len(tokens):
        token = tokens[place]
        tag = str(token.tag)
        if token.form in {"아니", "못"} and place + 1 < len(tokens) and tokens[place + 1].form.startswith("하"):
            denied = not denied
            place += 2
            continue
        if token.form in {"안", "아니"} and place + 1 < len(tokens) and tokens[place + 1].form == "되":
            denied = not denied
            place += 2
            continue
        if tag not in _TAIL:
            break
        if tag == "NNB" and token.form != "수":
            break
        if tag in {"VA", "VV"} and not (token.form == "없" and tokens[place - 1].form in {"수", "는", "가", "도"}):
            break
        if token.form in _NEGATIVE_AUXILIARIES or token.form == "없":
            denied = not denied
        place += 1
    return denied
