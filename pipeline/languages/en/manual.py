"""English words that structure manuals: headings, steps, notes, entries and tables."""

from __future__ import annotations

from pipeline.languages.en.instructions import INSTRUCTION
from pipeline.languages.en.manual_prose import PROSE
from pipeline.languages.legal_rules import SectionWords
from pipeline.languages.manual_rules import ManualRules

_COLUMN_WORDS = """
name value values type default description meaning option options parameter code error command key field format unit
units range example examples note notes notice action cause remedy solution status version item part number no quantity
price size property setting function term definition symbol required condition symptom capability argument attribute
variable device model address
"""


def _section_label(number: str, depth: int) -> str:
    return f"section {number}"


def _is_section_label(label: str) -> bool:
    return label.startswith("section ")


MANUAL = ManualRules(
    section=SectionWords(label=_section_label, is_label=_is_section_label),
    prose=PROSE,
    step_label=r"(?:[Ss]tep|STEP)[ \t]+(\d{1,2})[.:)]?",
    instruction=INSTRUCTION,
    chapter_number=(
        r"(?:Chapter|CHAPTER|Appendix|APPENDIX|Part|PART|Section|SECTION) (?:\d{1,3}|[A-Z]|[IVX]{1,5})\b[.:]?"
    ),
    collecting=(
        r"\b(?:check-?lists?|things|schemes?|ways|methods|options|alternatives?|rules|guidelines|principles|tips|reasons"
        r"|either|one of|requirements|conditions|cases|situations|examples)\b"
    ),
    open_item=r"(?:must|should|may|might|can|cannot|shall|is|are|was|were|has|have|had|will|would|does|do not)\b",
    table_caption="Table",
    column_words=frozenset(_COLUMN_WORDS.split()),
    cell_words=frozenset({"yes", "no", "true", "false", "none", "on", "off"}),
    note_words=(
        r"(?:N(?:ote|OTE)|note|T(?:ip|IP)|tip|H(?:int|INT)|hint|I(?:mportant|MPORTANT)|important|I(?:nfo|NFO)|info"
        r"|I(?:nformation|NFORMATION)|information|R(?:emark|EMARK)|N\.B\.)"
    ),
    warning_words=(
        r"(?:W(?:arning|ARNING)|warning|C(?:aution|AUTION)|caution|D(?:anger|ANGER)|danger"
        r"|A(?:ttention|TTENTION)|attention)"
    ),
    total_rows=r"\b(?:[Tt]otals?|TOTALS?|[Ss]ub-?totals?|[Ss]um|[Aa]verage|[Mm]ean|[Oo]verall|[Aa]ll)\b",
    numbering_columns=(
        r"(?i:#|\b(?:nos?|nr|numbers?|ids?|codes?|ports?|years?|versions?|releases?|lines?|pages?|steps?|ranks?|levels?"
        r"|sections?|chapters?|address(?:es)?|bits?|index|models?|types?|dates?|phones?|values?|signals?|formats?)\b)"
    ),
    additive=(
        r"(?i:\b(?:USD|EUR|GBP|KRW|dollars?|euros?|amounts?|costs?|fees?|sales|hours?|pieces|pcs|quantit(?:y|ies)|qty"
        r"|people|employees|visitors|participants)\b)"
    ),
    code_titles=r"\b(?:[Ee]rrors?|[Cc]odes?|[Ss]tatus(?:es)?|[Ff]aults?|[Aa]larms?|ERRORS?|CODES?)\b",
    alternative="or",
    question_labels=r"(?:Q|Question)",
    answer_labels=r"(?:A|Answer)",
    default_values=(
        r"(?:^|[.;(,] ?)(?:[Tt]he )?[Dd]efault(?: value)?(?: is|:| =)(?: set to)? VALUE(?=[.,;)](?!\w)|$)",
        r"\([Dd]efaults?:? (?:is |to )?VALUE\)",
        r"(?:^|[.;(,] ?)(?:(?:[Ii]t|[Tt]his|[Tt]he value|[Tt]he option) )?[Dd]efaults to VALUE(?=[.,;)](?!\w)|$)",
    ),
    conditions=(
        r"\b(?:if|unless|when|whenever|otherwise|except|while|where|depends|depending|previously|formerly|earlier)\b"
    ),
    announcing=r"\bfollowing\b|\bas follows\b|\be\.g\.",
    example_elsewhere=(
        r"\b(?:in|with|from|for) (?:the|our|this) (?:\w+ )?(?:example|figure|diagram)\b(?! (?:below|of))"
        r"|\b(?:above|previous|earlier|preceding) (?:example|figure|table|list|command|section|case|option|item)\b"
        r"|\b(?:the )?(?:same )?as above\b|\bditto\b|^see\b[^.]*\.?$"
    ),
    openings=(
        r"(?:However|Therefore|Thus|Also|Additionally|Moreover|Furthermore|Hence|Otherwise|Instead|Then|That is|In fact"
        r"|In some|For example|For instance|E\.g\.|Things like|Doing|In addition|Again|Similarly|Likewise|Finally|First"
        r"|Second|Next|Note that|\()"
    ),
    furniture=(
        r"(?:next|prev(?:ious)?|home|up|top|index|contents|table of contents|back to top|back to contents|modules"
        r"|search|edit this page|view source|show source|print|share|skip to (?:main )?content|go to top)"
    ),
    furniture_line=(
        r"(?:©|\([cC]\) ?(?:Copyright )?\d{4}|Copyright (?:©|\([cC]\)|\d{4})|All rights reserved"
        r"|Last (?:updated|modified|changed)\b|Page \d+(?: of \d+)?$|Generated (?:by|on)\b"
        r"|Created using\b|Built with\b)"
    ),
    under="under “{name}”, ",
)
