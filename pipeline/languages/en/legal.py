"""English legal texts: the rules of the modules for each subject, and the words of amendments and closing lines."""

from __future__ import annotations

from pipeline.languages.en.claims import CLAIMS
from pipeline.languages.en.deadlines import DEADLINES
from pipeline.languages.en.definitions import DEFINITIONS, bare_meaning
from pipeline.languages.en.duties import DUTIES
from pipeline.languages.en.money import MONEY
from pipeline.languages.en.parties import PARTIES
from pipeline.languages.en.provisions import PROVISIONS
from pipeline.languages.en.references import REFERENCES
from pipeline.languages.en.rulings import RULINGS
from pipeline.languages.legal_rules import LegalRules


def _provision_noun(label: str) -> str:
    return "section" if label.startswith("§") else label.split()[0].lower()


LEGAL = LegalRules(
    provisions=PROVISIONS,
    references=REFERENCES,
    definitions=DEFINITIONS,
    bare_meaning=bare_meaning,
    provision_noun=_provision_noun,
    money=MONEY,
    deadlines=DEADLINES,
    parties=PARTIES,
    duties=DUTIES,
    rulings=RULINGS,
    claims=CLAIMS,
    contents_lead=r"Section|SECTION|Article|ARTICLE",
    closing=r"(?:ACCEPTED|Accepted|AGREED|Agreed) (?:AND|and|by|BY|to|TO)\b|Signed\b|IN WITNESS\b|Executed (?:as|on"
    r"|by)\b|AS WITNESS\b|By:|Signatures?\b|Yours\b|_{5,}"
    r"|(?:[A-Z][\w’'/-]*[ \t]?){1,4}:[ \t]*_{3,}|(?:FOR|For) (?:AND|and) (?:ON|on) (?:BEHALF|behalf) (?:OF|of)\b",
    imprint=(
        r"(?:Copyright|COPYRIGHT)[ \t]*(?:©|\([Cc]\)|\d{4})|©[ \t]*(?:Copyright[ \t]*)?\d{4}"
        r"|\([Cc]\)[ \t]*(?:Copyright[ \t]*)?\d{4}|Th(?:is|e) (?:licen[cs]e|document|agreement|text) is copyright\b"
        r"|(?:END|End) (?:OF|of) (?:(?:THE|the|THIS|this) )?(?:TERMS|Terms|LICEN[CS]E|Licen[cs]e"
        r"|AGREEMENT|Agreement|DOCUMENT|Document)\b"
        r"|(?:Last|LAST) (?:updated|modified|revised|UPDATED|MODIFIED|REVISED)\b"
    ),
    changes=(
        r"\b(?:amend|chang|replac|delet|substitut|increas|reduc|rais|lower|extend|suspend|supersed|add(?:s|ed|ing)\b"
        r"|becomes?|insert|modif|revis|restat|adjust|remov|withdr|waiv|strik|struck|correct|expand|shorten|instead\b"
        r"|no longer\b|now (?:reads?|is|are)\b|(?:shall|to) read\b|cancel|renumber|renam)"
    ),
    term_changes=r"changed|replaced|deleted|reduced|increased|amended|extended|becomes",
)
