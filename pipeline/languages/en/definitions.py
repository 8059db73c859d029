"""Definitions in English: `"Term" means …`, `Term means …`, and `Term: …` below a heading with the word
`definition`."""

from __future__ import annotations

import re

from pipeline.languages.legal_rules import VerbSecondDefinitions

_VERB = (
    r"(?:shall\s+)?(?P<verb>means?(?:\s+and\s+includes?)?|refers?\s+to|is\s+defined\s+as|ha(?:s"
    r"|ve)\s+the\s+(?:same\s+)?meaning)\b:?"
)
_QUOTED = re.compile(
    r"[\"“](?P<term>[^\"“”\n]{2,60})[\"”]"
    rf"(?:\s*(?:or\s+[\"“][^\"“”\n]{{1,60}}[\"”]|\([^()\n]{{1,60}}\)|of a Party)){{0,2}}\s+{_VERB}"
)
"""Finds a term in quotation marks and its verb: `"Rent" means`."""
_ASKS_TO_REFER = r"(?!refer\s)"
"""Text without quotation marks before `refer to` asks the reader: `For more information refer to`."""
_UNQUOTED = re.compile(
    rf"^[ \t]*(?:\([a-z0-9]{{1,3}}\)[ \t]+)?(?P<term>[A-Z][\w’'-]*(?:[ \t]+[\w’'()-]+){{0,5}})[ \t]+"
    rf"{_ASKS_TO_REFER}{_VERB}"
    r"(?!\s+(?:of|by|to|for|[a-z]+ed|shall|may|must|is|are|was)\b)",
    re.MULTILINE,
)
"""Finds a term without quotation marks at the start of a line, and its verb: `Rent means`."""
_COLON = re.compile(r"^[ \t]*(?P<term>[A-Z][\w’'-]*(?:[ \t]+[\w’'-]+){0,4}):[ \t]+(?=\S)", re.MULTILINE)
"""Finds a term at the start of a line, followed by a colon: `Rent: `."""
_NO_TERM = re.compile(
    r"(?:This|That|It|Which|What|These|Those|There|Such|And|If|By|The (?:term|word|phrase))\b"
    r"|.*\b(?:shall|which|that|is|are)\b|.*\b(?:or|and|nor|not|also|only|to|no|any|all)$"
)
"""Matches words before the verb that are not a term: `This`, `Tenant and`."""
_POINTER = re.compile(
    r"\s*(?:given|set\s+forth|set\s+out|assigned|ascribed|provided|specified|stated|as\s+(?:in|defined)|in)\b"
    r"|.{0,60}\bmeaning\s+(?:given|set|assigned|ascribed|provided)\b"
    r"|.{0,60}?\b(?:described|defined|listed|identified|specified|referred\s+to)\s+(?:in|by|under)\s+(?:sub)?(?:section|"
    r"paragraph|clause)s?\s+\S{1,14}(?:\s+of\s+th[ei]s?\s+\w+|\s+(?:hereof|hereto|herein|above|below))?[.;]?\s*$"
    r"|.{0,90}?\b(?:attached|annexed|appended)\b.{0,40}\b(?:[Ee]xhibit|[Ss]chedule|[Aa]nnex|[Aa]ppendix|[Aa]ttachment)\b",
    re.DOTALL | re.IGNORECASE,
)
"""Matches a meaning that only refers to a different place: `given in Section 2`."""
_LEFT_OVER = re.compile(
    r"(?:[;,]?\s+(?:and|or))?(?:\s+[Tt]he\s+(?:term|word|phrase)s?)?(?:\n\s*(?:\(?[a-z0-9]{1,3}[.)]|\d{1,3}(?:\.\d{1,3}){1,3}\.?|[-*•])){0,2}\s*$"
)
"""Words between a definition and the next one: a list number, or `and the term`."""

_PLACE = (
    r"(?:(?:this|the\s+preceding|that)\s+)?(?:§|[Ss]ub[Ss]ections?\b|[Ss]ections?\b|[Cc]lauses?\b|[Pp]aragraphs?\b"
    r"|[Cc]omments?\b|[Aa]rticles?\b|[Ss]entence\b|[Ss]ub[Pp]arts?\b|[Aa]ppendi(?:x|ces)\b|[Ss]chedules?\b"
    r"|[Ee]xhibits?\b|[Ii]tems?\b)"
)
"""The noun of a place in the document: `this Section`, `Article`."""

_DANGLING = re.compile(r"\b(?:said|such|aforesaid|foregoing|aforementioned|above|these|those)\b")
"""Finds a word that refers to something outside the meaning: `such`."""


def bare_meaning(meaning: str) -> str:
    """Return a meaning without a verb at its start: means, refers to or is defined as."""
    return re.sub(r"^(?:(?:shall\s+)?means?:?|refers\s+to|is\s+defined\s+as)\s+", "", meaning)


DEFINITIONS = VerbSecondDefinitions(
    quoted=_QUOTED,
    unquoted=_UNQUOTED,
    labelled=_COLON,
    unresolved=_DANGLING,
    heading="definition",
    no_term=_NO_TERM,
    pointer=_POINTER,
    lent=re.compile(
        r"^[ \t]*(?:\([a-z0-9]{1,3}\)[ \t]+)?[\"“]?(?P<term>[A-Z][\w’'-]*(?:[ \t]+[\w’'()-]+){0,5}?)[\"”]?\s+"
        r"ha(?:s|ve)\s+the\s+same\s+meaning\b",
        re.MULTILINE,
    ),
    pointer_verb="meaning",
    joined=re.compile(r"[\"”],?\s+(?:and|or)\s+$"),
    left_over=_LEFT_OVER,
    list_item_end=re.compile(r"(?:;|;\s*(?:or|and)|,\s*(?:or|and))$"),
    cut_off=re.compile(r"\bthe (?:term|word|phrase)s?$|,\s+(?:and|or)$"),
    addition=re.compile(
        r"(?:However, )?(?:[Ff]or (?:the )?purposes? of (?:[^.]|[.](?=\d)){0,90}, )?"
        r"(?:It|This|(?:[Tt]he|[Tt]his|[Ss]uch|[Tt]hat) (?:term|phrase|word"
        r"|definition))\b"
        r"[^.]{0,60}?\b(?:includes?|excludes?|include|exclude|means?|refers?|covers?|comprises?|extends?|applies)\b"
        r"|(?:Examples?|This includes|For the avoidance of doubt|For clarity)\b"
    ),
    before_repeated=re.compile(
        r"(?:(?:However|Further|In addition|For\b(?:[^.,]|[.](?=\d)){1,90}), )?(?:(?:[Tt]he|[Aa]n?) )?"
        r"(?:(?:term|word|phrase) )?[\"“]?"
    ),
    after_repeated=re.compile(
        r"[\"”]?\s+(?:(?:do|does|shall|will|may|can|must|is|are)(?:\s+not)?\s+)?(?:(?:also|only|further|specifically|expressly"
        r"|deemed\s+to)\s+){0,2}(?:includ|exclud|mean|refer|cover|compris|extend|encompass|limited\s+to|restricted\s+to)"
    ),
    scoped=re.compile(
        rf"\b(?:[Ff]or|[Ii]n|[Uu]nder|[Aa]s used in)\s+(?:(?:the\s+)?(?:limited\s+)?purposes?\s+of\s+)?{_PLACE}"
        r"(?:[^.\n]|[.](?=\d)){0,90}?,?\s*(?:[Tt]he\s+)?(?:(?:term|word|phrase|definition of)\s+)?$"
        rf"|\b(?:[Ff]or|[Ii]n|[Aa]s used in)\s+(?:(?:the\s+)?purposes?\s+of\s+)?{_PLACE}"
        r"(?:[^.\n:]|[.](?=\d)){0,90}:\s[^:]*$"
    ),
)
