"""The types of the rules that read statements, so that a teacher's answer can be compared with its evidence.

Used by `synthesize.verify`. Every attribute has a default with which nothing is found.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from pipeline.languages.quantities import FoundQuantity


class Bound(StrEnum):
    """How a value limits what it is about."""

    AT_LEAST = "at least"
    MORE_THAN = "more than"
    AT_MOST = "at most"
    LESS_THAN = "less than"
    BEFORE = "before"
    AFTER = "after"

    @property
    def is_upper(self) -> bool:
        """Whether values below the bound are inside it."""
        return self in (Bound.AT_MOST, Bound.LESS_THAN, Bound.BEFORE)


@dataclass(frozen=True, slots=True)
class Word:
    """A word that carries meaning, at character offsets into the text."""

    start: int
    end: int
    stem: str
    is_name: bool = False
    is_verb: bool = False


@dataclass(frozen=True, slots=True)
class Term:
    """A noun with its compounds, or a name, at character offsets into the text."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Deed:
    """Who does what to whom: one verb with the words of those that take part in it.

    A verb and its opposite are one act, of which one is denied: to reject is not to accept.
    """

    act: str
    """The stem of the verb."""
    agents: frozenset[str]
    """The stems of who does it; empty if the text does not say."""
    others: frozenset[str]
    """The stems of the objects, recipients and other nouns of the clause."""
    is_denied: bool
    start: int = 0
    """The character offset of the verb."""
    is_noun: bool = False
    """Whether it is only a noun that is denied: `without penalty`."""
    is_sure: bool = True
    """Whether the words show who acts; False if the first noun may also be what the deed is done to."""


@dataclass(frozen=True, slots=True)
class Poles:
    """Words for the two ends of one scale, as patterns. Two languages give the same scale the same name."""

    one: str
    other: str
    points: bool = False
    """Whether the word says where something lies from what stands next to it: before the frost, larger than `cap`. Else
    it says something of its own clause: the first point, opens."""


def _nothing(text: str) -> Iterator[FoundQuantity]:
    yield from ()


def _no_words(number: int) -> str:
    return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementRules:
    """Rules for the words, values, bounds and negations of statements. The patterns ignore case."""

    find_quantities: Callable[[str], Iterator[FoundQuantity]] = _nothing
    """Yields the values that need the language's words, those that win an overlap first."""
    number_in_words: Callable[[int], str] = _no_words
    """Returns a whole number as texts write it in words beside figures: `thirty-five`. Empty if they do not."""
    read_words: Callable[[str], tuple[Word, ...]] | None = None
    """Returns the content words of a text. None if the script's words and stems of `WordRules` are enough."""
    read_terms: Callable[[str], tuple[Term, ...]] | None = None
    """Returns the nouns of a text with their compounds. None if names can be told by their capitals."""
    read_deeds: Callable[[str], tuple[Deed, ...]] | None = None
    """Returns who does what in a text, active and passive alike. None if the language has no such reader."""
    completed: Callable[[str, str], str] | None = None
    """Returns a short answer to who does something as a sentence with the words of the question; else ''."""
    openers: frozenset[str] = frozenset()
    """Words that begin a sentence and are no names, though a name may follow: `because`. In lower case."""
    titles: str = ""
    """Words before the name of a person, which are no names: `Mr`."""
    package: str = ""
    """The package that `read_words` needs; it comes with the extra `extra`."""
    extra: str = ""
    nothing: str = ""
    """Words for none, which an answer may give as zero: `free of charge`."""
    rates: Mapping[str, str] = field(default_factory=dict)
    """Patterns of words that say how often something is, by the unit of time: `per month`."""
    permits: str = ""
    """Words for what one may or can do."""
    obliges: str = ""
    """Words for what one must do."""
    up_to: str = ""
    """Words before a length of time that make it a minimum if `before` follows: up to 14 days before the show."""
    no_sooner: str = ""
    """The opposite of it: no earlier than 14 days before the show."""
    every_before: str = ""
    """Words directly before a length of time that say how often something is: `every`."""
    every_behind: str = ""
    """The same behind it: 마다."""
    totals: str = ""
    """Words that show that a sentence gives a sum of its values: `in all`."""
    differences: str = ""
    """Words that show that a sentence gives the difference of two of its values: `cheaper`."""
    counted: str = ""
    """A noun directly behind a number without a unit, which says what is counted: ` visitors`, 개."""
    one: str = ""
    """Words for a single one: `once`. Readers of values leave most of them out."""
    bounds_before: Mapping[Bound, str] = field(default_factory=dict)
    """Patterns of words directly before a value that make it a bound: `at least`. Tried in order."""
    before_name: str = r"(?!)"
    """What joins the noun of a party with the name behind it, besides spaces and signs: 임대인인 한결개발."""
    company: str = r"(?!)"
    """A word of the name of a company that a shorter form leaves out: `Ltd`."""
    after_that: str = ""
    """Words that point to the time after a bound that the sentence before has: `after that`."""
    bounds_behind: Mapping[Bound, str] = field(default_factory=dict)
    """Patterns of words directly behind a value that make it a bound: 이상. Tried in order."""
    verb_is_last: bool = False
    """Whether the verb stands behind its nouns, so that the last of several clauses has the verb of all."""
    num_denied_before: int = 0
    num_denied_behind: int = 0
    """How many words before and behind a negation it denies. An answer must have one of them to contradict it."""
    not_negations: str = ""
    """Words that hold a negation and do not negate their clause: `no later than`."""
    negations: str = ""
    """Words that negate their clause: `not`."""
    negative_words: str = ""
    """Words that may express a negation without one of `negations`: `prohibited`."""
    read_as_deeds: str = ""
    """Negative words that `read_deeds` understands, and those that deny what stands behind them."""
    only: str = ""
    """A word that denies a verb of all others: `only`."""
    adds: str = ""
    """Words that add something to what was said: `as well as`."""
    two_sided: str = ""
    """Words that mean something else if what stands left and right of them is exchanged: `instead of`."""
    contrasts: str = ""
    """A negation of one thing beside another that is affirmed, with the group `denied`: `but not the notes`."""
    poles: Mapping[str, Poles] = field(default_factory=dict)
    """Words that say the opposite of each other, by the name of their scale: before and after, first and last."""
    poles_follow: bool = False
    """Whether what such a word points from is in front of it: 서리 전에. Else it is behind: before the frost."""
    bare_units: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """Units without a number, as patterns, by what they measure and by a name that all languages share."""
    mark_units: str = ""
    """The unit directly behind an identifier, as the group `unit`: `` `timeout` seconds``."""
    conditional: str = ""
    """Words that make a clause a condition: `if`."""
    lacks: str = ""
    """Words that deny the noun behind or before them: `without`."""
    says_otherwise: str = ""
    """More words that another language may render by a negation: `too few`, `otherwise`."""
    others_only: str = ""
    """Words that show that a negation is about all others: `nobody else`, `unless`."""
    excepted_if: str = ""
    """Words that except a condition, with the group `condition`: `unless it is moved`."""
    included_if: str = ""
    """Words that include a condition, with the group `condition`: `even if it is moved`."""
    relatives: str = ""
    """Words that open a clause about a noun, which may have a negation of its own: `which`."""
    exceptions: str = ""
    """Words that make a negation conditional, with the condition as the group `condition`: `without consent`."""
    clause_breaks: str = ""
    """Where a clause of a sentence ends, in addition to commas, colons and semicolons."""
    joints: str = ""
    """Words that join two parts of a clause: `and`."""
    in_order: str = ""
    """A word that assigns the items of one list to those of another: `respectively`."""
    roles: str = ""
    """Nouns for persons and bodies that act, which one must not exchange for another: `tenant`."""
    any_party: str = ""
    """Words for whichever of the parties: `either party`, `the other`."""
    contractions: Mapping[str, str] = field(default_factory=dict)
    """Forms of that pronoun with a verb, and the same in two words: `I'll`."""
    first_person: str = ""
    """A pronoun by which a speaker refers to himself or herself, without the particle."""
    speaker: str = "{name}"
    """The words that replace such a pronoun: the name, in a form that fits the particle behind."""
    subject_behind: str = ""
    """What directly follows a name that acts: 은, 가. Empty if such a name stands at the beginning of its clause."""
    predicate_name: str = ""
    """A name, as `{name}`, that ends a statement about who does something: `is {name}`. It has the group `name`."""
    possessive: str = ""
    """What directly follows a name that owns something: `'s`."""
    agent_before: str = ""
    """What stands directly before a name that acts and does not begin its clause: `by the `."""
    no_speakers: str = ""
    """Labels of lines of minutes that name no speaker: `decision`."""
    addressed: str = ""
    """Words by which a speaker addresses another or asks for something, so that a turn may be about another: `your`."""
    generic_pronoun: str = ""
    """A pronoun that stands for any reader: `you`."""
    yes_or_no: str = ""
    """The beginning of an answer that says yes or no."""
    describes: str = ""
    """A sentence of a summary that only says what a section is about: `This section describes`."""
    leaks: str = ""
    """Words of a prompt or of an assistant about itself, which no answer needs: `as an AI`."""
    orders: str = ""
    """The words that show an instruction to a language model, hidden in a document: `ignore all previous instructions`.
    They are in one sentence."""
    ordered_words: str = ""
    """The words that such an instruction wants to read, as the group `words`: `reply with "…"`."""
