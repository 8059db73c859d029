"""Rules for the numbers of provisions and for the parts of a legal text, as `documents.grammar.legal` reads them.

A language lists how it writes numbers at the start of a line and what opens a part. The grammar knows how numbers
count, nest and start over, but it knows no words.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """The role of a number in its part."""

    CONTAINER = "container"
    """Holds articles or sections, whose numbers continue from one container to the next: 제1장, Subpart B."""
    ARTICLE = "article"
    """The outermost numbered text: ARTICLE 4, 제4조의2."""
    SECTION = "section"
    """Outermost, or inside an article: Section 4, Section 4.1."""
    SIGN = "sign"
    """A section of a code, in any order: § 1002.3."""


class Numerals(StrEnum):
    """How items are numbered."""

    DIGITS = "digits"
    LETTERS = "letters"
    CAPITALS = "capitals"
    ROMAN = "roman"
    CIRCLED = "circled"
    SYLLABLES = "syllables"
    """The letters of `ProvisionRules.syllables`."""


class PartSort(StrEnum):
    """The kind of a part; the `sort` of its node."""

    MAIN = "main"
    SCHEDULE = "schedule"
    """Schedule, annex, appendix, exhibit, 별표, 별지."""
    AMENDMENT = "amendment"
    """Text that changes provisions of another part or law."""
    SUPPLEMENT = "supplement"
    """부칙."""
    DOCUMENT = "document"
    """Another document in the same file: an annexed licence, a second contract."""
    COMPARISON = "comparison"
    """Old and new wording side by side. It holds no provisions."""
    JUDGMENT = "judgment"
    """A part of a judgment: 주문, 이유, Held, Background."""
    REPORT = "report"
    """Text about a document that is not part of it: reasons of a bill, an estimate of costs."""
    ENTRY = "entry"
    """One ruling or excerpt of a digest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HeadFamily:
    """One way to write the number of a provision."""

    noun: str
    """What the provision is called: `Section`, `조`."""
    role: Role
    pattern: re.Pattern[str]
    """Pattern at the start of a line. Groups: `num`; `branch` and `title` if it has them; `rest` to the end of the
    line."""
    rank: int = 0
    """The order of containers: a smaller rank holds a larger one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemFamily:
    """Items inside a provision, at the start of a line or right after its heading."""

    noun: str
    pattern: re.Pattern[str]
    """Groups: `num`, and `title` if one may follow in brackets."""
    numerals: Numerals
    least: int = 2
    """The fewest items that make a list."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PartFamily:
    """A line that opens a part."""

    sort: PartSort
    pattern: re.Pattern[str]
    """Pattern of a whole line. Groups: `name`; `rest` if a title may follow."""
    squeezed: bool = False
    """Whether to match the line without its white space, for headings with wide spacing: 부   칙."""
    after_blank: bool = True
    """Whether the line before must be blank."""
    restarts: bool = True
    """Whether numbers always start over in the part. If False, they do only if the numbers in the text show it."""
    titled_below: bool = False
    """Whether the next line is the name of the part."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProvisionRules:
    """Rules for the numbers and parts of legal texts."""

    heads: tuple[HeadFamily, ...] = ()
    decimals: str = ""
    """Noun of sections with plain numbers, such as `4.1` and `4.`; empty if such numbers are only items."""
    usual_noun: re.Pattern[str] | None = None
    """Pattern to find mentions of plain numbers; group 1 is their noun. The most frequent noun names all of them."""
    plain: str = ""
    """Noun of an outermost plain number (`1.`) in a part without articles; empty if it is the noun of `decimals`."""
    numbered: str = ""
    """Noun of items with plain numbers that words before them announce; items without such words are `plain`."""
    paragraph: str = ""
    """Noun of paragraphs with numbers in brackets, as in judgments: `[12]`."""
    items: tuple[ItemFamily, ...] = ()
    """Families of items from the outermost to the innermost; each may be missing in a text."""
    subitem: str = ""
    """Noun of the innermost items directly below an outermost plain number."""
    syllables: str = ""
    label: Callable[[str, str, str], str]
    """The name of a provision from its noun, its number as written, and the label of the provision around it.
    That label is empty at the top, and for provisions whose numbers continue from one container to the next."""
    in_part: Callable[[str, str, str], str]
    """The label of a provision with its part, from the label, the sort of the part and its name. The main part is
    named only if another part has the same number. Its name is `supplement` if the text has a supplement, else
    empty."""
    named: Callable[[str, Sequence[tuple[str, str]]], str]
    """A label with headings for a question; from the label, and pairs of label and heading of each provision that has a
    heading, from the outermost provision around it to its own."""
    whole: Callable[[str, str], str]
    """The name of a part without numbers in a question, from its sort and its name. The sort is `main` for a section
    with only a heading."""
    parts: tuple[PartFamily, ...] = ()
    entry: re.Pattern[str] | None = None
    """A whole line that opens an entry of a digest of statutes; groups `name` and `title`."""
    no_rest: re.Pattern[str] | None = None
    """Text after a number in a sentence that mentions it, so the line is not a heading."""
    no_title: re.Pattern[str] | None = None
    """The opening of a line that begins a sentence, so it is not a heading without brackets."""
    instruction: re.Pattern[str] | None = None
    """A line of an amending text that says what is changed; it ends the provision above it."""
    contents: re.Pattern[str] | None = None
    """The line above a table of contents."""
    document_title: re.Pattern[str] | None = None
    """A line that names a whole document."""
    heading_words: frozenset[str] = frozenset()
    """Words of headings, in small letters, that are not acronyms in a heading in capitals."""
    repealed: str = ""
    """Pattern of the text that replaces a repealed provision."""
