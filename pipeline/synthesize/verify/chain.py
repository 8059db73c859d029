"""The checks of a teacher's question, answer and summary in chat form, in their order.

Takes what the teacher wrote and where its evidence is; returns the results of the checks or the first that failed. Used
by `synthesize.written`. The checks compare values, names and words. They do not judge meaning, so whether another place
of the document answers the question differently stays unknown.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from pipeline.config.written_checks import WrittenChecksRecipe
from pipeline.documents.pseudonyms import has_pseudonym
from pipeline.records import Checks, Context, Dropped
from pipeline.synthesize.sentences import Span
from pipeline.synthesize.verify.actors import exchanged_actor
from pipeline.synthesize.verify.association import exchanged_pair, value_of_other
from pipeline.synthesize.verify.bare_units import other_bare_unit
from pipeline.synthesize.verify.bindings import exchanged_columns
from pipeline.synthesize.verify.claim import Claim
from pipeline.synthesize.verify.exceptions import exception_turned_round
from pipeline.synthesize.verify.foreign import read_source
from pipeline.synthesize.verify.foreign_claims import other_denial_of_foreign, other_identifier
from pipeline.synthesize.verify.foreign_sides import other_denial_of_identifier
from pipeline.synthesize.verify.name_check import missing_name
from pipeline.synthesize.verify.negation import other_denial, other_polarity
from pipeline.synthesize.verify.owners import owned_quote
from pipeline.synthesize.verify.ownership import other_owner
from pipeline.synthesize.verify.parties import exchanged_party, other_part
from pipeline.synthesize.verify.poles import opposite_word
from pipeline.synthesize.verify.question_check import chat_question_fault
from pipeline.synthesize.verify.reading import read_statement
from pipeline.synthesize.verify.replacements import replaced_term
from pipeline.synthesize.verify.sides import exchanged_sides, more_than_only, other_contrast
from pipeline.synthesize.verify.summary_check import (
    read_section,
    sentences_of,
    too_long,
    uncovered,
    unsupported_sentence,
)
from pipeline.synthesize.verify.support import foreign_support, grounding_of, support_of, unsupported
from pipeline.synthesize.verify.surroundings import quoted_words, surroundings_of
from pipeline.synthesize.verify.table_cells import other_cell
from pipeline.synthesize.verify.text_faults import (
    copy_of_document,
    leaked_prompt,
    obeyed_instruction,
    repetition,
    wrong_language,
)
from pipeline.synthesize.verify.value_check import (
    exchanged_bounds,
    missing_value,
    other_bound,
    other_rate,
    other_unit_of_mark,
    strange_value_of_question,
)

ClaimCheck = Callable[[Claim], Dropped | None]

FACT_CHECKS: tuple[tuple[str, ClaimCheck], ...] = (
    ("values", missing_value),
    ("names", missing_name),
    ("identifiers", other_identifier),
    ("replacements", replaced_term),
    ("rates", other_rate),
    ("units", other_unit_of_mark),
    ("bare units", other_bare_unit),
    ("bounds", other_bound),
    ("bounds of one value", exchanged_bounds),
    ("opposites", opposite_word),
    ("negation", other_polarity),
    ("denials", other_denial),
    ("denials of foreign evidence", other_denial_of_foreign),
    ("exceptions", exception_turned_round),
    ("denials of identifiers", other_denial_of_identifier),
    ("only", more_than_only),
    ("contrasts", other_contrast),
    ("association", exchanged_pair),
    ("sides", exchanged_sides),
    ("columns", exchanged_columns),
    ("cells", other_cell),
    ("owners", other_owner),
    ("values of others", value_of_other),
    ("actors", exchanged_actor),
    ("parties", exchanged_party),
    ("parts", other_part),
)
"""The checks that compare what an answer states with its evidence, by name and in order."""

SUMMARY_CHECKS = tuple(check for check in FACT_CHECKS if check[0] != "actors")
"""The checks of each sentence of a summary. Who acts is left out: a summary says in one clause what the sentences of a
section say of several, and of five summaries that the comparison rejected, four were right."""

BINDING_CHECKS: tuple[tuple[str, ClaimCheck], ...] = (("columns", exchanged_columns), ("owners", other_owner))
"""The checks that compare a summary as a whole, because what they compare may be in different sentences."""

ADVISORY_CHECKS: tuple[tuple[str, ClaimCheck], ...] = (("denials", other_denial), ("actors", exchanged_actor))
"""Checks that raise doubts for a judge, whatever a task leaves out."""

Doubts = list[Dropped]
"""The faults of comparisons of words that a judge is to settle. Values and names have more forms than a comparison
knows, so with a judge, a difference is a doubt; without one, it rejects."""


Measure = Callable[[Claim, WrittenChecksRecipe], float | Dropped | None]
"""Returns a share, or a fault if it is below its threshold. None if there is nothing that could be compared."""


def grounded_words(claim: Claim, limits: WrittenChecksRecipe) -> float | Dropped:
    """Return the share of the question's words that the document has, or a fault if it is too low."""
    grounding = grounding_of(claim.asked, claim.document, claim.around)
    least = limits.min_question_grounding
    if grounding < least:
        detail = f"{grounding:.2f} of the question's words are in the document, less than {least}."
        return Dropped("question_not_grounded", detail, grounding)
    return grounding


def supported_words(claim: Claim, limits: WrittenChecksRecipe) -> float | Dropped | None:
    """Return the share of the answer's words that the evidence has, or a fault if it is too low.

    None if the evidence is in another script and the answer has no identifier or value that it could have.
    """
    return unsupported(claim, least=limits.min_answer_support, least_new=limits.min_new_support)


@dataclass(frozen=True, slots=True)
class TaskRules:
    """The checks that a task may replace, if its questions or answers rightly have what the evidence lacks.

    A task that leaves a check out states the reason, and makes a check of its own that is at least as strict.
    """

    grounding: Measure = grounded_words
    """Compares the words of the question with the document."""
    question: ClaimCheck = strange_value_of_question
    """Checks the values of the question."""
    facts: tuple[tuple[str, ClaimCheck], ...] = FACT_CHECKS
    """Check the answer."""
    support: Measure = supported_words
    """Compares the words of the answer with the evidence."""


LOOK_UP_RULES = TaskRules()
"""The rules for an answer that repeats what the evidence says."""


def check_chat_answer(
    *,
    question: str,
    answer: str,
    evidence: Sequence[Span],
    segment: Span,
    context: Context,
    limits: WrittenChecksRecipe,
    rules: TaskRules = LOOK_UP_RULES,
    other_segments: Sequence[Span] = (),
    before: Sequence[str] = (),
    doubts: Doubts | None = None,
) -> Checks | Dropped:
    """Check a question and its answer; return the results, or the first check that failed.

    Args:
        question: the teacher's question.
        answer: the teacher's answer.
        evidence: the spans of the quotes in the context's text, at least one.
        segment: the span that the question is about.
        context: the document.
        limits: the thresholds.
        rules: the checks that depend on the task.
        other_segments: further spans that the question is about.
        before: the question and the answer of the turn before, which the question takes up; empty for most questions.
            They count as words of the question wherever the answer is compared with it.
        doubts: receives the faults of comparisons that a judge is to settle; None if there is no judge.
    """
    text, language = context.text, context.language
    shown = "\n".join(text[span.start : span.end] for span in (segment, *other_segments))
    quotes = "\n".join(text[span.start : span.end] for span in evidence)
    around = surroundings_of(context, evidence)
    sources = f"{quotes}\n{around}\n{shown}"
    if not answer.strip():
        return Dropped("empty_answer", "The answer is empty.")
    if has_pseudonym(question) or has_pseudonym(answer):
        return Dropped("masked_personal_data", "Personal data was masked in the question or its answer.")
    for words in (question, answer):
        fault = (
            wrong_language(words, sources=sources, language=language)
            or repetition(words)
            or (leaked_prompt(words, document=text) if words is answer else None)
        )
        if fault is not None:
            return fault
    claim = _claim(question, answer, evidence, context, around=around, shown=shown, before=before)
    fault = (
        obeyed_instruction(answer, evidence=quotes, document=text)
        or obeyed_instruction(question, evidence="", document=text)
        or chat_question_fault(claim)
        or leaked_prompt(question, document=text)
        or copy_of_document(claim, most=limits.max_document_share)
    )
    if fault is not None:
        return fault
    known = replace(claim, asked=read_statement("\n".join((*before, question)), language)) if before else claim
    grounding = rules.grounding(known, limits)
    if isinstance(grounding, Dropped):
        if rejects(grounding, doubts):
            return grounding
        grounding = grounding.score or 0.0
    facts = rules.facts if doubts is None else (*rules.facts, *ADVISORY_CHECKS)
    fault = rules.question(claim) or first_fault(known, facts)
    if fault is not None and rejects(fault, doubts):
        return fault
    support = rules.support(claim, limits)
    if isinstance(support, Dropped):
        if rejects(support, doubts):
            return support
        support = support.score or 0.0
    return Checks(
        evidence_verbatim=True,
        answer_support=support,
        numbers_supported=None if doubts else True,
        question_grounded=grounding,
        language_match=True,
        answer_unique=None,
    )


def claim_of(
    *,
    question: str,
    answer: str,
    evidence: Sequence[Span],
    segment: Span,
    context: Context,
    other_segments: Sequence[Span] = (),
    before: Sequence[str] = (),
) -> Claim:
    """Return an answer with its sources, read for the checks. The arguments are those of `check_chat_answer`."""
    shown = "\n".join(context.text[span.start : span.end] for span in (segment, *other_segments))
    around = surroundings_of(context, evidence)
    return _claim(question, answer, evidence, context, around=around, shown=shown, before=before)


def _claim(
    question: str,
    answer: str,
    evidence: Sequence[Span],
    context: Context,
    *,
    around: str,
    shown: str,
    before: Sequence[str],
) -> Claim:
    language = context.language
    return Claim(
        language=language,
        domain=context.domain,
        stated=read_statement(answer, language),
        asked=read_statement(question, language),
        evidence=read_source("\n".join(quoted_words(context, span) for span in evidence), language),
        around=read_source(around, language),
        owned=read_source("\n".join(owned_quote(context, span) for span in evidence), language),
        segment=shown,
        document=context.text,
        before=read_statement("\n".join(before), language),
    )


def check_chat_summary(
    *,
    summary: str,
    section: Span,
    title: str,
    context: Context,
    limits: WrittenChecksRecipe,
    doubts: Doubts | None = None,
) -> Checks | Dropped:
    """Check a summary of a section; return the results, or the first check that failed.

    Args:
        summary: the teacher's summary.
        section: the span of the section, with its heading.
        title: the title of the section.
        context: the document.
        limits: the thresholds.
        doubts: receives the faults of comparisons that a judge is to settle; None if there is no judge.
    """
    language = context.language
    text = context.text[section.start : section.end]
    fault = (
        wrong_language(summary, sources=text, language=language)
        or repetition(summary)
        or leaked_prompt(summary, document=context.text)
        or obeyed_instruction(summary, evidence="", document=context.text)
    )
    if fault is not None:
        return fault
    claim = Claim(
        language=language,
        domain=context.domain,
        stated=read_statement(summary, language),
        asked=read_statement("", language),
        evidence=read_section(text, title, language),
        around=read_source(surroundings_of(context, (section,)), language),
        owned=read_section(text, title, language),
        segment=text,
        document=context.text,
    )
    fault = too_long(claim, most=limits.max_summary_share)
    if fault is not None:
        return fault
    fault = first_fault(claim, BINDING_CHECKS)
    if fault is not None and rejects(fault, doubts):
        return fault
    for sentence in sentences_of(claim):
        fault = first_fault(sentence, SUMMARY_CHECKS)
        if fault is not None and rejects(fault, doubts):
            return fault
    fault = unsupported_sentence(claim, least=limits.min_sentence_support)
    if fault is not None and rejects(fault, doubts):
        return fault
    coverage = uncovered(claim, least=limits.min_summary_coverage)
    if isinstance(coverage, Dropped) and rejects(coverage, doubts):
        return coverage
    return Checks(
        evidence_verbatim=True,
        answer_support=_support(claim),
        numbers_supported=None if doubts else True,
        question_grounded=None,
        language_match=True,
        answer_unique=None,
    )


def _support(claim: Claim) -> float | None:
    sources = (claim.evidence, claim.around)
    return foreign_support(claim.stated, sources, claim) if claim.is_foreign else support_of(claim.stated, sources)


def rejects(fault: Dropped, doubts: Doubts | None) -> bool:
    """Return whether a fault of a comparison rejects. With a judge, it does not, and becomes a doubt."""
    if doubts is None:
        return True
    doubts.append(fault)
    return False


def first_fault(claim: Claim, checks: Sequence[tuple[str, ClaimCheck]] = FACT_CHECKS) -> Dropped | None:
    """Return the fault that the first failing check finds; None if all pass."""
    return next((fault for _, check in checks if (fault := check(claim)) is not None), None)
