"""English manuals: steps, sections and tables."""

from __future__ import annotations

import re

from pipeline.languages.legal_rules import SectionWords
from pipeline.languages.rules import ManualRules

_VERBS = (
    "accept activate add adjust agree align allow apply arrange ask assemble attach authenticate authorize avoid back "
    "boot browse brush build call cancel carry change charge check choose clean clear click clone close collect combine "
    "commit compare compile configure confirm connect consider convert copy create customize cut decide declare define "
    "delete deliver deploy detach determine disable disassemble discard disconnect display dose double-click download "
    "drag drain draw drop edit eject empty enable ensure enter erase examine execute exit expand export extract fasten "
    "fetch fill find fit flush fold follow format gather generate give go grant hang hold identify immerse import "
    "initialise initialize insert inspect install isolate issue join keep launch lay leave let level lift list load "
    "locate lock log look loosen lower make mark measure merge modify monitor mount move name navigate never note notify "
    "observe obtain open pack paste perform pick place plug point position pour prepare press print provide publish pull "
    "purge push put query raise re-enable re-run read reboot rebuild reconnect record refer refit refresh register release "
    "remember reload remove rename repeat replace report request rerun reset restart restore return review revert right-click "
    "rinse roll rotate run save scan screw scroll search secure see select send separate set shake share shut sign skip "
    "slide soak sort specify split start step stop store submit subscribe swap switch synchronize tag take tap tell test "
    "tighten touch transfer translate try turn type undo unfold uninstall unlock unpack unplug unscrew untar unzip update "
    "upgrade upload use validate verify view visit wait wash watch weigh wipe wrap write"
)
_INSTRUCTION = re.compile(
    r"^(?:(?:If|When|Once|After|Before|While|With|To|On|In|For|From|At|Using|Until|Where)\b[^,]*, )?"
    r"(?:(?:then|now|next|first|finally|again|carefully|optionally|immediately|please|always|manually|simply) )?[\"“`*]*"
    rf"(?:do not|don't|do|{'|'.join(_VERBS.split())})\b(?!['’]s)",
    re.IGNORECASE,
)


def _section_label(number: str, depth: int) -> str:
    return f"section {number}"


def _is_section_label(label: str) -> bool:
    return label.startswith("section ")


MANUAL = ManualRules(
    step_label=r"(?:[Ss]tep|STEP)[ \t]+(\d{1,2})[.:)]?",
    instruction=_INSTRUCTION,
    table_caption="(?:Table|TABLE)",
    column_words=frozenset(
        "name value values type default description meaning option options parameter code error command key field "
        "format unit units range example examples note notes notice action cause remedy solution status version item "
        "part number no quantity price size property setting function term definition symbol required condition "
        "symptom capability argument attribute variable device model address".split()
    ),
    cell_words=frozenset({"yes", "no", "true", "false", "none", "on", "off"}),
    note_words=(
        r"(?:N(?:ote|OTE)|note|T(?:ip|IP)|tip|H(?:int|INT)|hint|I(?:mportant|MPORTANT)|important|I(?:nfo|NFO)|info"
        r"|I(?:nformation|NFORMATION)|information|R(?:emark|EMARK)|N\.B\.)"
    ),
    warning_words=(
        r"(?:W(?:arning|ARNING)|warning|C(?:aution|AUTION)|caution|D(?:anger|ANGER)|danger|A(?:ttention|TTENTION)|attention)"
    ),
    code_titles=r"\b(?:[Ee]rrors?|[Cc]odes?|[Ss]tatus(?:es)?|[Ff]aults?|[Aa]larms?|ERRORS?|CODES?)\b",
    question_labels=r"(?:Q|Question)",
    answer_labels=r"(?:A|Answer)",
    default_values=(
        r"(?:^|[.;(,] ?)(?:[Tt]he )?[Dd]efault(?: value)?(?: is|:| =)(?: set to)? VALUE(?=[.,;)]|$)",
        r"\([Dd]efaults?:? (?:is |to )?VALUE\)",
        r"(?:^|[.;(,] ?)(?:(?:[Ii]t|[Tt]his|[Tt]he value|[Tt]he option) )?[Dd]efaults to VALUE(?=[.,;)]|$)",
    ),
    duties=r"^(?![\d*•(-])(?!.*\brequirements?\b).*\b(?:must(?! not)|(?:is|are) required to|make sure|be sure to|it is necessary to)\b",
    weak_duties=r"\b(?:must|need|needs|have to|has to|required|should|shall|make sure|ensure|necessary)\b",
    bans=(
        r"^(?![\d*•(-])(?:.*\b(?:must|should) not \w+|(?:.*(?<!no)[,;] )?(?:[Pp]lease )?(?:[Dd]o not|[Dd]on['’]t|[Nn]ever) "
        r"(?!forget|worry|panic|hesitate|be )[a-z]+)"
    ),
    advice=(
        r"\b(?:is|are) (?:strongly |highly )?(?:recommended|advisable|advised)\b(?! for)|\b[Ww]e (?:strongly |highly )?(?:recommend|suggest)\b"
    ),
    openings=(
        r"(?:However|Therefore|Thus|Also|Additionally|Moreover|Furthermore|Hence|Otherwise|Instead|Then|That is|In fact|In some"
        r"|For example|For instance|E\.g\.|Things like|Doing|In addition|Again|Similarly|Likewise|Finally|First|Second|Next|Note that|\()"
    ),
    goals=(
        r"(?:To|In order to|(?:If|When) you (?:want|wish|need|would like) to) (?P<case>(?!start with|sum up|be )[a-z][^,:;()?]{6,90}), (?P<rest>[^?]{10,260})\.",
    ),
    cases=(
        r"(?P<case>(?:If|When) (?!in |given\b|provided\b|possible\b|necessary\b|specified\b|set\b|successful\b|desired\b|available\b|enabled\b|needed\b|required\b|empty\b|omitted\b|used\b|not\b|true\b|\w+ing\b|\w+ed\b)"
        r"[a-z`\"“*<][^,:;()?]{8,110}), (?:then )?(?P<rest>(?:(?:the|an?|no|all|any|only|there|nothing|each|every|most|some|you"
        rf"|please|do not|don't|{'|'.join(_VERBS.split())})\b|[`<*\"“A-Z])[^?]{{10,260}})\.",
    ),
    to_do=(
        rf"^(?:please |simply |just |first |then )?(?:do not|don't|{'|'.join(_VERBS.split())})\b"
        r"|\byou (?:can|should|must|need to|have to|will (?:need|have) to)\b|\b(?:should|must) be\b"
    ),
    unclear=r"\b(?:you|we|may|might|could|can)\b",
    vague=(
        r"\b(?:it|its|this|that|these|those|they|them|their|he|she|such|so|above|below|here|there|one|ones|latter|former|both|same"
        r"|another|other|others|instead|however|also|still|again|then|not sure|we|our|us|unsure|wonder)\b|^be "
    ),
    meanings=(
        r"(?:(?:A|An|The) )?(?P<term>`[^`]{2,50}`|\*{1,2}[^*]{2,50}\*{1,2}|“[^”]{2,50}”|\"[^\"]{2,50}\")(?: \([^()]{1,40}\))?"
        r" (?:(?:is|are) (?:a|an|the)|means|refers to (?:a|an|the)|stands for|denotes)\b"
        r"(?!.*\b(?:this|these|above|below|here|latter|former)\b)(?! (?:good|great|bad|nice|better|best|common|useful|same|deprecated|only|default|first|last|following))[^:]{30,300}\.",
    ),
    conditions=r"\b(?:if|unless|when|whenever|otherwise|except|while|where|depends|depending|previously|formerly|earlier)\b",
    furniture=(
        r"(?:next|prev(?:ious)?|home|up|top|index|contents|table of contents|back to top|back to contents|modules|search"
        r"|edit this page|view source|show source|print|share|skip to (?:main )?content|go to top)"
    ),
    furniture_line=(
        r"(?:©|\([cC]\) ?(?:Copyright )?\d{4}|Copyright (?:©|\([cC]\)|\d{4})|All rights reserved|Last (?:updated|modified|changed)\b"
        r"|Page \d+(?: of \d+)?$|Generated (?:by|on)\b|Created using\b|Built with\b)"
    ),
    chapter_number=r"(?:Chapter|CHAPTER|Appendix|APPENDIX|Part|PART|Section|SECTION) (?:\d{1,3}|[A-Z]|[IVX]{1,5})\b[.:]?",
    under="under “{name}”, ",
    section=SectionWords(label=_section_label, is_label=_is_section_label),
)
