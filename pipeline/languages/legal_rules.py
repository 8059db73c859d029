"""Rules for legal texts: numbering, references, definitions, money, deadlines and parties.

Where languages differ in how they say a thing, the rules name one of a few ways of reading (a class of patterns) or are
functions from text to what it says. Functions take and give offsets and strings, nothing of the floors above.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum


class Numbering(StrEnum):
    """How the provisions of legal texts are numbered."""

    SECTIONS = "sections"
    """Articles and sections with decimal numbers: `ARTICLE 4`, `Section 4.1`, `§ 7`."""
    ARTICLES = "articles"
    """Articles with numbered paragraphs and branches: 제4조의2 ①, as in the statutes of East Asia."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SectionReferences:
    """Mentions of decimal sections: `Sections 4.1 to 4.3 of the Lease`."""

    mention: re.Pattern[str]
    """Groups `noun` and `list`, or `sign` and `signed`."""
    one: re.Pattern[str]
    """One number of a list; groups `joint` and `num`."""
    bare_nouns: frozenset[str]
    """Nouns that are no name of a provision, before a number with a point only: `see`."""
    range_joints: frozenset[str]
    item_nouns: frozenset[str]
    """Nouns that mean an item of the part they are used in."""
    elsewhere: re.Pattern[str]
    """What follows a mention of another document; group `name`."""
    own_document: re.Pattern[str]
    """Names by which a document means itself or its parts."""
    foreign_before: re.Pattern[str]
    """What stands before a mention of another law."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticleReferences:
    """Mentions of articles and their paragraphs: 제4조의2 제1항."""

    mention: re.Pattern[str]
    """Groups `num`, `branch` and `paragraph`."""
    branch_mark: str
    """Between number and branch."""
    article_noun: str
    paragraph_noun: str
    section: re.Pattern[str]
    """A mention of a numbered section of a manual; group `num`."""
    original_before: re.Pattern[str]
    """What stands before a mention of the contract that an amendment changes."""
    foreign_before: re.Pattern[str]
    continued: re.Pattern[str]
    """Between two mentions of one list."""
    supplement: str
    """Title of the part whose articles mean its own numbering."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VerbSecondDefinitions:
    """Definitions whose verb follows the term: `"Term" means …`."""

    quoted: re.Pattern[str]
    unquoted: re.Pattern[str]
    labelled: re.Pattern[str]
    """`Term: …` under a heading that says definitions. All three have a group `term`, the first two `verb`."""
    heading: str
    """Word of such a heading, in lower case."""
    no_term: re.Pattern[str]
    pointer: re.Pattern[str]
    """A meaning that only points elsewhere."""
    pointer_verb: str
    """End of a verb with which a definition only points elsewhere."""
    joined: re.Pattern[str]
    """Before the second of two terms that are defined together."""
    left_over: re.Pattern[str]
    """Between the end of a definition and the next one."""
    list_item_end: re.Pattern[str]
    cut_off: re.Pattern[str]
    """End of a meaning that is cut off."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VerbFinalDefinitions:
    """Definitions that close with their verb: "용어"란 … 말한다."""

    quoted: re.Pattern[str]
    unquoted: re.Pattern[str]
    """Groups `term` and `verb`, which is the topic marker here."""
    weak_markers: frozenset[str]
    """Topic markers that open other sentences too."""
    end: re.Pattern[str]
    weak_end: re.Pattern[str]
    """The end that proves a definition behind a weak marker."""
    addition: re.Pattern[str]
    """Opens a further sentence of the same definition."""
    list_follows: str
    """Words of a definition that goes on in a list."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MoneyRules:
    """Sums of money in provisions."""

    money: re.Pattern[str]
    read_sum: Callable[[str, int, int, int, int], tuple[int, int, str]]
    """Text, start and end of the sum, bounds of its provision → start and end with limit and rate, and its name."""
    unspoken: str = ""
    """Pattern of a mark of money that two writings of one sum may differ in."""


@dataclass(frozen=True, slots=True)
class Duty:
    """A duty with its time limit."""

    form: str
    """`deadline.duty` or `deadline.due`."""
    slots: tuple[tuple[str, str], ...]
    """What its question names."""
    limit: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadlineRules:
    """Time limits in provisions."""

    read_duty: Callable[[str], Duty | None]
    """The duty that a sentence (on one line) sets."""
    only_limit: Callable[[str], str]
    """The only time limit of a text (on one line), empty where there are several or its end is not certain."""


@dataclass(frozen=True, slots=True)
class NamedParty:
    """A party and where it stands."""

    role: str
    name: str
    start: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PartyRules:
    """Parties of contracts and lawsuits."""

    find: Callable[[str], Iterator[NamedParty]]
    """Parties in the opening of a document."""
    capacity: Callable[[list[str]], str]
    """The roles of one party as an answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SectionWords:
    """Numbered sections of manuals."""

    label: Callable[[str, int], str]
    """Names a section by its number and depth (1 for the outermost)."""
    is_label: Callable[[str], bool]
    """Whether a provision's label is such a name, so that the document has sections instead of provisions."""
    suffix: str = ""
    """Pattern of a word between the number of a section and its title."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LegalRules:
    """Legal texts."""

    numbering: Numbering | None = None
    references: SectionReferences | ArticleReferences | None = None
    definitions: VerbSecondDefinitions | VerbFinalDefinitions | None = None
    bare_meaning: Callable[[str], str] = lambda meaning: meaning
    """A meaning without the verb that closes it."""
    provision_noun: Callable[[str], str] = field(default=lambda label: label.split()[0])
    """What to call a provision with this label of which only the heading is known."""
    money: MoneyRules | None = None
    deadlines: DeadlineRules | None = None
    parties: PartyRules | None = None
    families: frozenset[str] = frozenset()
    """Nouns of provisions (lower case, singular) whose numbers count apart from those of sections. These and what
    follows hold for documents of every language."""
    paragraph_nouns: frozenset[str] = frozenset()
    """Nouns of paragraphs that are mentioned together with their article."""
    inner_nouns: frozenset[str] = frozenset()
    """Nouns of provisions whose label holds that of the provision above."""
    contents_lead: str = ""
    """Pattern of a word before a number in a table of contents."""
    closing: str = ""
    """Pattern of a line that closes a contract or judgment: signatures, a date."""
    changes: str = ""
    """Pattern of words by which an amendment changes a provision."""
    term_changes: str = ""
    """Pattern of words by which an amendment changes a defined term."""
    damage: str = ""
    """Pattern of words that stand for text which was left out."""
