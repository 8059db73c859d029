"""Patterns for sentences in English manuals that state a fact: bans, advice, goals, conditions, uses and meanings."""

from __future__ import annotations

from pipeline.languages.en.instructions import IMPERATIVE
from pipeline.languages.manual_rules import ProseRules

_NO_ITEM = r"^(?![\d*•(-])(?!.*\b(?:this|these|above|below|such)\b)"
"""A look-ahead that excludes list items and sentences with words such as `this` or `above`."""
_CASE_WITHOUT_SUBJECT = (
    r"in |given\b|provided\b|possible\b|necessary\b|specified\b|set\b|successful\b|desired\b|available\b|enabled\b"
    r"|needed\b|required\b|empty\b|omitted\b|used\b|not\b|true\b|left\b|\w+ing\b|\w+ed\b"
)
"""Words after `If` or `When` in a condition without a subject: `If necessary`."""
_SUBJECT = r"(?:the|an?|no|all|any|only|there|nothing|each|every|most|some|you|please)"
"""A word with which the main clause after a condition may begin."""
_FINITE = (
    "is|are|was|were|will|would|has|have|had|does|do|did|cannot|goes|applies|implies|tries|copies|matches|becomes?"
    "|aborts?|accepts?|acts?|adds?|allows?|appears?|asks?|assumes?|behaves?|calls?|causes?|checks?|closes?|comes?"
    "|considers?|contains?|continues?|converts?|creates?|defaults?|deletes?|disables?|displays?|enables?|exits?|fails?"
    "|falls?|feeds?|generates?|gets?|gives?|happens?|ignores?|includes?|indicates?|keeps?|leaves?|looks?|makes?|means?"
    "|moves?|needs?|occurs?|opens?|overrides?|performs?|prints?|produces?|reads?|refers?|rejects?|remains?|removes?"
    "|replaces?|reports?|requires?|returns?|runs?|sends?|sets?|shows?|skips?|starts?|stops?|takes?|tells?|treats?"
    "|turns?|updates?|uses?|waits?|works?|writes?"
)
"""The finite verbs that a main clause may have. Text without one is not a sentence."""
_ACTIVE = (
    "accepts|adds|allows|applies|calls|changes|checks|closes|compares|compiles|configures|contains|controls|converts"
    "|copies|creates|defines|deletes|describes|determines|disables|displays|downloads|enables|ensures|exports|fetches"
    "|finds|generates|gives|holds|identifies|imports|initialises|initializes|inserts|installs|limits|lists|loads|logs"
    "|makes|manages|marks|moves|names|opens|overrides|performs|prevents|prints|processes|produces|provides|reads"
    "|records|removes|renames|replaces|reports|resets|restores|returns|runs|saves|scans|selects|sends|sets|shows"
    "|sorts|specifies|starts|stops|stores|switches|takes|tells|tests|updates|uploads|verifies|waits|writes"
)
"""Verbs that say what a thing does."""
_NO_NOUN = (
    r"(?!(?!(?:\S+ ){1,4}(?:the|an?|that|whether|if|your|to|which|it|all|any|each|no)\b)(?:[a-z-]+ ){2,5}"
    r"(?:is|are|was|were|will|can|has|have|does|do)\b)"
)
"""A look-ahead that excludes sentences whose subject looks like an instruction: `test options will be ignored`."""
_POINTING = r"this|these|above|below|here|latter|former"
"""Words that refer to something outside the sentence."""
_TERM = (
    r"(?:(?:A|An|The) )?"
    r"(?P<term>`[^`]{2,50}`|\*{1,2}[^*]{2,50}\*{1,2}|“[^”]{2,50}”|\"[^\"]{2,50}\")(?: \([^()]{1,40}\))?"
)
"""A term in markup or quotation marks: `` The `ls` ``."""

PROSE = ProseRules(
    bans=(
        rf"{_NO_ITEM}(?:.*(?<!that )(?<!which )(?<!who )\b(?:must|should) (?:not|never) \w+"
        r"|(?:(?:If|When|Before|After|While|Once|To|For|On|In|Until|Unless|With|During|As|Since|Because)\b[^;]*, )?"
        r"(?:[Pp]lease )?(?:[Dd]o not|[Dd]on['’]t|[Nn]ever) "
        r"(?!forget|worry|panic|hesitate|be )[a-z]+)"
    ),
    weak_bans=(r"(?i)\b(?:not|cannot|never|avoid|forbidden|prohibited|refrain|without)\b|n['’]t\b"),
    advice=(
        rf"{_NO_ITEM}.*(?:"
        r"\b(?:is|are) (?:strongly |highly )?(?:recommended|advisable|advised)\b(?! for)"
        r"|\b[Ww]e (?:strongly |highly )?(?:recommend|suggest)\b)"
    ),
    weak_advice=r"(?i)\b(?:recommend|suggest|advi[sc]|encourage|discourage|should|prefer|better|good idea|best)",
    goals=(
        r"(?:To|In order to|(?:If|When) you (?:want|wish|need|would like) to) "
        r"(?P<case>(?!start with|sum up|be )[a-z][^,:;()?]{6,90}), (?P<rest>[^?]{4,260})\.",
    ),
    cases=(
        rf"(?P<case>(?P<opening>If|When) (?!{_CASE_WITHOUT_SUBJECT})[a-z`\"“*<][^,:;()?]{{8,110}}), (?:then )?"
        rf"(?P<rest>(?:(?:{_SUBJECT}|{IMPERATIVE})\b|[`<*\"“A-Z])[^?]{{3,260}})\.",
    ),
    to_do=(
        rf"^{_NO_NOUN}(?:please |simply |just |first |then )?{IMPERATIVE}\b(?![-.(/_=:]\S)"
        r"|^you (?:should|must|need to|have to|will (?:need|have) to)\b"
        r"(?! (?:just )?(?:see|notice|know|find|have|be)\b)(?! (?:not|never)\b)"
        r"|^(?!there )(?:[^,]* )?must (?!not )be\b"
    ),
    unclear=rf"\b(?:you|we|may|might|could|can|should|must|probably|likely|perhaps|maybe)\b|^(?!.*\b(?:{_FINITE})\b)",
    empty=(
        r"^(?:please )?see (?!.*(?:[Ss]ection|[Cc]hapter|pages?\b|manual|guide|https?:|\(\d\)|[`“\"]))"
        r"|^(?:please )?(?:(?:do not|don['’]t) (?:panic|worry|forget|hesitate)|(?:remember|note|keep in mind"
        r"|be (?:sure|aware)"
        r"|begin|start)\b)|^(?:you \w+(?: to)? )?(?:first|start|begin)\b"
        r"|^(?:there(?: is| are|['’]s)|here (?:is|are)|the following)\b"
        r"|\b(?:following|as follows|above|below|the same)\b"
        r"|\b(?:things?|ways|options|steps) (?:you|to|that)\b|^\W*(?:\w+\W+){0,5}(?:it|they|them|this|these|those)\b"
        r"|\bTODO\b|^\S+,\s|^[`*<][^,]{0,60},\s|:$|^<(?![^.]*\b(?:is|are|was|were|will|has|have|does|do|must|should"
        r"|can)\b)"
    ),
    vague=(
        rf"\b(?:{_POINTING}|it|its|that|those|they|them|their|he|she|such|so|there|one|ones|neither|either|both|same|another"
        r"|others?|instead|however|also|still|again|then|further|corresponding|meanwhile|happy|not sure|we|our|us"
        r"|unsure"
        r"|wonder|any of the|any (?:difficult\w+|problems?|issues?|questions?|trouble))\b|^be "
    ),
    vague_goals=(
        r"^(?:have|know|understand|be|do|make sense|illustrate|show|explain|help|allow|let|give|learn|clarify"
        r"|avoid (?:confusion|problems|errors|issues|trouble)|summari[sz]e|continue|start with|begin with|try"
        r"|demonstrate|think|ensure|better)\b|\b(?:more|further) \w+$"
    ),
    goes_on=(
        r"(?:Instead|Then|Thus|Therefore|Hence|So|But|And|Or|Also|However|Moreover|Furthermore|Additionally|In addition"
        r"|Next|After (?:this|that|doing)|Afterwards?|Finally|Alternatively|Likewise|Similarly|Still|Yet|Even"
        r"|Nevertheless"
        r"|Usually|Normally|Typically|This|That|These|Those|Such|It|Its|They|Their|He|She|Here|There|Doing"
        r"|From (?:this|that)"
        r"|In (?:this|that|these|those|such|which|either|both|any|the same|all)|As a (?:result|consequence)"
        r"|Consequently"
        r"|For (?:this|that|example|instance)|If (?:so|not|this|that|it|they)|When (?:this|that|it|they)|Remember"
        r"|Make sure"
        r"|Please|Only|Both|Either|Neither|Unfortunately|Unless|Except|You (?:can|may|should|must|will|need|might"
        r"|could)"
        r"|One|Another|The (?:other|second|same|latter|former|resulting|result)|Because|Since|e\.g\.|i\.e\.)\b"
    ),
    adds=(
        r"(?:Instead|Then|Also|However|But|Additionally|In addition|Next|After (?:this|that)|Afterwards?|Finally"
        r"|In (?:this|that|these|those|such) (?:case|cases|situation)|This (?:will|results|causes|means|makes|ensures)"
        r"|It (?:will|must|should)|They (?:will|must|should)|You (?:must|should|will|need)"
        r"|Otherwise)\b(?!.*\b(?:we|our)\b)"
    ),
    new_matter=(
        r"(?:If|When|Whenever|Otherwise|To|In order to|By default|The default|Defaults? (?:is|to)|See (?:also )?"
        r"|For more"
        r"|For (?:further )?details|More (?:information|details)|Refer to)\b"
    ),
    uses=(
        rf"{_TERM}(?: (?:command|option|program|script|tool|file|field|key|button|attribute|function|variable))? "
        rf"(?:(?:is|are|can be) used (?:to|for)|(?:lets|allows|enables) (?:you|users|the user)|may be used to)\b"
        rf"(?!.*\b(?:{_POINTING}|it|they|them|such)\b)[^:?]{{10,260}}\.",
    ),
    roles=(
        rf"The (?P<term>`[^`]{{2,50}}`)(?: (?:command|option|program|script|tool|utility|function|method|flag|key"
        rf"|button|"
        rf"attribute|field|directive|variable|module))? (?:{_ACTIVE}) "
        rf"(?!.*\b(?:{_POINTING}|it|they|them|such|we|you|if|when|unless|not|example)\b)[^:?]{{10,240}}\.",
    ),
    traits=(
        rf"[Tt]he (?P<case>(?:main |primary |only |usual |recommended |chief |principal |greatest |biggest )?"
        rf"(?:purpose|goal|aim|role|advantage|disadvantage|benefit|drawback|default value|job|task) of "
        rf"(?!.*\b(?:{_POINTING}|it|they|them|such|so|we|our)\b)[^,.:;()?]{{3,80}}) (?:is|was|are) [^?]{{8,240}}\.",
        rf"[Tt]he (?P<case>(?:best|easiest|simplest|fastest|safest|quickest|preferred|recommended|most common|only"
        rf"|usual|"
        rf"proper|correct|canonical) way (?:to|of) "
        rf"(?!.*\b(?:{_POINTING}|it|they|them|such|so|we|our)\b)[^,.:;()?]{{5,90}}) (?:is|was) [^?]{{6,240}}\.",
    ),
    reasons=(r"The reason (?:why|that) (?P<case>[^,.:;()?]{10,100}) is (?:that|because)\b[^?]{8,260}\.",),
    vague_subjects=rf"\b(?:{_POINTING}|it|its|that|those|they|them|their|we|our|us|so|such|ones?)\b",
    chatty=(
        r"(?i)\blet['’]?s?\b (?:us|take|look|see|start|begin|now)\b|\bwe(?:['’]ll| will)\b"
        r"|\b(?:listing|example|figure) \d"
        r"|\b(?:this|the (?:previous|preceding|following|next|last)) (?:chapter|section|example)\b|\bso far\b"
        r"|\bremember (?:how|that|when)\b"
    ),
    meanings=(
        rf"{_TERM} (?:(?:is|are) (?:a|an|the)|means|refers to (?:a|an|the)|stands for|denotes)\b"
        rf"(?!.*\b(?:{_POINTING})\b)(?!.*[`*”\"] (?:is|are|means)\b)"
        r"(?! (?:good|great|bad|nice|better|best|common|useful|same|deprecated|only|default|first|last|following))"
        r"[^:]{30,300}\.",
    ),
)
