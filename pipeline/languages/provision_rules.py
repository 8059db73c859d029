"""Rules for the numbers of provisions and for the parts of a legal text, as `documents.grammar.legal` reads them.

A language lists how it writes numbers at the start of a line and what opens a part. The grammar knows how numbers
count, nest and start over; it knows no words.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """What a number does in its part."""

    CONTAINER = "container"
    """Holds articles or sections, which count on across it: 제1장, Subpart B."""
    ARTICLE = "article"
    """The outermost numbered text: ARTICLE 4, 제4조의2."""
    SECTION = "section"
    """Outermost, or inside an article: Section 4, Section 4.1."""
    SIGN = "sign"
    """A section of a code, in any order: § 1002.3."""


class Numerals(StrEnum):
    """How items count."""

    DIGITS = "digits"
    LETTERS = "letters"
    CAPITALS = "capitals"
    ROMAN = "roman"
    CIRCLED = "circled"
    SYLLABLES = "syllables"
    """By `ProvisionRules.syllables`."""


class PartSort(StrEnum):
    """What a part is; the `sort` of its node."""

    MAIN = "main"
    SCHEDULE = "schedule"
    """Schedule, annex, appendix, exhibit, 별표, 별지."""
    AMENDMENT = "amendment"
    """Changes provisions of another part or law."""
    SUPPLEMENT = "supplement"
    """부칙."""
    DOCUMENT = "document"
    """Another document in the same file: an annexed licence, a second contract."""
    COMPARISON = "comparison"
    """Old and new wording side by side; nothing in it is a provision."""
    JUDGMENT = "judgment"
    """A part of a judgment: 주문, 이유, Held, Background."""
    REPORT = "report"
    """Explains a text without being part of it: reasons of a bill, an estimate of costs."""
    ENTRY = "entry"
    """One ruling or excerpt of a digest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HeadFamily:
    """One way to write the number of a provision."""

    noun: str
    """What the provision is called: `Section`, `조`."""
    role: Role
    pattern: re.Pattern[str]
    """Matches at the start of a line. Groups: `num`; `branch` and `title` where it has them; `rest` to the end of the
    line."""
    rank: int = 0
    """Among containers: smaller holds larger."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemFamily:
    """Items inside a provision, at the start of a line or right after its heading."""

    noun: str
    pattern: re.Pattern[str]
    """Groups: `num`, and `title` where one may follow in brackets."""
    numerals: Numerals
    least: int = 2
    """Fewer are no list."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PartFamily:
    """A line that opens a part."""

    sort: PartSort
    pattern: re.Pattern[str]
    """Matches a whole line. Groups: `name`; `rest` where a title may follow."""
    squeezed: bool = False
    """Match the line without its white space, for headings that are set wide: 부   칙."""
    after_blank: bool = True
    restarts: bool = True
    """Numbers start over in it; otherwise only where they are seen to."""
    titled_below: bool = False
    """The next line is its name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProvisionRules:
    """Numbers and parts of legal texts."""

    heads: tuple[HeadFamily, ...] = ()
    decimals: str = ""
    """Noun of sections with plain numbers, such as `4.1` and `4.`; empty where such numbers are items only."""
    usual_noun: re.Pattern[str] | None = None
    """Finds mentions of plain numbers; group 1 is what the text calls them. The most frequent one names them all."""
    plain: str = ""
    """Noun of an outermost plain number (`1.`) in a part without articles; empty where it is that of `decimals`."""
    numbered: str = ""
    """Noun of items with plain numbers that words before them announce; those without such words are `plain`."""
    paragraph: str = ""
    """Noun of numbered paragraphs in brackets, as judgments have them: `[12]`."""
    items: tuple[ItemFamily, ...] = ()
    """From the outside in; each may be missing."""
    subitem: str = ""
    """Noun of the innermost items directly below an outermost plain number."""
    syllables: str = ""
    label: Callable[[str, str, str], str]
    """Names a provision: its noun, its number as written, the label of the provision around it (empty at the
    top, and for those that count on across what holds them)."""
    in_part: Callable[[str, str, str], str]
    """The label of a provision with its part: label, sort of the part and its name. For the main part, which is named
    where another part has the same number, the name is `supplement` where one follows, else empty."""
    named: Callable[[str, Sequence[tuple[str, str]]], str]
    """A label with headings, as a question gives it: the label, and the labels and headings of what has one, from the
    outermost provision around it to its own."""
    whole: Callable[[str, str], str]
    """What a part without numbers is called in a question: its sort and its name; `main` for a section with nothing but
    a heading."""
    parts: tuple[PartFamily, ...] = ()
    entry: re.Pattern[str] | None = None
    """Opens an entry of a digest of statutes, as a whole line; groups `name` and `title`."""
    no_rest: re.Pattern[str] | None = None
    """What follows a number that a sentence mentions, so that the line is no heading."""
    no_title: re.Pattern[str] | None = None
    """Opens a line that is the beginning of a sentence, and no heading without brackets."""
    instruction: re.Pattern[str] | None = None
    """A line of an amending text that says what is changed; ends the provision above."""
    contents: re.Pattern[str] | None = None
    """The line above a list of contents."""
    document_title: re.Pattern[str] | None = None
    """A line that names a whole document."""
    heading_words: frozenset[str] = frozenset()
    """Words of headings, in small letters, that are no acronyms if a heading is in capitals."""
    repealed: str = ""
    """Pattern of what replaces the text of a repealed provision."""
