"""`pipeline.judge_answer`: whether a text supports an answer, by the checks of written rows, without a model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pipeline.api.arguments import listed
from pipeline.api.documents import AUTO, document_of, require_language
from pipeline.api.sections import section_of
from pipeline.config.written_checks import WrittenChecksRecipe
from pipeline.pack.contexts import whole_context
from pipeline.records import Checks, Document, Dropped
from pipeline.synthesize.evidence import locate_quotes
from pipeline.synthesize.sentences import Span
from pipeline.synthesize.verify.chain import check_chat_answer
from pipeline.synthesize.written.checked import rules_about


@dataclass(frozen=True, slots=True)
class Judgement:
    """Whether an answer passed all checks, or the first check that it failed."""

    is_supported: bool
    reason: str
    """The check that failed, as in `rejected/`, such as `value_not_in_evidence`; empty if all passed."""
    detail: str
    checks: Checks | None
    """The results of the checks; None if one failed."""
    evidence: tuple[tuple[int, int], ...]
    """The start and end of each quote in the text; empty if none was given or one was not found."""


def judge_answer(
    question: str,
    answer: str,
    text: str | Document,
    *,
    quotes: str | Sequence[str] = (),
    domain: str = AUTO,
    language: str = AUTO,
    **settings: Any,  # Any: values of a recipe
) -> Judgement:
    """Judge an answer against a text: values, names, bounds, negations, who does what, and enough words in common.

    The checks compare what can be compared without a model. They do not judge meaning, so an answer in other words than
    the text may be refused, and one that misses the point may pass. A build can add a judge model.

    Args:
        question: the question.
        answer: the answer.
        text: the text that must support it, or a document of `clean_text`.
        quotes: the part or parts of the text that prove the answer, verbatim but for white space and quotation marks;
            by default the whole text. With quotes, the checks are stricter.
        domain: such as `legal`; by default detected.
        language: such as `ko`; by default detected.
        settings: keys of `synthesize.written.checks` in a recipe, such as `min_answer_support`.

    Raises:
        InputError: the text is no text or in no known language, or the domain or language is unknown.
        RecipeError: a setting is unknown or not allowed.

    Example:
        >>> import pipeline
        >>> text = (
        ...     "The supplier delivers the pumps by 4 May 2022. "
        ...     "The buyer pays USD 9,600 within thirty days of delivery. "
        ...     "The buyer may refuse pumps that are damaged, and returns them to the supplier at no cost."
        ... )
        >>> quotes = ["The buyer pays USD 9,600 within thirty days of delivery."]
        >>> question = "What does the buyer pay, and when?"
        >>> pipeline.judge_answer(question, "USD 9,600 within thirty days.", text, quotes=quotes).is_supported
        True
        >>> pipeline.judge_answer(question, "USD 8,600 within thirty days.", text, quotes=quotes).reason
        'value_not_in_evidence'
    """
    limits = section_of(WrittenChecksRecipe, settings, function=judge_answer)
    document = document_of(text, function="judge_answer", domain=domain, language=language)
    require_language(document, function="judge_answer")
    context = whole_context(document)
    whole = Span(0, len(context.text))
    found = locate_quotes(listed(quotes), text=context.text, near=whole)
    if isinstance(found, str):
        return Judgement(False, "evidence_not_found", f"The quote is not in the text: {found[:160]}", None, ())
    places = tuple((span.start, span.end) for span in found)
    checks = check_chat_answer(
        question=question,
        answer=answer,
        evidence=found or [whole],
        segment=whole,
        context=context,
        limits=limits,
        rules=rules_about(context.domain),
    )
    if isinstance(checks, Dropped):
        return Judgement(False, checks.reason, checks.detail, None, places)
    return Judgement(True, "", "", checks, places)
