"""Rules for questions: facts that answer a question, and faults of a question."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class FactRules:
    """Amounts, dates, durations, shares and counts. The last four fields apply to documents of every language."""

    patterns: tuple[tuple[str, str], ...] = ()
    """Kinds of `synthesize.facts.FactKind` with patterns; earlier ones win. A group `unit` holds the counted noun."""
    places: str = ""
    """Pattern of words before a number that names a place in the document: `page `."""
    months: str = ""
    """Pattern of a month that may end a range."""
    range_words: str = ""
    """Pattern of words between the numbers of a range: `to`."""
    joints: str = ""
    """Pattern of words between a number and another number that belongs to it: `and`."""
    qualifiers: str = ""
    """Pattern of words that bound an amount: `at least`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VerbGrammar:
    """Verbs of a language that asks with auxiliaries, used to judge the questions of very small teachers."""

    auxiliary: re.Pattern[str]
    """Groups: the auxiliary of a question, and the rest of the question."""
    be_question: re.Pattern[str]
    """Groups: the form of `be` in a question, and the rest of the question."""
    past: re.Pattern[str]
    """A regular past form or participle."""
    before_base: frozenset[str]
    """Words before the base form of a verb."""
    adverb_ending: str
    """The ending of words that may come between those words and the verb."""
    past_auxiliary: str
    """The auxiliary of a question about a statement in a past form."""
    inflecting_auxiliaries: Mapping[str, bool]
    """Auxiliaries of a question about a statement in the present, each with whether the verb has another form there."""
    passive_marks: frozenset[str]
    """Forms of `be`."""
    measure_word: str
    """The first word of a question for a measure."""
    present_ending: str
    irregular: Callable[[], Mapping[str, str]]
    """Irregular forms with their base form."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionRules:
    """Rules for questions and their faults."""

    asks: re.Pattern[str]
    """Pattern to find a question word."""
    ends: re.Pattern[str]
    """Pattern to find the end of a question."""
    requests: re.Pattern[str] | None = None
    """Pattern to find the end of a request, which needs no question word."""
    refers: str
    """Pattern of words that point to a passage; applies to questions in every language."""
    pronoun: re.Pattern[str]
    """Pattern to find a pronoun for something that the question does not name."""
    opening: Callable[[str, str, str], str] = lambda before, kind, unit: ""
    """The first words of a question for a fact, from the text before the fact (on one line), its kind and its
    unit; may be empty."""
    grammar: VerbGrammar | None = None
    negation: str = ""
    """Pattern of words that a question would lose. This and the fields below apply to sentences of every language."""
    points_back_first: str = ""
    """Pattern of first words of a sentence that makes no sense alone."""
    points_back: str = ""
    """Pattern of such words anywhere in a sentence."""
    clause_openers: str = ""
    """Pattern of words that open a clause."""
    bounds_time: str = ""
    """Pattern of words before a date that make the date a bound of something else."""
    ends_of_change: tuple[str, ...] = ()
    """Ends of a text before a fact that make the fact one end of a change, a range or a comparison."""
    measured: tuple[str, ...] = ()
    """Words between a measure and what is measured: nine months of rent is an amount."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MentionRules:
    """Words around the number of a provision, for a search without knowledge of provisions."""

    other_document_before: re.Pattern[str] | None = None
    """The end of a text before the number of another law or document."""
    other_document_after: re.Pattern[str] | None = None
    """The start of a text after such a number."""
    range_between: re.Pattern[str] | None = None
    """The whole text between the two numbers of a range; a dash always counts as one."""
