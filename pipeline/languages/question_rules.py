"""The types of the rules for questions: the facts that can be answers, and the faults that a question can have."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class FactRules:
    """Patterns for amounts, dates, durations, shares and counts. All except `patterns` apply to every language."""

    patterns: tuple[tuple[str, str], ...] = ()
    """Pairs of a `synthesize.facts.FactKind` value and a pattern; if two overlap, the earlier pair wins. The group
    `unit` holds the counted noun."""
    places: str = ""
    """Words before a number that refers to a place in the document: `page `."""
    months: str = ""
    """A month that may end a range."""
    range_words: str = ""
    """Words between the numbers of a range: `to`."""
    joints: str = ""
    """Words between two numbers that belong together: `and`."""
    qualifiers: str = ""
    """Words before an amount that make it a limit or an estimate: `at least`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VerbGrammar:
    """The verb forms of a language that asks questions with auxiliaries. Used to judge the questions that very small
    teachers write."""

    auxiliary: re.Pattern[str]
    """Finds the auxiliary of a question. Groups: the auxiliary, and the rest of the question."""
    be_question: re.Pattern[str]
    """Finds the form of `be` in a question. Groups: the form, and the rest of the question."""
    past: re.Pattern[str]
    """Finds a regular past form or participle."""
    before_base: frozenset[str]
    """Words that may come directly before the base form of a verb."""
    adverb_ending: str
    """The ending of an adverb, which may also come directly before the base form."""
    past_auxiliary: str
    """The auxiliary of a question about a statement in the past."""
    inflecting_auxiliaries: Mapping[str, bool]
    """The auxiliaries of questions about statements in the present. The value is True if the statement has a
    different form of the verb: `does it cost` asks about `it costs`."""
    passive_marks: frozenset[str]
    """The forms of `be`."""
    measure_word: str
    """The first word of a question about a measure."""
    present_ending: str
    """The ending of a verb in the present."""
    irregular: Callable[[], Mapping[str, str]]
    """Returns the irregular verb forms, each with its base form."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionRules:
    """Rules for making questions and for finding their faults."""

    asks: re.Pattern[str]
    """Finds a question word."""
    ends: re.Pattern[str]
    """Finds the end of a question."""
    how: re.Pattern[str] | None = None
    """The beginning of a question how to do something, in which `I` is the reader; None if the language needs none."""
    requests: re.Pattern[str] | None = None
    """Finds the end of a request, which needs no question word."""
    refers: str
    """The pattern of words that refer to a passage that the reader of a question does not see. It applies to questions
    in every language."""
    pronoun: re.Pattern[str]
    """Finds a pronoun for something that the question does not name."""
    opening: Callable[[str, str, str], str] = lambda before, kind, unit: ""
    """Returns the first words of a question about a fact; they may be empty. Takes the text before the fact (on one
    line), the fact's kind and the fact's unit."""
    grammar: VerbGrammar | None = None
    negation: str = ""
    """The pattern of negations and conditions, which a question would lose. This pattern and the attributes below apply
    to sentences in every language."""
    points_back_first: str = ""
    """The pattern of words at the beginning of a sentence that make no sense without earlier sentences."""
    points_back: str = ""
    """The pattern of such words anywhere in a sentence."""
    clause_openers: str = ""
    """The pattern of words that begin a clause."""
    bounds_time: str = ""
    """The pattern of words before a date that make it the start or end of a period: `until`."""
    ends_of_change: tuple[str, ...] = ()
    """Texts directly before a fact that make it one end of a change, range or comparison: ` from `."""
    measured: tuple[str, ...] = ()
    """Texts between a measure and what is measured, such as ` of `. No question is asked about a duration before such a
    text (`nine months of rent` is an amount) or a sum after it (`a charge of 85 dollars`)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MentionRules:
    """Words around the number of a provision, for a text search that does not use the outline."""

    other_document_before: re.Pattern[str] | None = None
    """Finds the end of the text before a number that belongs to a different law or document."""
    other_document_after: re.Pattern[str] | None = None
    """Matches the text after such a number."""
    range_between: re.Pattern[str] | None = None
    """The words between the two numbers of a range. A dash always means a range."""


def combined(
    prefix: str, openings: Sequence[tuple[str, str]], asked: Mapping[str, str]
) -> Mapping[str, tuple[str, ...]]:
    """Return the wordings of several forms, each made of an opening and of what is asked.

    Args:
        prefix: The beginning of the names of the forms.
        openings: Pairs of an opening, in which `#` stands for what is asked, and of the words for `@` in the latter.
        asked: What is asked, by the end of the form's name.
    """
    return {
        f"{prefix}{name}": tuple(opening.replace("#", words.replace("@", called)) for opening, called in openings)
        for name, words in asked.items()
    }
