"""Rules for what is asked: facts that answer a question, and faults of a question."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class FactRules:
    """Amounts, dates, durations, shares and counts. The last four hold for documents of every language."""

    patterns: tuple[tuple[str, str], ...] = ()
    """Kind of `synthesize.facts.FactKind` and its pattern; earlier ones win. A group `unit` holds a counted noun."""
    places: str = ""
    """Pattern of words before a number that make it the name of a place in the document: `page `."""
    months: str = ""
    """Pattern of a month that may stand at the end of a range."""
    range_words: str = ""
    """Pattern of words between the numbers of a range: `to`."""
    joints: str = ""
    """Pattern of words between a number and another one that belongs to it: `and`."""
    qualifiers: str = ""
    """Pattern of words that bound an amount: `at least`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VerbGrammar:
    """Verbs of a language that asks with auxiliaries, for judging the questions of very small teachers."""

    auxiliary: re.Pattern[str]
    """Groups: the auxiliary of a question, and the rest."""
    be_question: re.Pattern[str]
    """Groups: the form of be of a question, and the rest."""
    past: re.Pattern[str]
    """A regular past form or participle."""
    before_base: frozenset[str]
    """Words before the base form of a verb."""
    adverb_ending: str
    """Ending of words that may stand between those and the verb."""
    past_auxiliary: str
    """Asks for what the statement says in a past form."""
    inflecting_auxiliaries: Mapping[str, bool]
    """Ask for what the statement says in the present; each with whether the verb has another form there."""
    passive_marks: frozenset[str]
    """Forms of be."""
    measure_word: str
    """First word of a question for a measure."""
    present_ending: str
    irregular: Callable[[], Mapping[str, str]]
    """Forms that endings do not explain, with their base."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionRules:
    """Questions and what is wrong with them."""

    asks: re.Pattern[str]
    """Finds a question word."""
    ends: re.Pattern[str]
    """Finds the end of a question."""
    requests: re.Pattern[str] | None = None
    """Finds the end of a request, which needs no question word."""
    refers: str
    """Pattern of words that point at a passage; holds for questions in every language."""
    pronoun: re.Pattern[str]
    """Finds a pronoun that stands for something the question does not name."""
    opening: Callable[[str, str, str], str] = lambda before, kind, unit: ""
    """First words of a question for a fact: the text before it (on one line), its kind and unit; may be empty."""
    grammar: VerbGrammar | None = None
    negation: str = ""
    """Pattern of words that a question would lose. This and what follows holds for sentences of every language."""
    points_back_first: str = ""
    """Pattern of first words of a sentence that makes no sense alone."""
    points_back: str = ""
    """Pattern of such words anywhere."""
    clause_openers: str = ""
    """Pattern of words that open a clause."""
    bounds_time: str = ""
    """Pattern of words before a date that make it a bound of something else."""
    ends_of_change: tuple[str, ...] = ()
    """Ends of a text before a fact that make it one end of a change, a range or a comparison."""
    measured: tuple[str, ...] = ()
    """Between a measure and what is measured: nine months of rent is an amount."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MentionRules:
    """Words around the number of a provision, for a search that knows nothing of provisions."""

    other_document_before: re.Pattern[str] | None = None
    """End of a text before the number of another law or document."""
    other_document_after: re.Pattern[str] | None = None
    """Start of a text after such a number."""
    range_between: re.Pattern[str] | None = None
    """The whole text between the two numbers of a range; a dash always is one."""
