"""The types of the rules for legal texts: numbering, references, definitions, money, deadlines and parties.

Where languages differ only in their words, a rule is a pattern. Where they differ in grammar, there is either one class
of patterns for each grammar, or a function that reads the text. Such functions know nothing of the document's outline.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from pipeline.languages.claim_rules import ClaimRules
from pipeline.languages.duty_rules import DutyRules
from pipeline.languages.provision_rules import ProvisionRules
from pipeline.languages.reference_rules import ReferenceRules
from pipeline.languages.ruling_rules import RulingRules
from pipeline.languages.values import Money


@dataclass(frozen=True, slots=True, kw_only=True)
class VerbSecondDefinitions:
    """Definitions with the verb after the term: `"Term" means …`."""

    quoted: re.Pattern[str]
    """Finds `"Term" means`; groups `term` and `verb`."""
    unquoted: re.Pattern[str]
    """Finds `Term means` at the start of a line; groups `term` and `verb`."""
    labelled: re.Pattern[str]
    """Finds `Term: …`; group `term`. It is a definition only below a heading that contains the word in `heading`."""
    heading: str
    """A word in lower case, such as `definition`; see `labelled`."""
    unresolved: re.Pattern[str]
    """Finds words, such as `said`, that make a meaning unclear without the text around it."""
    no_term: re.Pattern[str]
    """Matches words that `unquoted` finds as a term but that are none: `This`."""
    pointer: re.Pattern[str]
    """Matches a meaning that only refers to a different place."""
    lent: re.Pattern[str]
    """Finds a `term` that has the same meaning as in a different law. The same document may also define the term."""
    pointer_verb: str
    """The end of a verb phrase after which the text only refers to a different place: `meaning` (`has the meaning`)."""
    joined: re.Pattern[str]
    """Finds the text between two terms that share one definition: `" and ` in `"A" and "B" mean …`."""
    left_over: re.Pattern[str]
    """Finds words at the end of a definition that belong to the next one, such as its list number."""
    list_item_end: re.Pattern[str]
    """Finds the end of a list item that is followed by another item."""
    cut_off: re.Pattern[str]
    """Finds the end of a meaning that is cut off."""
    addition: re.Pattern[str]
    """Matches the beginning of a further sentence of the same definition: `It includes`, `The term does not
    include`."""
    before_repeated: re.Pattern[str]
    """Matches the words before the term at the beginning of a further sentence: `For companies, the `; may be empty."""
    after_repeated: re.Pattern[str]
    """Matches the verb after the term in a further sentence: ` does not include`."""
    scoped: re.Pattern[str]
    """Finds words at the end of the text before a term that limit its meaning to one provision: `In this Section,`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VerbFinalDefinitions:
    """Definitions that end with the verb: "용어"란 … 말한다. The term is followed by a topic marker, such as 란."""

    quoted: re.Pattern[str]
    """Finds a term in quotation marks; groups `term` and `verb`, which holds the topic marker."""
    unquoted: re.Pattern[str]
    """Finds a term at the start of a list item, with the same groups."""
    weak_markers: frozenset[str]
    """Topic markers that also occur in sentences other than definitions."""
    end: re.Pattern[str]
    """Finds the end of a sentence that is a definition."""
    weak_end: re.Pattern[str]
    """Finds the end of a sentence that is certainly a definition; required after a weak marker."""
    addition: re.Pattern[str]
    """Matches the beginning of a further sentence of the same definition."""
    list_follows: str
    """Words of a definition that continues in a list."""
    no_term: re.Pattern[str]
    """Matches quoted words that are not a term, because some authority determines what they mean."""
    unresolved: re.Pattern[str]
    """Finds words that make a meaning unclear without the text around it: 제1호의 금액."""
    scoped: re.Pattern[str]
    """Finds words at the end of the text before a term that limit its meaning to one provision: 이 조에서."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MoneyRules:
    """Sums of money in provisions."""

    money: re.Pattern[str]
    """Finds a sum of money: `USD 205`."""
    read: Callable[[str], Money | None]
    """Returns the value of such a sum; None if it is uncertain."""
    read_sum: Callable[[str, int, int, int, int], tuple[int, int, str]]
    """Takes the text, the start and end of a sum, and the bounds of its provision. Returns the start and end of the sum
    with its limit and rate (`up to USD 205 per month`), and the name of the sum, which may be empty."""
    other: re.Pattern[str] | None = None
    """Finds money in a form that `money` does not find: `one million dollars`."""
    example: re.Pattern[str] | None = None
    """Finds words of a sentence whose sums only illustrate a rule: `for example`."""
    unspoken: str = ""
    """The pattern of a prefix, such as 금, that is ignored when two sums are compared."""


@dataclass(frozen=True, slots=True)
class Duty:
    """A duty with its time limit."""

    form: str
    """The name of the question form: `deadline.duty` or `deadline.due`."""
    slots: tuple[tuple[str, str], ...]
    """The names and values of the placeholders in the question."""
    limit: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadlineRules:
    """Time limits in provisions."""

    read_duty: Callable[[str], Duty | None]
    """Returns the duty that a sentence (on one line) imposes, or None."""
    only_limit: Callable[[str], str]
    """Returns the only time limit in a text (on one line); empty if there is none or more than one, or if it is
    uncertain where the limit begins or ends."""
    noun: Callable[[str], str] = lambda limit: ""
    """Returns the word for a limit in a question; empty unless the language has different words for a day and a
    period."""


@dataclass(frozen=True, slots=True)
class NamedParty:
    """A party with its role, and the position of both in the text."""

    role: str
    name: str
    start: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PartyRules:
    """Parties to contracts and lawsuits."""

    find: Callable[[str], Iterator[NamedParty]]
    """Yields the parties that the beginning of a document names. A party with two roles is yielded once for each."""
    capacity: Callable[[list[str]], str]
    """Returns the roles of one party as the text of an answer."""
    defined: re.Pattern[str] | None = None
    """Finds a name in brackets, group `role`, that may be the role of a party that `find` missed. In that case, the
    parties found may not be complete."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SectionWords:
    """Words for the numbered sections of manuals."""

    label: Callable[[str, int], str]
    """Returns the name of a section from its number and depth (1 for the outermost)."""
    is_label: Callable[[str], bool]
    """Returns whether a label is the name of a section and not of a legal provision."""
    suffix: str = ""
    """The pattern of a word between a section's number and its title."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LegalRules:
    """All rules for legal texts."""

    provisions: ProvisionRules | None = None
    references: ReferenceRules | None = None
    definitions: VerbSecondDefinitions | VerbFinalDefinitions | None = None
    bare_meaning: Callable[[str], str] = lambda meaning: meaning
    """Returns a meaning without the verb at its end."""
    provision_noun: Callable[[str], str] = field(default=lambda label: label.split()[0])
    """Returns the noun for a provision, from its label, for a question that must not reveal the number."""
    money: MoneyRules | None = None
    deadlines: DeadlineRules | None = None
    parties: PartyRules | None = None
    duties: DutyRules | None = None
    rulings: RulingRules | None = None
    claims: ClaimRules | None = None
    contents_lead: str = ""
    """The pattern of a word before a number in a table of contents. This pattern and those below apply to documents in
    every language."""
    closing: str = ""
    """The pattern of the beginning of a line that closes a contract or judgment: signatures, a date."""
    imprint: str = ""
    """The pattern of the beginning of a paragraph behind the last provision that belongs to none: the holders of
    rights, the end of the terms, the day of the last change."""
    changes: str = ""
    """The pattern of words with which an amendment changes a provision."""
    term_changes: str = ""
    """The pattern of words with which an amendment changes a defined term."""
    damage: str = ""
    """The pattern of signs that text is missing, such as `(생략)`."""
