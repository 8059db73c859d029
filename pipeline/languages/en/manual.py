"""English manuals: steps, sections and tables."""

from __future__ import annotations

import re

from pipeline.languages.legal_rules import SectionWords
from pipeline.languages.rules import ManualRules

_INSTRUCTION = re.compile(
    r"^(?:(?:If|When|Once|After|Before|While|With|To|On|In|For|From|At|Using|Until|Where)\b[^,]*, )?"
    r"(?:(?:then|now|next|first|finally|again|carefully|optionally|immediately) )?[\"“`*]*"
    r"(?:add|adjust|allow|apply|ask|assemble|attach|back|boot|brush|build|call|carry|change|check|choose|clean|clear|click|"
    r"close|collect|commit|compare|configure|confirm|connect|copy|create|cut|decide|delete|deliver|detach|determine|"
    r"discard|disconnect|dose|download|drain|draw|drop|edit|empty|enable|disable|ensure|enter|examine|exit|fill|find|fit|"
    r"flush|follow|format|gather|give|go|hold|identify|immerse|import|export|insert|inspect|install|isolate|issue|keep|"
    r"launch|lay|leave|let|level|lift|list|load|lock|log|look|loosen|lower|make|mark|measure|merge|monitor|mount|move|name|"
    r"note|notify|observe|obtain|open|pack|perform|place|plug|position|pour|prepare|press|print|provide|pull|purge|push|"
    r"put|raise|read|rebuild|reboot|record|refit|release|remove|repeat|replace|report|request|reset|restart|restore|return|"
    r"review|rinse|rotate|run|save|scan|screw|select|send|set|shut|sign|slide|soak|specify|start|stop|store|submit|switch|"
    r"take|tap|tell|test|tighten|touch|turn|type|undo|unplug|unscrew|update|upgrade|upload|use|verify|view|wait|wash|watch|"
    r"weigh|wipe|write)\b",
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
    question_labels=r"(?:Q|Question)",
    answer_labels=r"(?:A|Answer)",
    default_values=(
        r"(?:^|[.;(,] ?)(?:[Tt]he )?[Dd]efault(?: value)?(?: is|:| =)(?: set to)? VALUE(?=[.,;)]|$)",
        r"\([Dd]efaults?:? (?:is |to )?VALUE\)",
        r"(?:^|[.;(,] ?)(?:(?:[Ii]t|[Tt]his|[Tt]he value|[Tt]he option) )?[Dd]efaults to VALUE(?=[.,;)]|$)",
    ),
    meanings=(
        r"(?:(?:A|An|The) )?(?P<term>`[^`]{2,50}`|\*{1,2}[^*]{2,50}\*{1,2}|“[^”]{2,50}”|\"[^\"]{2,50}\")(?: \([^()]{1,40}\))?"
        r" (?:is|are|means|refers to|stands for|denotes) (?:a|an|the|any|one|another)\b [^:]{10,300}\.",
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
