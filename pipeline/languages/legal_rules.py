"""Rules for legal texts: numbering, references, definitions, money, deadlines and parties.

If languages express something in different ways, the rules either use one of a few classes of patterns, each with its
own way of reading, or are functions from text to what it says. Functions take and return offsets and strings, and
nothing of the floors above.
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
    """Definitions with the verb after the term: `"Term" means …`."""

    quoted: re.Pattern[str]
    unquoted: re.Pattern[str]
    labelled: re.Pattern[str]
    """`Term: …` under a heading with the word definition. All three have a group `term`; the first two have `verb`."""
    heading: str
    """The word of such a heading, in lower case."""
    unresolved: re.Pattern[str]
    """Words in a meaning that is clear only with the text around it."""
    no_term: re.Pattern[str]
    """Words that are not a term."""
    pointer: re.Pattern[str]
    """A meaning that only points to another place."""
    lent: re.Pattern[str]
    """A `term` with the meaning of another law. The document may give the term another meaning elsewhere."""
    pointer_verb: str
    """The end of a verb in a definition that only points to another place."""
    joined: re.Pattern[str]
    """The text before the second of two terms that are defined together."""
    left_over: re.Pattern[str]
    """The text between the end of a definition and the next one."""
    list_item_end: re.Pattern[str]
    cut_off: re.Pattern[str]
    """The end of a meaning that is cut off."""
    addition: re.Pattern[str]
    """The opening of a further sentence of the same definition: It includes, The term does not include."""
    scoped: re.Pattern[str]
    """The end of the text before a term that has this meaning in one provision only."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VerbFinalDefinitions:
    """Definitions that end with their verb: "용어"란 … 말한다."""

    quoted: re.Pattern[str]
    unquoted: re.Pattern[str]
    """Both have the groups `term` and `verb`; `verb` is the topic marker here."""
    weak_markers: frozenset[str]
    """Topic markers that also open other sentences."""
    end: re.Pattern[str]
    weak_end: re.Pattern[str]
    """The end of a sentence that proves a definition after a weak marker."""
    addition: re.Pattern[str]
    """The opening of a further sentence of the same definition."""
    list_follows: str
    """Words of a definition that continues in a list."""
    no_term: re.Pattern[str]
    """Quoted words that are not a term, because another rule decides what they mean."""
    unresolved: re.Pattern[str]
    """Words in a meaning that is clear only with the text around it: 제1호의 금액."""
    scoped: re.Pattern[str]
    """The end of the text before a term that has this meaning in one provision only."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MoneyRules:
    """Sums of money in provisions."""

    money: re.Pattern[str]
    read_sum: Callable[[str, int, int, int, int], tuple[int, int, str]]
    """Start and end of a sum with its limit and rate, and its name; from the text, the start and end of the bare sum,
    and the bounds of its provision."""
    other: re.Pattern[str] | None = None
    """Money in a form that `money` does not read: one million dollars."""
    example: re.Pattern[str] | None = None
    """Words of a sentence whose sums only illustrate a rule."""
    unspoken: str = ""
    """Pattern of a money mark that one form of a sum may have and another may lack."""


@dataclass(frozen=True, slots=True)
class Duty:
    """A duty with its time limit."""

    form: str
    """`deadline.duty` or `deadline.due`."""
    slots: tuple[tuple[str, str], ...]
    """The slots of its question."""
    limit: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadlineRules:
    """Time limits in provisions."""

    read_duty: Callable[[str], Duty | None]
    """The duty that a sentence (on one line) sets."""
    only_limit: Callable[[str], str]
    """The only time limit of a text (on one line); empty if it has several or the end is not certain."""
    noun: Callable[[str], str] = lambda limit: ""
    """The word for a limit in a question, if the language has different words for a day and a period."""


@dataclass(frozen=True, slots=True)
class NamedParty:
    """A party and its place in the text."""

    role: str
    name: str
    start: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PartyRules:
    """Parties of contracts and lawsuits."""

    find: Callable[[str], Iterator[NamedParty]]
    """The parties in the opening of a document."""
    capacity: Callable[[list[str]], str]
    """The roles of one party as an answer."""
    defined: re.Pattern[str] | None = None
    """A name in brackets, group `role`, that may be the role of a party that was not read. The parties found are then
    not all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SectionWords:
    """Numbered sections of manuals."""

    label: Callable[[str, int], str]
    """The name of a section from its number and depth (1 for the outermost)."""
    is_label: Callable[[str], bool]
    """Whether a provision's label is such a name; the document then has sections instead of provisions."""
    suffix: str = ""
    """Pattern of a word between the number of a section and its title."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LegalRules:
    """Rules for legal texts."""

    provisions: ProvisionRules | None = None
    references: ReferenceRules | None = None
    definitions: VerbSecondDefinitions | VerbFinalDefinitions | None = None
    bare_meaning: Callable[[str], str] = lambda meaning: meaning
    """A meaning without the verb that ends it."""
    provision_noun: Callable[[str], str] = field(default=lambda label: label.split()[0])
    """The word for a provision with this label if only its heading is known."""
    money: MoneyRules | None = None
    deadlines: DeadlineRules | None = None
    parties: PartyRules | None = None
    duties: DutyRules | None = None
    rulings: RulingRules | None = None
    contents_lead: str = ""
    """Pattern of a word before a number in a table of contents. This and the patterns below apply to documents of every
    language."""
    closing: str = ""
    """Pattern of a line that closes a contract or judgment: signatures, a date."""
    changes: str = ""
    """Pattern of words that an amendment uses to change a provision."""
    term_changes: str = ""
    """Pattern of words that an amendment uses to change a defined term."""
    damage: str = ""
    """Pattern of marks of text that was left out."""
