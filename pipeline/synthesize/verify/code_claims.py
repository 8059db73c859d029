"""Compares questions and answers about source code with the code by its identifiers.

Prose about code has few words of the code, none if the code is in English and the prose is not. So words cannot tell
whether an answer is about this code; identifiers can. The checks of values, which test every identifier and every other
value of the answer, remain.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from pipeline.config.written_checks import WrittenChecksRecipe
from pipeline.languages.quantities import QuantityKind
from pipeline.records import Dropped
from pipeline.synthesize.verify.chain import FACT_CHECKS, AnswerRules
from pipeline.synthesize.verify.claim import Claim
from pipeline.synthesize.verify.name_check import missing_name
from pipeline.synthesize.verify.reading import Statement, plain_mark, read_statement

_MIN_NAMED = 2


def grounded_names(claim: Claim, limits: WrittenChecksRecipe) -> float | Dropped:
    """Return the share of the question's identifiers that the segment has, or a fault if it has none of them."""
    labels = set(_identifiers(claim.asked))
    known = {label for label in labels if label in claim.segment.lower()}
    if not known:
        return Dropped("question_not_grounded", "The question has no identifier of the code that it is about.", 0.0)
    return len(known) / len(labels)


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
    """
    words = tuple(w for w in claim.stated.words if claim.stated.text[w.start : w.end].isascii())
    return missing_name(replace(claim, stated=replace(claim.stated, words=words)))


CODE_RULES = AnswerRules(
    grounding=grounded_names,
    facts=tuple((name, missing_name_of_code if name == "names" else check) for name, check in FACT_CHECKS),
    support=supported_names,
)
"""The rules for an answer that explains code."""
