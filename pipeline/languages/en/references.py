"""Mentions of provisions in English: `Sections 4.1(a) and (b)`, `§§ 2 and 3`, `clauses 1, 3–5 and 7`, `of the Act`."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pipeline.languages.reference_rules import CitedNumber, Mention, ReferenceRules, Whose

_TAIL = r"(?:\([0-9A-Za-z]{1,4}\))"
"""One number in brackets: `(a)`."""
_NUMBER = (
    rf"(?:\d{{1,5}}(?:\.\d{{1,4}}){{0,3}}(?![\d])[a-z]?(?![a-zA-Z])(?:-\d{{1,3}}(?!\d))?{_TAIL}*|\[\d{{1,3}}\]"
    rf"|{_TAIL}+)"
)
"""A number with its items: `4.1(a)(1)`, `[12]`, `(b)`."""
_ARTICLE = rf"(?:[IVXLC]{{1,7}}\b|\d{{1,3}}(?:\.\d{{1,3}}){{0,2}}(?![\w]|\.\d)){_TAIL}*"
"""The number of an article, Roman or Arabic, with its items: `IV(a)`."""
_JOINT = (
    r"(?:\s{0,3},\s{0,12}(?:and\s{1,12}|or\s{1,12})?|\s{1,12}(?:and|or|to|through|and/or)\s{1,12}|\s{0,2}[–—~]\s{0,2}"
    r"|-(?=\())"
)
"""The text between two numbers of a list or range: `, `, ` and `, `–`."""
_NOUN = (
    r"[Ss]ub[Ss]ections?|[Ss]ections?|SECTIONS?|[Cc]lauses?|[Pp]aragraphs?|[Pp]aras?\.?|[Ii]tems?|[Ss]ecs?\.|[Ss]ee"
    r"|[Ii]n"
)
_MENTION = re.compile(
    rf"(?:\b(?P<noun>{_NOUN})\s{{1,12}}|(?P<sign>§§?)\s{{0,2}})(?P<list>{_NUMBER}(?:{_JOINT}(?:§\s?)?{_NUMBER})*)"
    r"|\b(?P<article>[Aa]rticles?|ARTICLES?)\s{1,12}"
    rf"(?P<romans>(?:{_ARTICLE})(?:{_JOINT}(?:{_ARTICLE}))*)"
)
"""Finds a mention with all its numbers: `Sections 4.1(a) and (b)`, `Article IV`."""
_ONE = re.compile(rf"(?P<joint>{_JOINT})?(?:§\s?)?(?P<num>[IVXLC]+\b{_TAIL}*|{_NUMBER})")
"""Finds one number in a mention, with the joint before it."""
_HYPHENED = re.compile(r"(?P<low>\d{1,3})-(?P<high>\d{1,3})")
"""Matches two numbers with a hyphen, which may be a range: `3-5`."""
_RANGE = frozenset({"to", "through", "–", "—", "~", "-"})
_BARE = frozenset({"see", "in"})
_OWN_NOUN = (
    r"(?:agreement|lease|contract|licen[cs]e|terms(?: (?:of|and) [a-z]+)?|policy|deed|act|part|chapter|subpart|title"
    r"|manual"
    r"|guide|document|schedule|annex|exhibit|appendix|addendum|rules?|regulations?|notice|order|statute|code|amendment"
    r"|plan|charter|bylaws|supplement|statement|eula)"
)
_OF_THIS = re.compile(
    rf"[,]?\s+(?:of|to|in|under)\s+(?:this|these|the present)\s+(?:[\w’'-]+\s+){{0,4}}?{_OWN_NOUN}\b", re.IGNORECASE
)
"""Matches words after a number that name this document: ` of this Agreement`."""
_PART_NOUN = re.compile(r"\b(?:schedule|annex|exhibit|appendix|addendum|amendment|supplement)$", re.IGNORECASE)
"""The noun of a part that may have its own numbers, so that `of this Schedule` does not identify the document."""
_RELATIVE = re.compile(
    r"[,]?\s+(?:of|to|in|under)\s+this\s+(?:section|clause|paragraph|article|subsection)\b", re.IGNORECASE
)
"""Matches words after a number that refer to the provision around it: ` of this Section`."""
_HERE_WORDS = re.compile(r"\s+(?:hereof|herein|hereto|hereunder|above|below)\b")
"""Matches words after a number that refer to this text: ` hereof`."""
_NAME_WORD = r"[A-Z0-9][\w’'&-]*(?:\.\w[\w’'&-]*)*"
_GAP = r"(?:[ \t]{1,4}|[ \t]{0,4}\n[ \t]{0,12}(?=\S))"
_OF_NAMED = re.compile(
    r"\s+(?:of|to|in|under|from)\s+(?:the\s+|its\s+|your\s+|our\s+|such\s+|that\s+|any\s+)?"
    rf"(?P<name>{_NAME_WORD}(?:{_GAP}(?:(?:of|and|for|on|the){_GAP}){{0,2}}{_NAME_WORD}){{0,8}}"
    r"|(?:[a-z][\w’'-]*\s+){0,3}(?:act|code|statute|regulations?|directive|law|treaty|convention|constitution"
    r"|rules?)\b)"
)
"""Matches the name of a document after a number: ` of the Data Protection Act`."""
_OF_PLAIN = re.compile(
    r"\s+(?:of|under)\s+(?:the|its|your|our|such|that|any|each|an?)\s+(?P<name>(?:[a-z][\w’'-]*\s+){0,3}?[a-z]{3,})"
)
"""Matches a common noun after a number: ` of the lease`."""
_TITLE_OF_CODE = re.compile(
    r"\s+of\s+(?:[Tt]itle|[Pp]art)\s+\d|,?\s+\d+\s+(?:U\.?\s?S\.?\s?C|C\.?\s?F\.?\s?R)|\s+et\s+seq"
)
"""Matches a reference to a code after a number: ` of Title 15`, ` et seq`."""
_FOREIGN_BEFORE = re.compile(
    r"(?:\d+\s+(?:CFR|C\.\s?F\.\s?R\.|U\.?\s?S\.?\s?C\.?(?:A\.)?)|Stat\.|(?:Act|Code|Law|Rules?|Regulations?"
    r"|Directive|Statutes?|Ordinance"
    r"|Convention|Treaty|Constitution|GDPR|UCC|Restatement(?: \([A-Z][a-z]+\))?(?: of [A-Z][a-z]+)?|Pub\. L\."
    r"|U\.C\.C\.|Ann\.|[A-Z]\w*\. (?:Code|Stat|Ann)\.?)"
    r"(?:\s+(?:of\s+)?\d{4})?(?:\s+\([A-Z][\w. ]{0,20}\))?,?(?:\s+(?:part|at|[Nn]o\.))?)\s{0,3}$"
)
"""Finds the name of a law directly before a number: `15 U.S.C. `, `Clean Air Act `."""
_OF_OTHER = re.compile(
    r"\s+(?:of|to|in|under)\s+(?:§|[Ss]ections?\b|[Cc]lauses?\b|[Aa]rticles?\b|[Pp]aragraphs?\b)\s{0,2}[\d(IVX]"
)
"""Matches a second reference after a number: ` of Section 4`."""
_ORIGINAL = re.compile(r"\s+(?:of|to|in|under)\s+the\s+(?:original|existing|principal|underlying)\b", re.IGNORECASE)
"""Matches words for the amended document after a number: ` of the original Agreement`."""
_NO_NUMBER_BEFORE = re.compile(r"(?:[Ff]igure|[Tt]able|[Vv]ersion|[Vv]er\.|[Rr]elease|[Pp]age|[Ff]orm|[Ll]ine)s?\s$")
"""Finds a noun whose number is not that of a provision: `Figure `."""
_DOCUMENT_NOUNS = """
agreement lease contract license licence terms conditions policy deed manual guide addendum amendment exhibit schedule
annex appendix attachment supplement document statement notice order plan charter bylaws eula
"""
_DOCUMENT_WORDS = frozenset(_DOCUMENT_NOUNS.split())
"""The last words of names that may mean the document itself or one of its parts."""
_LOOK_BACK = 60


def _find(text: str) -> Iterator[Mention]:
    for match in _MENTION.finditer(text):
        noun = (match["noun"] or match["article"] or "§").rstrip(".").lower()
        written = match["list"] or match["romans"]
        first = match.start("list") if match["list"] else match.start("romans")
        if noun in _BARE and not re.match(r"\d{1,3}\.\d", written):
            continue
        if noun in _BARE and _is_measure(text, match.end()):
            continue
        numbers = tuple(_numbers(noun, written))
        if not numbers:
            continue
        before = text[max(0, match.start() - _LOOK_BACK) : match.start()]
        if _NO_NUMBER_BEFORE.search(before):
            continue
        whose, name, end = _whose(text, before, match.end())
        if whose is Whose.HERE and all(number.key.startswith("(") for number in numbers):
            whose = Whose.RELATIVE
        yield Mention(
            start=match.start(),
            end=end,
            numbers=numbers,
            whose=whose,
            name=name,
            start_of_number=first,
            is_weak=noun in _BARE,
        )


def _is_measure(text: str, end: int) -> bool:
    """Return whether the word after a number makes it a quantity: `2.5 million`, `1.2 metres`."""
    follows = re.match(r"\s?(?:%|[a-zµ°]+\b)", text[end : end + 24])
    return follows is not None and follows.group().strip() not in _AFTER_NUMBER


_AFTER_NUMBER = frozenset(
    [
        "and",
        "or",
        "to",
        "of",
        "for",
        "above",
        "below",
        "is",
        "are",
        "as",
        "with",
        "when",
        "if",
        "on",
        "in",
        "at",
        "by",
        "before",
        "after",
        "through",
        "the",
        "does",
        "do",
        "was",
        "were",
        "must",
        "may",
        "shall",
        "will",
        "explains",
        "describes",
        "shows",
        "says",
        "applies",
    ]
)


def _numbers(noun: str, written: str) -> Iterator[CitedNumber]:
    family = _family(noun)
    stem = ""
    for one in _ONE.finditer(written):
        number = one["num"]
        is_range = (one["joint"] or "").strip() in _RANGE
        hyphened = _HYPHENED.fullmatch(number)
        if hyphened and family != "§" and int(hyphened["low"]) < int(hyphened["high"]):
            yield CitedNumber(key=f"{family}{hyphened['low']}", ends_range=is_range)
            yield CitedNumber(key=f"{family}{hyphened['high']}", ends_range=True)
            stem = hyphened["high"]
            continue
        if number.startswith("(") and stem and "(" not in stem and family in ("section", "§"):
            return
        if number.startswith("("):
            own = _continued(stem, number)
            yield CitedNumber(key=f"{family}{own}" if stem and not stem.startswith("(") else own, ends_range=is_range)
            stem = own
            continue
        if number.startswith("["):
            yield CitedNumber(key=f"¶{number.strip('[]')}", ends_range=is_range)
            continue
        stem = number
        if family == "article":
            base, bracket, tail = number.partition("(")
            own = "section" if "." in base else family
            yield CitedNumber(key=f"{own}{_arabic(base)}{bracket}{tail}", ends_range=is_range)
            continue
        yield CitedNumber(key=f"{family}{number}", ends_range=is_range)


def _continued(stem: str, number: str) -> str:
    """Return the full number for a number in a list: 4.1(b) for `(b)` after `4.1(a)`."""
    if not stem:
        return number
    pieces = re.findall(_TAIL, stem)
    base = stem[: len(stem) - sum(map(len, pieces))]
    kind = _kind(re.findall(_TAIL, number)[0])
    for at in range(len(pieces) - 1, -1, -1):
        if _kind(pieces[at]) == kind:
            return base + "".join(pieces[:at]) + number
    return base + number if base else number


def _kind(piece: str) -> str:
    inner = piece.strip("()")
    return "digit" if inner.isdigit() else "capital" if inner.isupper() else "letter"


def _whose(text: str, before: str, end: int) -> tuple[Whose, str, int]:
    if _FOREIGN_BEFORE.search(before):
        return Whose.FOREIGN, "", end
    if _TITLE_OF_CODE.match(text, end):
        return Whose.FOREIGN, "", end
    if _OF_OTHER.match(text, end):
        return Whose.UNCLEAR, "", end
    if found := _RELATIVE.match(text, end):
        return Whose.RELATIVE, "", found.end()
    if _ORIGINAL.match(text, end):
        return Whose.ORIGINAL, "", end
    if found := _OF_THIS.match(text, end):
        return (Whose.UNCLEAR if _PART_NOUN.search(found.group()) else Whose.OWN), "", found.end()
    if found := _HERE_WORDS.match(text, end):
        return Whose.HERE, "", found.end()
    if found := _OF_NAMED.match(text, end):
        return Whose.NAMED, " ".join(found["name"].split()), end
    if found := _OF_PLAIN.match(text, end):
        last = found["name"].split()[-1]
        return (Whose.NAMED if last in _DOCUMENT_WORDS else Whose.UNCLEAR), last, end
    return Whose.HERE, "", end


def _family(noun: str) -> str:
    if noun.startswith("article"):
        return "article"
    if noun.startswith("§"):
        return "§"
    if noun.startswith("para"):
        return "paragraph"
    if noun.startswith("item"):
        return "item"
    return "section"


def _key(label: str) -> str:
    """Return a label's key: `section4.1(a)` for `Section 4.1(a)` and `clause 4.1(a)`, `article4` for `Article IV`."""
    noun, _, number = label.partition(" ")
    number = number.replace(" ", "")
    if number.startswith("["):
        return f"¶{number.strip('[]')}"
    family = _family(noun.lower()) if noun.lower() != "section" else "section"
    if noun.lower() in ("part", "chapter", "subpart"):
        family = noun.lower()
    base, bracket, tail = number.partition("(")
    return family + (_arabic(base) if family == "article" else base) + bracket + tail


def _arabic(numeral: str) -> str:
    if numeral.isdigit() or not numeral.isupper():
        return numeral
    values = [{"I": 1, "V": 5, "X": 10, "L": 50, "C": 100}.get(letter, 0) for letter in numeral]
    return str(sum(-value if value < max(values[at:]) else value for at, value in enumerate(values)))


def _others(key: str) -> tuple[str, ...]:
    for family in ("paragraph", "item", "section", "§"):
        if key.startswith(family):
            number = key.removeprefix(family)
            others = tuple(f"{other}{number}" for other in ("section", "§", "paragraph") if other != family)
            return (f"¶{number}", *others) if family == "paragraph" else others
    return ()


def _written(key: str) -> str:
    match = re.fullmatch(r"(article|section|paragraph|item|§)(.*)", key)
    if match is None:
        return key
    noun, number = match.groups()
    return f"{noun.capitalize() if noun in ('article', 'section') else noun} {number}"


def _outer(key: str) -> str:
    """Return the key without its last item: `section4.1` for `section4.1(a)`, `section4` for `section4a`; else empty.

    A dotted number is not shortened (`section4.1` gives an empty string); see `_holders`.
    """
    if key.endswith(")") and not key.startswith("("):
        return re.sub(r"\([^()]*\)$", "", key)
    return key[:-1] if re.search(r"\d[a-z]$", key) else ""


def _holders(key: str) -> tuple[str, ...]:
    """Return the keys of the provisions that may contain a dotted number: Article 4 and Section 4 for Section
    4.2(a)."""
    match = re.match(r"\D+(\d+)\.", key)
    return (f"article{match[1]}", f"section{match[1]}") if match else ()


_PART_ID = r"(?:[A-Z](?:-\d{1,2})?|\d{1,2}[A-Z]?|[IVX]{1,5})"
_PART_LINE = re.compile(
    r"[ \t#*]{0,8}(?P<name>(?i:appendix|schedule|annex|annexure|exhibit|addendum|attachment|supplement)[ \t]+"
    rf"(?:No\.[ \t]*)?{_PART_ID})(?![\w(])(?:[ \t]*[.:–—-][^\n]{{0,240}}|[ \t]+(?:to\b|[A-Z(\[“\"])[^\n]{{0,240}}"
    rf"|[ \t*]*)"
)
_PART_MENTION = re.compile(
    r"\b(?:(?i:appendi(?:x|ces)|schedules?|annex(?:es|ures?)?|exhibits?|addend(?:um|a)|attachments?|supplements?"
    rf"|subparts?|chapters?|parts?)\s+(?:No\.\s*)?{_PART_ID}(?!\w)|(?i:comments?)\s+(?:\d|[A-Z]-\d)"
    r"|(?:the|this)\s+(?i:appendi(?:x|ces)|annex|addendum)\b)"
)


def _is_other(name: str) -> bool:
    return name.split()[-1].lower() not in _DOCUMENT_WORDS if name else False


REFERENCES = ReferenceRules(
    find=_find,
    key=_key,
    others=_others,
    outer=_outer,
    is_other=_is_other,
    own_part=frozenset({"paragraph", "item"}),
    written=_written,
    range_name=lambda low, high: f"{low} to {high}",
    holders=_holders,
    part_line=_PART_LINE,
    part_mention=_PART_MENTION,
)
