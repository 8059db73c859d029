"""Finds the reason why a teacher's question cannot be asked about a whole document, or already gives its answer away.

The rules for the shape of questions are those of `synthesize.faults`; a question that yes or no would answer is allowed
if the answer gives a reason.
"""

from __future__ import annotations

import re

from pipeline.languages import language_rules
from pipeline.records import Dropped
from pipeline.synthesize.faults import MAX_QUESTION_CHARS, reference_fault, shape_fault
from pipeline.synthesize.verify.claim import Claim
from pipeline.synthesize.verify.reading import compiled_ignoring_case, same_value
from pipeline.synthesize.verify.surroundings import DIALOGUE
from pipeline.synthesize.verify.value_check import values_of
from pipeline.synthesize.words import normalized

_MIN_REASON_WORDS = 2
_MIN_SUBJECTS = 2
_MIN_OWN_SUBJECTS = 1
"""The same for a question whose subject the turn before has named."""
_MIN_WORDS_BEFORE_PRONOUN = 2
_BEGINNING_CHARS = 2


def chat_question_fault(claim: Claim) -> Dropped | None:
    """Return the first fault of a question that a teacher in chat form wrote; None if it has none."""
    question, language = claim.asked.text, claim.language
    if not claim.stated.text.strip():
        return Dropped("empty_answer", "The answer is empty.")
    shape = shape_fault(question, language)
    if shape is not None and not _is_allowed(shape, claim):
        return shape
    refers = reference_fault(question, language)
    if refers is not None and refers.reason == "refers_to_passage":
        return refers
    return reference_fault(_with_known_subjects(claim), language) or _generic(claim) or _answer_given_away(claim)


def _is_allowed(shape: Dropped, claim: Claim) -> bool:
    """Return whether a fault of the question's form is none here: a request, or yes or no with a reason."""
    if shape.reason == "yes_no_question":
        return _gives_reason(claim)
    requests = language_rules(claim.language).asking.requests
    is_line = "\n" not in claim.asked.text and len(claim.asked.text) <= MAX_QUESTION_CHARS
    return shape.reason == "not_a_question" and is_line and bool(requests and requests.search(claim.asked.text))


def _generic(claim: Claim) -> Dropped | None:
    num_subjects = len(claim.asked.stems) + len(claim.asked.values)
    if num_subjects < (_MIN_OWN_SUBJECTS if claim.before.words else _MIN_SUBJECTS):
        detail = "It has too few content words to identify one place in a document."
        return Dropped("generic_question", detail, float(num_subjects))
    return None


def _with_known_subjects(claim: Claim) -> str:
    """Return a question without the pronouns that a reader can resolve.

    They are the generic ones, those behind their noun, and those for something that the turn before has named. The
    turn before does not say who `I` is; but where nobody speaks, `I` is a reader who asks how to do something.
    """
    rules = language_rules(claim.language)
    generic = compiled_ignoring_case(rules.statements.generic_pronoun)
    speaker = compiled_ignoring_case(rules.statements.first_person)
    asks_how = (
        claim.domain != DIALOGUE and rules.asking.how is not None and bool(rules.asking.how.match(claim.asked.text))
    )
    num_known = sum(not word.is_verb for word in claim.before.words)
    names = [word.end for word in claim.asked.words if not word.is_verb]
    kept, last = [], 0
    for match in rules.asking.pronoun.finditer(claim.asked.text):
        num_before = sum(end <= match.start() for end in names)
        if num_known and not speaker.search(match.group()):
            num_before += num_known
        is_reader = asks_how and speaker.search(match.group()) is not None
        is_resolved = is_reader or num_before >= _MIN_WORDS_BEFORE_PRONOUN
        if is_resolved or any(_overlap(match, other) for other in generic.finditer(claim.asked.text)):
            kept.append(claim.asked.text[last : match.start()])
            last = match.end()
    return " ".join([*kept, claim.asked.text[last:]])


def _overlap(one: re.Match[str], other: re.Match[str]) -> bool:
    return one.start() < other.end() and other.start() < one.end()


def _gives_reason(claim: Claim) -> bool:
    """Return whether an answer says more than yes or no."""
    said = compiled_ignoring_case(language_rules(claim.language).statements.yes_or_no).sub("", claim.stated.text, 1)
    kept = len(claim.stated.text) - len(said)
    num_words = sum(word.start >= kept for word in claim.stated.words)
    return num_words + sum(value.start >= kept for value in claim.stated.values) >= _MIN_REASON_WORDS


def _answer_given_away(claim: Claim) -> Dropped | None:
    """Return a fault if the question has every word and every value of the answer, which does not deny it either."""
    if normalized(claim.stated.text) and normalized(claim.stated.text) in normalized(claim.asked.text):
        return Dropped("answer_in_question", "The question already contains its answer.")
    says_yes_or_no = compiled_ignoring_case(language_rules(claim.language).statements.yes_or_no)
    stems, asked = claim.stated.stems, claim.asked.stems
    values = list(values_of(claim.stated))
    if not stems and not values:
        return None
    in_question = all(any(same_value(value, other) for other in claim.asked.values) for value in values)
    denies = any(clause.is_negated for clause in claim.stated.clauses) and not any(
        clause.is_negated or clause.is_unclear for clause in claim.asked.clauses
    )
    adds = denies or _has_new_word(claim) or says_yes_or_no.match(claim.stated.text) is not None
    if stems <= asked and in_question and not adds:
        return Dropped("answer_in_question", "Every word of the answer is in the question.")
    return None


def _has_new_word(claim: Claim) -> bool:
    """Return whether an answer has a word without a stem that the question lacks, such as an adverb: 가장.

    Only where an analyser tells the stems, and leaves such words out. An ending may differ, so beginnings are compared.
    """
    if language_rules(claim.language).statements.read_words is None:
        return False
    asked = claim.asked.text.lower()
    known = [(word.start, word.end) for word in claim.stated.words]
    known += [(value.start, value.end) for value in claim.stated.values]
    return any(
        word.group()[:_BEGINNING_CHARS].lower() not in asked
        for word in re.finditer(r"[^\W\d_]{2,}", claim.stated.text)
        if not any(start < word.end() and word.start() < end for start, end in known)
    )
