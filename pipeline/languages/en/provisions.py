"""The numbers and parts of English legal texts: articles, sections, §§, schedules, amendments, parts of judgments."""

from __future__ import annotations

import re
from collections.abc import Sequence

from pipeline.languages.provision_rules import (
    HeadFamily,
    ItemFamily,
    Numerals,
    PartFamily,
    PartSort,
    ProvisionRules,
    Role,
)

_SCHEDULE_NOUN = (
    r"(?:SCHEDULE|ANNEX|ANNEXURE|APPENDIX|EXHIBIT|ADDENDUM|ATTACHMENT|SUPPLEMENT"
    r"|Schedule|Annex|Annexure|Appendix|Exhibit|Addendum|Attachment|Supplement)"
)
_SCHEDULE = re.compile(
    rf"(?P<name>{_SCHEDULE_NOUN}[ \t]+(?:No\.[ \t]*)?(?:[IVX]{{1,5}}|[A-Z](?:-\d{{1,2}})?|\d{{1,2}}[A-Z]?)(?!\w))"
    r"(?P<rest>(?:[ \t]*[.:–—-]?[ \t]*[A-Z(\[\"“][^\n]{0,110}|[ \t]+to (?!be\b)[^\n]{0,90}|[ \t]*[.:–—-]?))"
)
"""Matches the heading of an annexed part, with its title: `SCHEDULE A - Prices`."""
_AMENDMENT = re.compile(
    r"(?P<name>(?:THE |The )?(?:[A-Z][A-Za-z]+ )?(?:AMENDMENT|Amendment|SIDE LETTER|Side Letter)"
    r"(?:[ \t]+(?:NO\.|No\.|TO\b|to\b|AGREEMENT\b)[^\n]{0,60})?)"
)
"""Matches the heading of an amendment: `FIRST AMENDMENT TO LEASE`."""
_PART_WORDS = (
    r"(?:syllabus|held|holding|opinion|per curiam|judgment|order|decree|decision|ruling|disposition|facts"
    r"|findings of fact"
    r"|conclusions of law|statement of facts|statement of the case|factual background|procedural background"
    r"|factual and procedural background|procedural history|background|introduction|discussion|analysis|issues?"
    r"|standard of review|conclusion|dissent|concurrence|the law|the facts|the issues?|relief|costs|reasons"
    r"|reasons for judgment)"
)
_JUDGMENT = re.compile(rf"(?:(?:[IVX]{{1,4}}|[A-Z]|\d)\.[ \t]+)?(?P<name>(?=[A-Z])(?i:{_PART_WORDS}))[.:]?")
"""Matches the heading of a part of a judgment: `II. Background`."""
_BRACKETED = "paragraph in brackets"
_COUNT = r"\d{1,3}|[IVXLC]{1,7}"
_TITLE = r"(?:[ \t]*\((?P<title>[A-Z][^()\n]{2,60})\)[.:]?(?=[ \t]*$))?"
"""The heading in brackets after a number, alone on its line: `(Definitions)` of `Article 1 (Definitions)`."""


def _label(noun: str, number: str, above: str) -> str:
    if noun == "item" and above:
        return f"{above}({number})"
    if noun == _BRACKETED:
        return f"paragraph [{number}]"
    return f"{noun} {number}"


def _in_part(label: str, sort: str, name: str) -> str:
    article = "the " if _TAKES_ARTICLE.match(name) and not _SCHEDULE.fullmatch(name) else ""
    if sort == PartSort.AMENDMENT and label.startswith(("Section ", "section ")) and "." not in label:
        label = f"paragraph {label.partition(' ')[2]}"
    elif sort in (PartSort.SCHEDULE, PartSort.JUDGMENT) and _PLAIN.fullmatch(label):
        label = f"item {label.partition(' ')[2]}"
    return f"{label} of {article}{name}"


def _named(label: str, headings: Sequence[tuple[str, str]]) -> str:
    """Return a label with the provision's own heading after the number; headings of outer provisions are left out."""
    if not headings or headings[-1][0] != label:
        return label
    number, of, part = label.partition(" of ")
    return f"{number} ({headings[-1][1]}){of}{part}"


def _whole(sort: str, name: str) -> str:
    nouns = {PartSort.JUDGMENT.value: "part", PartSort.MAIN.value: "section"}
    return f"the {nouns[sort]} “{name}”" if sort in nouns else name


_PLAIN = re.compile(r"(?:section|clause|paragraph) \d{1,3}(?:\([^()]{1,5}\))*", re.IGNORECASE)
"""Matches a label with a plain number: `Section 4(a)`."""
_TAKES_ARTICLE = re.compile(
    r"(?:first|second|third|fourth|fifth|order|judgment|decision|ruling|opinion|disposition|amendment(?: to"
    r"| agreement|$)"
    r"|side letter)\b|.*\b(?:agreement|licen[cs]e|lease|contract|policy|deed|terms|addendum|notice|conditions)\b",
    re.IGNORECASE,
)
"""Matches the name of a part that needs `the`: `First Amendment`, `License Agreement`."""

_HEADING_WORDS = """
acceptance access account accounting accounts act additional address addendum adjustment administration agreement
agreements amendment amendments and annex annexure annual appendix applicable application arbitration assignment
attachment attachments audit authority base board breach building business certain change changes charge charges choice
claims clause clauses closing code commencement commission common company compensation compliance condition conditions
confidential confidentiality construction contents contract contractor control copyright cost costs counterparts court
covenant covenants customer damages data date deed default definition definitions delivery deposit description design
disclaimer disclosure dispute disputes document documents duration duties duty effect effective emergency employee
employment entire environmental error events exclusion exclusions execution exhibit expenses export fees fifth final
first force form fourth general governing grant guarantee guaranty headings improvements indemnification indemnity
information initial inspection insurance integration intellectual interest interpretation introduction invoices issues
judgment jurisdiction landlord late laws lease letter liability licence license licensee licenses limit limitation
limitations limited liquidated loss maintenance majeure management manner master material matters maximum miscellaneous
modification name non notice notices obligations operating order orders original other ownership parking part parties
party patent payment payments penalties performance period permitted personal place policies policy premises price
prices principal procedure products professional prohibited property provisions purchase purpose quality rate records
relationship remedies renewal rent rents repair repairs report reporting reports representations requirements
reservation responsibilities restrictions return right rights risk royalties rules schedule scope second section
security seller service services settlement severability shipment side signage software specifications standard
statement sublease sublicense subletting supplement supplier supply support surrender survival taxes technical tenant
term termination terms territory testing third title tools trade transfer transition use utilities validity waiver
warranties warranty work works workshop
"""


def _container(noun: str, rank: int, number: str) -> HeadFamily:
    """Return the family of headings such as `Part II` or `PART II. Title`, which contain sections."""
    pattern = rf"(?:{noun.upper()}|{noun})[ \t]+(?P<num>{number})\b(?P<rest>[ \t]*[.:–—-]?[ \t]*(?:[A-Z].*)?)$"
    return HeadFamily(noun=noun, role=Role.CONTAINER, rank=rank, pattern=re.compile(pattern))


PROVISIONS = ProvisionRules(
    heading_words=frozenset(_HEADING_WORDS.split()),
    heads=(
        _container("Part", 1, rf"{_COUNT}|[A-Z]"),
        _container("Chapter", 2, _COUNT),
        _container("Subpart", 3, rf"{_COUNT}|[A-Z]"),
        HeadFamily(
            noun="Article",
            role=Role.ARTICLE,
            pattern=re.compile(rf"(?:ARTICLE|Article)[ \t]+(?P<num>{_COUNT})\b{_TITLE}(?P<rest>.*)$"),
        ),
        HeadFamily(
            noun="Section",
            role=Role.SECTION,
            pattern=re.compile(
                r"(?:SECTION|Section|Sec\.|SEC\.)[ \t]+(?P<num>\d{1,4}(?:\.\d{1,3}){0,2})(?!\d|\.\d|\()"
                rf"{_TITLE}(?P<rest>.*)$"
            ),
        ),
        HeadFamily(
            noun="Clause",
            role=Role.SECTION,
            pattern=re.compile(
                rf"(?:CLAUSE|Clause)[ \t]+(?P<num>\d{{1,4}}(?:\.\d{{1,3}}){{0,2}})(?!\d|\.\d|\(){_TITLE}(?P<rest>.*)$"
            ),
        ),
        HeadFamily(
            noun="§",
            role=Role.SIGN,
            pattern=re.compile(r"§[ \t]*(?P<num>\d{1,5}(?:[.-]\d{1,4}){0,2}[a-z]?)(?P<rest>\.?[ \t].*)$"),
        ),
    ),
    decimals="Section",
    usual_noun=re.compile(r"\b([Ss]ection|[Cc]lause|[Pp]aragraph)s?\s\d"),
    paragraph=_BRACKETED,
    items=(
        ItemFamily(noun="item", pattern=re.compile(r"\((?P<num>[a-z])\)(?=\s)"), numerals=Numerals.LETTERS),
        ItemFamily(noun="item", pattern=re.compile(r"(?P<num>[a-z])[.)](?=\s)"), numerals=Numerals.LETTERS),
        ItemFamily(noun="item", pattern=re.compile(r"\((?P<num>\d{1,2})\)(?=\s)"), numerals=Numerals.DIGITS),
        ItemFamily(noun="item", pattern=re.compile(r"\((?P<num>[ivx]{1,5})\)(?=\s)"), numerals=Numerals.ROMAN),
        ItemFamily(noun="item", pattern=re.compile(r"\((?P<num>[A-Z])\)(?=\s)"), numerals=Numerals.CAPITALS),
    ),
    label=_label,
    in_part=_in_part,
    named=_named,
    whole=_whole,
    parts=(
        PartFamily(sort=PartSort.SCHEDULE, pattern=_SCHEDULE),
        PartFamily(sort=PartSort.AMENDMENT, pattern=_AMENDMENT),
        PartFamily(sort=PartSort.JUDGMENT, pattern=_JUDGMENT, restarts=False),
    ),
    no_rest=re.compile(
        r"[ \t]*(?:[a-z(,;)]|(?:and|or|of|to|through|shall|is|are|applies|above|below|hereof)\b"
        r"|[–-][ \t]?\d|[A-Z]\)?$)"
    ),
    sources=re.compile(
        r"(?:list of )?(?:references|sources|links)|bibliography|works cited|further reading|footnotes|endnotes",
        re.IGNORECASE,
    ),
    contents=re.compile(
        r"(?:table of )?contents|index|(?:list of )?(?:exhibits|schedules|annexes|appendices|attachments)"
        r"(?:(?: and|,) (?:exhibits|schedules|annexes|appendices|attachments))?:?",
        re.IGNORECASE,
    ),
    document_title=re.compile(
        r"(?=.{4,90}$)(?![A-Z0-9]{1,3}[.)][ \t])(?:[^a-z]*(?:AGREEMENT|LICEN[CS]E|LEASE|CONTRACT|TERMS"
        r"|CONDITIONS|POLICY|DEED|NOTICE|GUARANTEE"
        r"|ADDENDUM|ORDER|RULES|STATEMENT|CHARTER|BYLAWS|UNDERTAKING)[^a-z]*"
        r"|(?:[A-Z][\w’'&.-]*[ \t]+){0,8}(?:Agreement|Licen[cs]e|Lease|Contract|Terms(?: (?:of|and) [A-Z]\w+)?"
        r"|Conditions"
        r"|Policy|Deed|Guarantee|Addendum|Rules|Charter|Bylaws|Undertaking)(?:[ \t]+[(\dvV][^ ]{0,12}){0,2})",
    ),
    repealed=r"\[?(?:reserved|repealed|deleted|intentionally (?:omitted|left blank))\]?\.?",
)
