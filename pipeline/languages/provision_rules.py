"""The types of the rules for the numbers and parts of legal texts, which `documents.grammar.legal` applies.

A provision is a numbered text: an article, section, paragraph or item. A part is a document inside the document, such
as a schedule or an amendment. A language lists the ways to write a number at the start of a line (each is a head
family) and the lines that begin a part. The grammar knows how numbers count, nest and start over; it contains no words.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """The role of a number within its part."""

    CONTAINER = "container"
    """A chapter or the like, which holds articles or sections: 제1장, Subpart B. The numbers of articles and sections
    continue from one container to the next."""
    ARTICLE = "article"
    """The outermost numbered text: ARTICLE 4, 제4조의2."""
    SECTION = "section"
    """A section that is outermost or inside an article: Section 4, Section 4.1."""
    SIGN = "sign"
    """A section of a code: § 1002.3. Such sections may come in any order."""


class Numerals(StrEnum):
    """The numerals of a list."""

    DIGITS = "digits"
    LETTERS = "letters"
    CAPITALS = "capitals"
    ROMAN = "roman"
    CIRCLED = "circled"
    SYLLABLES = "syllables"
    """The letters in `ProvisionRules.syllables`."""


class PartSort(StrEnum):
    """The kind of a part, which is the `sort` of its node."""

    MAIN = "main"
    SCHEDULE = "schedule"
    """Schedule, annex, appendix, exhibit, 별표, 별지."""
    AMENDMENT = "amendment"
    """Text that changes provisions of a different part or law."""
    SUPPLEMENT = "supplement"
    """부칙 (supplementary provisions)."""
    DOCUMENT = "document"
    """A separate document in the same file: an annexed licence, a second contract."""
    COMPARISON = "comparison"
    """A comparison of the old and new wording. It contains no provisions."""
    JUDGMENT = "judgment"
    """A part of a judgment: 주문, 이유, Held, Background."""
    REPORT = "report"
    """Text about a document that is not part of the document: the reasons for a bill, an estimate of its costs."""
    ENTRY = "entry"
    """A ruling or excerpt in a digest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HeadFamily:
    """One way to write the number of a provision at the start of a line."""

    noun: str
    """The noun for the provision: `Section`, `조`."""
    role: Role
    pattern: re.Pattern[str]
    """Matches from the start of a line. Groups: `num`; optionally `branch` (the 2 in 제4조의2) and `title`; `rest`, up
    to the end of the line."""
    rank: int = 0
    """The order of containers. A container can hold containers of a larger rank."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemFamily:
    """One way to write the items inside a provision, at the start of a line or right after the provision's heading."""

    noun: str
    pattern: re.Pattern[str]
    """Groups: `num`, and `title` if a title in brackets may follow."""
    numerals: Numerals
    least: int = 2
    """The minimum number of items in a list."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PartFamily:
    """One way to write the line at the beginning of a part."""

    sort: PartSort
    pattern: re.Pattern[str]
    """Matches the whole line. Groups: `name`, and `rest` if a title may follow."""
    squeezed: bool = False
    """Whether to remove white space from the line before matching, for headings with wide spacing: 부   칙."""
    after_blank: bool = True
    """Whether the line before must be blank or missing."""
    restarts: bool = True
    """Whether numbers always start over in the part. If False, they may also continue those above the part."""
    titled_below: bool = False
    """Whether the next line with text is the name of the part."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProvisionRules:
    """Rules for the numbers and parts of legal texts."""

    heads: tuple[HeadFamily, ...] = ()
    decimals: str = ""
    """The noun for sections with plain numbers, such as `4.1` and `4.`; empty if the language uses `plain` instead."""
    usual_noun: re.Pattern[str] | None = None
    """Finds mentions of plain numbers; group 1 is their noun. The most frequent noun becomes the noun of all of
    them."""
    plain: str = ""
    """The noun for an outermost plain number (`1.`) in a part without articles; empty if `decimals` is used instead."""
    numbered: str = ""
    """The noun for items with plain numbers: 호 in 제4조제1호. If such items begin directly after the heading of an
    article, they are its paragraphs and have the noun `plain`."""
    paragraph: str = ""
    """The noun for paragraphs with numbers in brackets, as in judgments: `[12]`."""
    items: tuple[ItemFamily, ...] = ()
    """The families of items, from the outermost to the innermost. A text need not use all of them."""
    subitem: str = ""
    """The noun for the innermost items directly below an outermost plain number."""
    syllables: str = ""
    """The letters of `Numerals.SYLLABLES`, in order."""
    label: Callable[[str, str, str], str]
    """Returns the label of a provision, from its noun, its number as written, and the label of the provision around it.
    The last one is empty for articles and sections, whose numbers do not depend on what contains them."""
    in_part: Callable[[str, str, str], str]
    """Returns the label of a provision of a named part. Takes the label, and the sort and name of the part. The sort is
    the part's own if the provision's outermost number begins with a digit (`4.`) and not with a noun; otherwise, and in
    a schedule whose outermost provisions have titles, the sort is `document`."""
    named: Callable[[str, Sequence[tuple[str, str]]], str]
    """Returns a label with headings, for a question. Takes the label, and pairs of label and heading for each provision
    that has a heading, from the outermost one to the provision itself. Containers are left out."""
    whole: Callable[[str, str], str]
    """Returns how a question names a part without numbers, from the part's sort and name. For a section that has a
    heading but no number, the sort is `main`."""
    parts: tuple[PartFamily, ...] = ()
    entry: re.Pattern[str] | None = None
    """Matches a whole line that begins an entry in a digest of statutes; groups `name` and `title`."""
    no_rest: re.Pattern[str] | None = None
    """Matches the text after a number if the line only mentions the number in a sentence and is not a heading."""
    no_title: re.Pattern[str] | None = None
    """Matches a line that begins a sentence and therefore cannot be a heading without brackets."""
    instruction: re.Pattern[str] | None = None
    """Matches a line of an amending text that says what is changed. Such a line ends the provision above the line."""
    contents: re.Pattern[str] | None = None
    """Matches the line above a table of contents."""
    sources: re.Pattern[str] | None = None
    """Matches the line above a list of references or notes."""
    document_title: re.Pattern[str] | None = None
    """Matches a line that is the title of a whole document."""
    heading_words: frozenset[str] = frozenset()
    """Words of headings, in lower case. In a heading in capitals, they are not acronyms."""
    repealed: str = ""
    """The pattern of the text that replaces a repealed provision."""
