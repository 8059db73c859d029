"""Compares questions and answers about source code with the code by its identifiers.

Prose about code has few words of the code, none if the code is in English and the prose is not. So words cannot tell
whether an answer is about this code; identifiers can. The checks of values, which test every identifier and every other
value of the answer, remain.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from pipeline.config.written_checks import WrittenChecksRecipe
from pipeline.languages.quantities import QuantityKind
from pipeline.records import Dropped
from pipeline.synthesize.verify.chain import FACT_CHECKS, TaskRules, grounded_words
from pipeline.synthesize.verify.claim import Claim
from pipeline.synthesize.verify.foreign import shared_script
from pipeline.synthesize.verify.name_check import missing_name
from pipeline.synthesize.verify.reading import StatedValue, Statement, plain_mark, read_statement
from pipeline.synthesize.verify.value_check import missing_value

_MIN_NAMED = 2


def grounded_names(claim: Claim, limits: WrittenChecksRecipe) -> float | Dropped:
    """Return the share of the question's identifiers that the segment has, or a fault if it has none of them."""
    labels = set(_identifiers(claim.asked))
    known = {label for label in labels if _is_in_code(label, claim)}
    if not known:
        return Dropped("question_not_grounded", "The question has no identifier of the code that it is about.", 0.0)
    return len(known) / len(labels)


def grounded_words_or_names(claim: Claim, limits: WrittenChecksRecipe) -> float | Dropped:
    """Return the share of the question's words that the document has or, if that is too low, that of its identifiers.

    A Korean question about code in English may share nothing with it but an identifier. Every word in Latin letters
    counts as one there, because prose in another script names code without backticks: take 메서드.
    """
    grounding = grounded_words(claim, limits)
    if not isinstance(grounding, Dropped):
        return grounding
    named = grounded_names(claim, limits)
    if isinstance(named, Dropped) and claim.is_foreign:
        named = _grounded_shared_script(claim)
    return grounding if isinstance(named, Dropped) else named


def _grounded_shared_script(claim: Claim) -> float | Dropped:
    """Return the share of the question's words in the code's script that the segment has as whole words."""
    words = shared_script(claim.asked, claim.language)
    known = {word for word in words if re.search(rf"(?<![^\W_]){re.escape(word)}(?![^\W_])", claim.segment.lower())}
    if not known:
        return Dropped("question_not_grounded", "The question names nothing of the code that it is about.", 0.0)
    return len(known) / len(words)


def _is_in_code(label: str, claim: Claim) -> bool:
    """Return whether the segment has an identifier; the class that qualifies a method may be above the segment."""
    *owners, name = re.split(r"\.|::", label)
    segment, document = claim.segment.lower(), claim.document.lower()
    return label in segment or (bool(owners and name) and name in segment and all(o in document for o in owners))


def supported_names(claim: Claim, limits: WrittenChecksRecipe) -> float | Dropped:
    """Return the share of the answer's identifiers that the evidence, its lines or the question have.

    It is a fault if the share is too low, or if the answer has fewer than two identifiers of the evidence.
    """
    labels = set(_identifiers(claim.stated))
    if num_named(claim.stated, claim.evidence.text) < _MIN_NAMED:
        return Dropped("answer_not_supported", f"The answer has fewer than {_MIN_NAMED} identifiers of the code.", 0.0)
    known = "\n".join((claim.evidence.text, claim.around.text, claim.asked.text)).lower()
    share = sum(label in known for label in labels) / len(labels)
    if share < limits.min_answer_support:
        detail = f"{share:.2f} of the answer's identifiers are in the evidence, less than {limits.min_answer_support}."
        return Dropped("answer_not_supported", detail, share)
    return share


def num_named(answer: Statement, code: str) -> int:
    """Return how many identifiers of an answer some code has."""
    lowered = code.lower()
    return sum(label in lowered for label in set(_identifiers(answer)))


def identifiers_in(text: str, language: str) -> list[str]:
    """Return the identifiers of a text, in lower case and without backticks."""
    return list(_identifiers(read_statement(text, language)))


def _identifiers(statement: Statement) -> Iterator[str]:
    for value in statement.values:
        if value.quantity.kind is QuantityKind.MARK:
            yield plain_mark(value.quantity.label)


def missing_name_of_code(claim: Claim) -> Dropped | None:
    """Return the first name in Latin letters that the code lacks: `ValueError` without backticks.

    Words of other scripts are prose and name nothing in code, though an analyser may take a technical term for a name.
    Words in backticks are checked as identifiers.
    """
    marks = [value for value in claim.stated.values if value.quantity.kind is QuantityKind.MARK]
    words = tuple(
        word
        for word in claim.stated.words
        if claim.stated.text[word.start : word.end].isascii()
        and not any(mark.start <= word.start < mark.end for mark in marks)
    )
    return missing_name(replace(claim, stated=replace(claim.stated, words=words)))


def missing_value_of_code(claim: Claim) -> Dropped | None:
    """Return the first identifier or value of the answer that the code lacks.

    The name of a method may be qualified by its class, whose name may stand elsewhere in the document.
    """
    kept = tuple(value for value in claim.stated.values if not _is_qualified(value, claim))
    return missing_value(replace(claim, stated=replace(claim.stated, values=kept)))


def _is_qualified(value: StatedValue, claim: Claim) -> bool:
    label = plain_mark(value.quantity.label)
    *owners, name = re.split(r"\.|::", label)
    return (
        value.quantity.kind is QuantityKind.MARK
        and bool(owners)
        and re.search(rf"\b{re.escape(name)}\b", claim.evidence.text, re.IGNORECASE) is not None
        and all(re.search(rf"\b{re.escape(owner)}\b", claim.document, re.IGNORECASE) for owner in owners)
    )


_OWN = {"values": missing_value_of_code, "names": missing_name_of_code}
CODE_RULES = TaskRules(
    grounding=grounded_names,
    facts=tuple((name, _OWN.get(name, check)) for name, check in FACT_CHECKS if name != "identifiers"),
    support=supported_names,
)
"""The rules for an answer that explains code. It may name the identifiers of other places, which use the code."""

CHANGE_RULES = replace(CODE_RULES, facts=tuple(check for check in CODE_RULES.facts if check[0] != "negation"))
"""The rules for an answer that says what a change of the code does. It rightly denies what the code does now."""


def for_code(rules: TaskRules) -> TaskRules:
    """Return a task's rules for a document of code: its questions may be grounded by identifiers, and values and names
    are read as code has them. What the rules do not compare by words stays as it is.
    """
    is_by_words = rules.grounding is grounded_words
    return replace(
        rules,
        grounding=grounded_words_or_names if is_by_words else rules.grounding,
        facts=tuple((name, _OWN.get(name, check)) for name, check in rules.facts),
    )
