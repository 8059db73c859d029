"""Rules for legal texts: numbering, references, definitions, money, deadlines and parties.

Where languages differ in how they say a thing, the rules name one of a few ways of reading (a class of patterns) or are
functions from text to what it says. Functions take and give offsets and strings, nothing of the floors above.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from pipeline.languages.duty_rules import DutyRules
from pipeline.languages.provision_rules import ProvisionRules
from pipeline.languages.reference_rules import ReferenceRules
from pipeline.languages.ruling_rules import RulingRules


@dataclass(frozen=True, slots=True, kw_only=True)
class VerbSecondDefinitions:
    """Definitions whose verb follows the term: `"Term" means …`."""

    quoted: re.Pattern[str]
    unquoted: re.Pattern[str]
    labelled: re.Pattern[str]
    """`Term: …` under a heading that says definitions. All three have a group `term`, the first two `verb`."""
    heading: str
    """Word of such a heading, in lower case."""
    unresolved: re.Pattern[str]
    """In a meaning that is clear only with the text around it."""
    no_term: re.Pattern[str]
    pointer: re.Pattern[str]
    """A meaning that only points elsewhere."""
    lent: re.Pattern[str]
    """A `term` that has the meaning of another law, which may not be the one that the document gives elsewhere."""
    pointer_verb: str
    """End of a verb with which a definition only points elsewhere."""
    joined: re.Pattern[str]
    """Before the second of two terms that are defined together."""
    left_over: re.Pattern[str]
    """Between the end of a definition and the next one."""
    list_item_end: re.Pattern[str]
    cut_off: re.Pattern[str]
    """End of a meaning that is cut off."""
    addition: re.Pattern[str]
    """Opens a further sentence of the same definition: It includes, The term does not include."""
    scoped: re.Pattern[str]
    """At the end of what stands before a term: it has this meaning in one provision only."""


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
    no_term: re.Pattern[str]
    """Words in quotation marks that are no term but leave to another rule what they mean."""
    unresolved: re.Pattern[str]
    """In a meaning that is clear only with the text around it: 제1호의 금액."""
    scoped: re.Pattern[str]
    """At the end of what stands before a term: it has this meaning in one provision only."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MoneyRules:
    """Sums of money in provisions."""

    money: re.Pattern[str]
    read_sum: Callable[[str, int, int, int, int], tuple[int, int, str]]
    """Text, start and end of the sum, bounds of its provision → start and end with limit and rate, and its name."""
    other: re.Pattern[str] | None = None
    """Money written in a way that `money` does not read: one million dollars."""
    example: re.Pattern[str] | None = None
    """In a sentence whose sums only illustrate a rule."""
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
    noun: Callable[[str], str] = lambda limit: ""
    """What a question calls a limit, where the language tells a day from a period."""


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
    defined: re.Pattern[str] | None = None
    """A name in brackets that may be the role of someone who was not read, group `role`: the parties are not all."""


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

    provisions: ProvisionRules | None = None
    references: ReferenceRules | None = None
    definitions: VerbSecondDefinitions | VerbFinalDefinitions | None = None
    bare_meaning: Callable[[str], str] = lambda meaning: meaning
    """A meaning without the verb that closes it."""
    provision_noun: Callable[[str], str] = field(default=lambda label: label.split()[0])
    """What to call a provision with this label of which only the heading is known."""
    money: MoneyRules | None = None
    deadlines: DeadlineRules | None = None
    parties: PartyRules | None = None
    duties: DutyRules | None = None
    rulings: RulingRules | None = None
    contents_lead: str = ""
    """Pattern of a word before a number in a table of contents. This and what follows holds for documents of every
    language."""
    closing: str = ""
    """Pattern of a line that closes a contract or judgment: signatures, a date."""
    changes: str = ""
    """Pattern of words by which an amendment changes a provision."""
    term_changes: str = ""
    """Pattern of words by which an amendment changes a defined term."""
    damage: str = ""
    """Pattern of words that stand for text which was left out."""
