"""Sentences of English manuals that hold a fact: duties, bans, advice, purposes, cases and meanings."""

from __future__ import annotations

from pipeline.languages.en.instructions import IMPERATIVE
from pipeline.languages.manual_rules import ProseRules

_NO_ITEM = r"^(?![\d*•(-])(?!.*\b(?:this|these|above|below|such)\b)"
_CASE_WITHOUT_SUBJECT = (
    r"in |given\b|provided\b|possible\b|necessary\b|specified\b|set\b|successful\b|desired\b|available\b|enabled\b"
    r"|needed\b|required\b|empty\b|omitted\b|used\b|not\b|true\b|\w+ing\b|\w+ed\b"
)
_SUBJECT = r"(?:the|an?|no|all|any|only|there|nothing|each|every|most|some|you|please)"
_POINTING = r"this|these|above|below|here|latter|former"
_TERM = (
    r"(?:(?:A|An|The) )?"
    r"(?P<term>`[^`]{2,50}`|\*{1,2}[^*]{2,50}\*{1,2}|“[^”]{2,50}”|\"[^\"]{2,50}\")(?: \([^()]{1,40}\))?"
)

PROSE = ProseRules(
    duties=(
        rf"{_NO_ITEM}(?!.*\brequirements?\b).*"
        r"\b(?:must(?! not| never)|(?<!to )make sure|(?<!to )be sure to|it is necessary to)\b"
    ),
    weak_duties=r"\b(?:must|need|needs|have to|has to|required|should|shall|make sure|ensure|necessary)\b",
    bans=(
        rf"{_NO_ITEM}(?:.*\b(?:must|should) (?:not|never) \w+"
        r"|(?:.*(?<!no)[,;] )?(?:[Pp]lease )?(?:[Dd]o not|[Dd]on['’]t|[Nn]ever) "
        r"(?!forget|worry|panic|hesitate|be )[a-z]+)"
    ),
    advice=(
        rf"{_NO_ITEM}.*(?:"
        r"\b(?:is|are) (?:strongly |highly )?(?:recommended|advisable|advised)\b(?! for)"
        r"|\b[Ww]e (?:strongly |highly )?(?:recommend|suggest)\b)"
    ),
    goals=(
        r"(?:To|In order to|(?:If|When) you (?:want|wish|need|would like) to) "
        r"(?P<case>(?!start with|sum up|be )[a-z][^,:;()?]{6,90}), (?P<rest>[^?]{4,260})\.",
    ),
    cases=(
        rf"(?P<case>(?P<opening>If|When) (?!{_CASE_WITHOUT_SUBJECT})[a-z`\"“*<][^,:;()?]{{8,110}}), (?:then )?"
        rf"(?P<rest>(?:(?:{_SUBJECT}|{IMPERATIVE})\b|[`<*\"“A-Z])[^?]{{3,260}})\.",
    ),
    to_do=(
        rf"^(?:please |simply |just |first |then )?{IMPERATIVE}\b"
        r"|\byou (?:can|should|must|need to|have to|will (?:need|have) to)\b|\b(?:should|must) be\b"
    ),
    unclear=r"\b(?:you|we|may|might|could|can)\b",
    vague=(
        rf"\b(?:{_POINTING}|it|its|that|those|they|them|their|he|she|such|so|there|one|ones|neither|either|both|same|another|others?"
        r"|instead|however|also|still|again|then|not sure|we|our|us|unsure|wonder)\b|^be "
    ),
    meanings=(
        rf"{_TERM} (?:(?:is|are) (?:a|an|the)|means|refers to (?:a|an|the)|stands for|denotes)\b"
        rf"(?!.*\b(?:{_POINTING})\b)(?!.*[`*”\"] (?:is|are|means)\b)"
        r"(?! (?:good|great|bad|nice|better|best|common|useful|same|deprecated|only|default|first|last|following))"
        r"[^:]{30,300}\.",
    ),
)
