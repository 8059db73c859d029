"""Korean sentences that oblige, allow, punish or set a date.

Examples: 을은 … 하여야 한다; …한 자는 … 벌금에 처한다; 이 법은 …부터 시행한다.
"""

from __future__ import annotations

import re

from pipeline.languages.duty_rules import DutyRules, Statement

_TOPIC = r"[^\s,，.;:]{0,15}[가-힣A-Za-z)”’」]"
_SUBJECT = re.compile(rf"^(?P<subject>(?:{_TOPIC}\s){{0,3}}?{_TOPIC})(?<!또)(?P<topic>은|는)\s(?P<rest>\S.*)$")
"""Matches a sentence that begins with a topic: 을은 …."""
_BAD_SUBJECT = re.compile(
    r"^(?:다만|단|그|이|위|해당|당해|동|본|전항|이에|그러나|또한|이때|이 경우|제?\d|각 호|다음|같은|[가-힣]+(?:경우"
    r"|때|날|후|전|이후|한|된|할|인)\s?)"
    r"|(?:경우|때|날|후|전|중|내|바|것|수|데|에서|에게|으로|로|하여|에|까지|부터|관하여|대하여|따라|위하여|한하여)$"
    r"|[을를이가]\s|(?:^|\s)[가-힣]{0,8}[하되있없받]$"
)
"""Finds signs that a topic is not a subject that can be asked about: 다만, …하는 경우."""
_ALLOWED_THIS = re.compile(r"^(?:이|본) (?:법|영|규칙|조례|규정|약관|계약|헌법|고시|지침|협약|정관)$")
_MUST = re.compile(r"(?:하여야|해야|되어야|이어야|여야|어야|아야|야) (?:한다|합니다)\.$")
"""Finds the end of a duty: 하여야 한다."""
_BAN = re.compile(
    r"(?:(?:하여서는|해서는|어서는|아서는|여서는|되어서는) (?:아니 ?된다|안 ?된다|안 ?됩니다|아니 ?됩니다)|(?:할|될"
    r"|받을|둘|가질|줄|들|칠|칠) 수 없(?:다|습니다)|못한다)\.$"
)
"""Finds the end of a ban: 하여서는 아니 된다."""
_MAY = re.compile(r"[할될받둘칠줄낼] 수 있(?:다|습니다)\.$")
"""Finds the end of a permission: 할 수 있다."""
_PENALTY = re.compile(
    r"^(?P<who>(?:[^.]{2,160})(?:자|사람|법인|때|경우|사업주|사업자|행위자))(?P<topic>에게는|에는|은|는)\s"
    r"(?P<what>[^.]{0,40}?(?:\d|[일이삼사오육칠팔구십백천만억]+\s?)[^.]{1,90}?(?:징역|금고|벌금|과태료|구류|과료"
    r"|과징금|사형)[^.]{0,60}?)"
    r"(?:에 처한다|에 처할 수 있다|을 부과한다|를 부과한다|을 부과할 수 있다|를 부과할 수 있다"
    r"|에 처하거나[^.]{0,40})\.$"
)
"""Matches a sentence that threatens a penalty: 위반한 자는 1천만원 이하의 벌금에 처한다."""
_EFFECT = re.compile(
    r"^(?:\S{1,3}\s)?(?P<what>(?:이|본) (?:법률?|영|규칙|조례|규정|약관|계약|헌법|고시|지침|협약|정관|훈령|예규|내규"
    r"|세칙|합의서?))(?:은|는)\s?"
    r"(?P<when>[^.]{2,50}?(?:\d{4}[.]\s?\d{1,2}[.]\s?\d{1,2}[.]?)?(?:부터|로부터))\s?(?:이를 )?(?:시행|적용"
    r"|효력)(?:한다|합니다|된다|을 발생한다|이 발생한다|이 있다)\."
)
"""Matches a sentence with an effective date: 이 법은 2025년 1월 1일부터 시행한다."""
_ANAPHORA = re.compile(r"(?:^|\s)(?:이를|그|이에|이와|그러한|해당|당해|위|전항|이 경우|같은|다음)\s|제\d+항의|각 호")
"""Finds a word that refers to something outside the sentence: 이를, 전항."""


def _read(sentence: str) -> Statement | None:
    if effect := _EFFECT.match(sentence):
        slots = (("what", effect["what"]),)
        return Statement(form="deadline.effective", slots=slots, answer=effect["when"], key="effect")
    if (penalty := _PENALTY.match(sentence)) and not re.search(r"[은는]\s", penalty["who"]):
        who = f"{penalty['who']}{penalty['topic']}"
        return Statement(form="duty.penalty", slots=(("who", who),), answer=penalty["what"], key=penalty["who"])
    found = _SUBJECT.match(sentence)
    if found is None:
        return None
    subject, rest = found["subject"], found["rest"]
    if (_BAD_SUBJECT.search(subject) and not _ALLOWED_THIS.match(subject)) or len(rest) < _MIN_REST_CHARS:
        return None
    if _ANAPHORA.search(rest) or _OTHER_AGENT.match(rest) or "다만" in rest or _SECOND_TOPIC.search(rest):
        return None
    form = (
        "duty.must"
        if _MUST.search(rest)
        else "duty.ban"
        if _BAN.search(rest)
        else "duty.may"
        if _MAY.search(rest)
        else ()
    )
    if not form or (_THING.search(subject) and (form != "duty.must" or _UNDERGOES.search(rest))):
        return None
    return Statement(form=form, slots=(("subject", subject),), answer=rest, key=subject)


_THING = re.compile(
    r"(?:권|금|료|비|세|액|물|품|사항|절차|(?<!경찰|세무|소방)서|증|기간|업무|내용|계약|법|법률|조례|규칙|규정|명령|재산|주식|시설|장소|건물"
    r"|토지|비용|방법|행위|권리|의무|청구|신청|자료|정보|기준|조치|처분|결정|회의|의안|예산|보수|임기|기한|이용|사용|양도|등기|소집|선임|선출|변경|설치|구성|운영|개최|지급|납부|제출|신고|통지|심의|의결|관리|보관|처리|날|때|것|효력)$"
)
"""The end of a subject that is a thing; things do not act."""
_UNDERGOES = re.compile(
    r"(?:되어야|이어야|여야|받아야|어야|아야) (?:한다|합니다)\.$(?<!하여야 한다\.)(?<!하여야 합니다\.)"
)
_OTHER_AGENT = re.compile(r"[가-힣]{1,12}[이가]\s")
"""The beginning of a predicate that names its own agent: 총회의 소집은 이사장이 …."""
_SECOND_TOPIC = re.compile(r"[,，]\s(?:\S+\s){0,3}\S+[은는]\s")
_MIN_REST_CHARS = 10


def _subject_again(subject: str) -> str:
    return rf"(?<![가-힣]){re.escape(subject)}(?:은|는|이|가)(?![가-힣])"


_NO_TOPIC = r"^(?!(?:이 경우|이때),?\s\S+[은는]\s|(?:\S+\s){0,8}?\S*[가-힣][은는이가]\s)"
"""The beginning of a sentence that does not name who acts."""

DUTIES = DutyRules(
    read=_read,
    subject_again=_subject_again,
    unnamed={
        "duty.must": re.compile(rf"{_NO_TOPIC}.*{_MUST.pattern}"),
        "duty.ban": re.compile(rf"{_NO_TOPIC}.*{_BAN.pattern}"),
        "duty.may": re.compile(rf"{_NO_TOPIC}.*{_MAY.pattern}"),
    },
    exception=re.compile(r"(?:다만|단)[,，]?\s"),
    share_sign=re.compile(r"분의|퍼센트|프로|[%％]"),
    share=re.compile(
        r"과반수|절반|\d{1,3}[천만]분의\s?\d{1,3}|(?:(?:연|월)\s?)?(?:\d{1,5}분의\s?\d{1,5}|\d{1,3}(?:[.]\d{1,3})?\s?(?:퍼센트|프로|%|％))(?:\s?(?:이상|이하"
        r"|미만|초과|이내|범위))?"
    ),
    amended=re.compile(
        r"(?:<(?:개정|신설|전문개정|본조신설)(?:,?\s?(?:신설|개정))?\s(?P<days>\d{4}[.]\s?\d{1,2}[.]\s?\d{1,2}[.]?(?"
        r":,\s?\d{4}[.]\s?\d{1,2}[.]\s?\d{1,2}[.]?){0,40})>"
        r"|\[(?:전문개정|본조신설|전부개정|제목개정)\s(?P<whole>\d{4}[.]\s?\d{1,2}[.]\s?\d{1,2}[.]?)\])"
    ),
    amended_opening=r"<(?:개정|신설|전문개정|본조신설)|\[(?:전문개정|본조신설|전부개정|제목개정)",
)
