"""English sentences that oblige, allow, punish or set a date: `Licensee shall …`, `is liable to a fine`, `takes
effect`."""

from __future__ import annotations

import re

from pipeline.languages.duty_rules import DutyRules, Statement

_SUBJECT = (
    r"(?P<subject>(?:(?:The|Each|Either|Neither|Every|Any|All) )?[A-Z][\w’'&-]*(?: (?:[A-Z][\w’'&-]*|party|parties"
    r"|person|owner|of|the|authority|court|holder)){0,4})"
)
_RULE = re.compile(
    rf"^{_SUBJECT} (?P<modal>shall not|must not|may not|will not|cannot|shall|must|may|is required to"
    rf"|are required to|agrees? to|agrees? not to"
    r"|(?:is|are) entitled to) (?P<rest>[a-z]\S*(?: \S+){2,80}\.)$"
)
"""Matches a sentence with a modal verb: `Licensee shall not copy the Software.`"""
_BAD_SUBJECT = re.compile(
    r"^(?:If|When|Where|Unless|No|Nothing|Neither|After|Before|From|Any such|It|They|This|That|These|Those|Such|He"
    r"|She|We|There|Here|Nor|In|On|"
    r"As|For|To|By|At|And|Or|But|However|Except|Upon|Subject|Notwithstanding|Furthermore|Accordingly|Section|Article"
    r"|Clause|Paragraph|"
    r"Term|Terms|Headings?|The following|The foregoing|The same|All such|Each such|Either such|You acknowledge)\b"
)
"""Matches a subject that is unclear alone or that begins a condition: `It`, `If`."""
_UNCLEAR = re.compile(
    r"\b(?:it|them|they|those|such|thereof|thereto|therein|the foregoing|the following|the above|the same|as follows"
    r"|these|below|above|"
    r"he|she|his|her|said)\b|:|\bthis (?!agreement|licen|lease|contract|act\b|policy|section|clause|article|document"
    r"|paragraph)[a-z]"
)
"""Finds a word that refers to something outside the sentence: `it`, `the foregoing`."""
_PENALTY = re.compile(
    r"^(?P<who>(?:A|Any|Every|Whoever|An|Each)\b[^.;:]{5,160}?) (?:shall be|is|are) (?:guilty of [^.;:]{3,60} and )?"
    r"(?:liable(?: on [a-z ]{5,40})?(?: to)?|punishable by|subject to|fined|punished by) (?P<what>(?:a |an "
    r"|the )?[^.;]{3,120}?"
    r"(?:fine|imprisonment|penalty|\$[\d,]+|£[\d,]+|€[\d,]+)[^.;]{0,120})\.$"
)
"""Matches a sentence that threatens a penalty: `Any person who fails to comply is liable to a fine.`"""
_EFFECT = re.compile(
    r"^(?P<what>(?:This|The) (?:Act|Agreement|Policy|Regulation|Amendment|Lease|Order|Law|Rule|Directive|Contract"
    r"|License|Licence|Code|Treaty))"
    r" (?:shall (?:take|come into|be|become) |takes |comes into |becomes |is )(?:effect|force|effective|in effect)"
    r" (?P<when>(?:on|as of|from|upon) (?!.*\b(?:until|unless|through|and|so long|above|below|hereof|herein|such"
    r"|said)\b)[^.;()]{4,90})\.$"
)
"""Matches a sentence with an effective date: `This Act takes effect on 1 January 2025.`"""


def _read(sentence: str) -> Statement | None:
    if effect := _EFFECT.match(sentence):
        what = effect["what"][:1].lower() + effect["what"][1:]
        return Statement(form="deadline.effective", slots=(("what", what),), answer=effect["when"], key="effect")
    if (penalty := _PENALTY.match(sentence)) and not _UNCLEAR.search(penalty["who"]):
        who = penalty["who"][:1].lower() + penalty["who"][1:]
        return Statement(form="duty.penalty", slots=(("who", who),), answer=penalty["what"], key=who)
    rule = _RULE.match(sentence)
    if rule is None or _BAD_SUBJECT.match(rule["subject"]) or _UNCLEAR.search(rule["rest"]):
        return None
    modal, subject = rule["modal"], rule["subject"]
    if _THING.search(rule["subject"]) or _SECOND_RULE.search(rule["rest"]):
        return None
    if rule["modal"].endswith("entitled to") and not _ENTITLED_VERB.match(rule["rest"]):
        return None
    if _NO_VERB.match(rule["rest"]) or _NO_ACT.match(rule["rest"]):
        return None
    if rule["rest"].startswith(
        ("be ", "have ", "not ", "not, ", "also ", "only ", "thereafter ", "then ", "otherwise ")
    ):
        return None
    subject = subject[:1].lower() + subject[1:] if _PLAIN_START.match(subject) else subject
    if modal.endswith("not") or modal == "cannot" or "not to" in modal:
        form = "duty.ban"
    elif modal == "may" or modal.endswith("entitled to"):
        form = "duty.may"
    else:
        form = "duty.must"
    return Statement(form=form, slots=(("subject", subject),), answer=rule["rest"], key=subject.lower())


_THING = re.compile(
    r"\b(?:Agreements?|Licen[cs]es?|Leases?|Terms?|Updates?|Services?|Software|Codes?|Programs?|Products?|Fees?|Rents?"
    r"|Payments?|Notices?|Works?|Materials?|Contents?|Data|Information|Documentation|Documents?|Sections?|Polic(?:y|ies)"
    r"|Provisions?|Applications?|Orders?|Amounts?|Periods?|Dates?|Use|Models?|Derivatives?|Components?|Files?|Acts?|Laws?"
    r"|Rules?|Exhibits?|Schedules?|Libraries|Library|Package|Version|Report|Statement|Account|Site|Website|Loans?|Notes?|Bonds?|Shares?|Warrants?|Options?|Advances?"
    r"|Borrowings?|Obligations?|Interest|Premises|Property|Properties|Buildings?|Projects?|Parts?|Amendments?"
    r"|Indebtedness|Securities|Awards?|Benefits?|Meetings?|Closing|Stock|Units?)$"
)
"""The end of a subject that is a thing. Things do not act, so a sentence about one is not a duty, ban or permission."""
_PLAIN_START = re.compile(r"(?:The|Each|Either|Every|Any|All|Both|An?|You|We)\b")
"""Matches a subject whose first letter is lower case inside a sentence: `The Tenant`."""
_NO_VERB = re.compile(r"(?:the|an?|any|all|this|that|its|their|each|such|no|those|these)\b")
"""Words at the beginning of a noun phrase after `agrees to`: the party agrees to a thing instead of an action."""
_ENTITLED_VERB = re.compile(
    r"(?:receive|terminate|use|require|deduct|charge|recover|assign|inspect|attend|vote|participate|request|demand|claim|refuse"
    r"|withhold|enter|sell|appoint|inform|rely|suspend|obtain|apply|cancel|exercise|treat|set|take|make)\b"
)
"""Verbs after `is entitled to`. Words outside this list may be nouns: `is entitled to interest`."""
_NO_ACT = re.compile(
    r"(?:(?:at all times|always) )?(?:retain|reserve|remain|own|hold|constitute|include|mean|survive|prevail"
    r"|control|apply"
    r"|become|inure|bind|contain|consist|exist|incur|experience|vary|differ|result|suffer|need|wish|want|acknowledge"
    r"|understand|exceed|cease)\b"
)
"""Verbs that are not actions. They say that a right is kept, that a state holds, or that something may happen."""
_DONE = r"(?:not )?(?:\w+ly )?be (?:\w+ly )?\w*(?:ed|en|wn|ne|de|nt|ld|ht|id|pt|ut|et|un|um|lt|ft)\b"
"""A passive verb: `be promptly paid`."""
_SECOND_RULE = re.compile(
    r"; |, (?:and|but) [^.;]{0,90}?\b(?:is|are) (?:void|null|invalid|prohibited|forbidden|not)\b"
    r"|[.] [A-Z][^.]{0,90}?\b(?:shall|must|may|will)\b"
    r"|\b(?:and|or|but|nor)\b[^.;]{0,80}?\b(?:shall|must|may|will|cannot|agrees? to)\b"
)
"""A second rule after the first one, which is not part of what the first rule requires."""
_COUNT_WORD = (
    r"(?:zero|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen"
    r"|eighteen|nineteen|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety|hundred|half|quarter|point|and)"
)
_COUNT_WORDS = rf"(?<![\w-])(?:{_COUNT_WORD}[\s-]{{1,6}}){{1,7}}"
_PERCENT = r"(?:percent(?:age)?|per cent(?:um)?)"
_FIGURE = r"(?<![\w.,/])\d{1,3}(?:\.\d+)?"
"""A number of up to three digits, with decimals: `12.5`."""


def _subject_again(subject: str) -> str:
    bare = re.escape(re.sub(r"^(?:the|each|either|every|any|all|an?) ", "", subject, flags=re.IGNORECASE))
    return (
        rf"(?i:\b(?:{bare}|it|he|she|they|(?:either|each|both|neither) part(?:y|ies)|the parties)\b)"
        r"(?:[^.;\n]|[.;](?=\S)){0,90}?\b(?:shall|must|may|will|need|cannot|agrees?"
        r"|(?:is|are) (?:required|entitled|responsible|prohibited|obligated|permitted))\b"
    )


DUTIES = DutyRules(
    read=_read,
    subject_again=_subject_again,
    unnamed={
        "duty.must": re.compile(rf"\b(?:shall|must|will|is to|are to|(?:is|are) required to) {_DONE}"),
        "duty.may": re.compile(rf"\b(?:may|can) {_DONE}|\b(?:is|are) (?:permitted|allowed|entitled)\b"),
        "duty.ban": re.compile(
            rf"\b(?:shall|must|may|will) (?=not ){_DONE}|\bcannot be\b|\b(?:is|are) (?:prohibited|forbidden)\b"
            r"|\b(?:is|are) not (?:permitted|allowed|entitled)\b|\b[Nn]o \w+ (?:shall|may|must)\b"
            r"|\b[Nn]o(?: [\w’'-]+){1,8}? (?:is|are|(?:shall|will|may) be)"
            r" (?:permitted|allowed|authori[sz]ed|granted|made|used)\b"
        ),
    },
    exception=re.compile(
        r"(?:However|Provided|Except|Notwithstanding the (?:foregoing|preceding|above)|Unless otherwise"
        r"|The (?:foregoing"
        r"|preceding|above)|Nothing in this|This (?:requirement|obligation|restriction|prohibition|limitation|right"
        r"|paragraph|section|clause|provision) (?:does|shall|will|is|applies))\b"
    ),
    share_sign=re.compile(r"%|per ?cent", re.IGNORECASE),
    share=re.compile(
        rf"(?i:{_COUNT_WORDS}{_PERCENT}(?:\s{{1,6}}\(\d{{1,3}}(?:\.\d+)?\s?(?:%|{_PERCENT})?\))?"
        rf"|(?:{_COUNT_WORDS})?\(\d{{1,3}}(?:\.\d+)?\s?%\)"
        rf"|{_FIGURE}\s?(?:%|{_PERCENT}\b)|\b(?:majority|half|one-half|two[- ]thirds|one[- ]third|three[- ]fourths"
        r"|three[- ]quarters|one[- ]quarter|basis points?|one[- ](?:fifth|tenth))\b)"
    ),
)
