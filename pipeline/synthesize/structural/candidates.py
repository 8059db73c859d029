"""Turns a context into questions with exact answers; the entry point of this package.

Takes a `Context` and the recipe's structural fields; returns `Candidate`s and `Rejection`s. Used by the synthesize
stage. A fact that `choose` leaves out because of its limits, or that repeats another one, produces neither.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass, replace

from pipeline.documents.pseudonyms import has_pseudonym
from pipeline.domains import Domain
from pipeline.identity import content_id, stable_hash64
from pipeline.languages import Language
from pipeline.records import Candidate, Checks, Context, Evidence, Origin, Rejection
from pipeline.synthesize.evidence import evidence_of
from pipeline.synthesize.structural.choose import choose_facts
from pipeline.synthesize.structural.facts import Findings, Span, StructuralFact, Unasked, join_findings
from pipeline.synthesize.structural.layout import one_line, with_plain_digits
from pipeline.synthesize.structural.phrasing import phrase, task_version
from pipeline.synthesize.structural.reading import Reading
from pipeline.synthesize.structural.row_reading import RowReading
from pipeline.synthesize.structural.second_reading import SecondReading
from pipeline.synthesize.structural.section_languages import SectionLanguages, section_languages
from pipeline.synthesize.structural.task import Trait
from pipeline.synthesize.tasks import structural_tasks
from pipeline.synthesize.words import content_stems, is_in_language, numbers, supported_share

TEACHER = "structural"
STAGE = "synthesize"
_EXCERPT_CHARS = 160
_SEGMENT_CHARS = 1500
"""The number of characters on either side of the evidence in which the question's words are looked up."""
_QUOTED_IN_QUESTION = re.compile(r"`[^`]*`|“[^”]*”")
"""Code or quoted words in a question, which may be in a different language."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionLimits:
    """What may be asked about a context."""

    tasks: Set[str]
    """The names of the wanted tasks."""
    max_questions: int
    """The maximum number of candidates, which are spread over the tasks and over the document."""
    count_tokens: Callable[[Sequence[str]], list[int]]
    """A function that returns the number of tokens of each text, for the student's tokenizer."""
    max_answer_tokens: int
    """The maximum number of tokens in an answer; a longer answer is rejected."""


def structural_candidates(
    context: Context, *, limits: QuestionLimits, seed: int
) -> tuple[list[Candidate], list[Rejection]]:
    """Return questions about the structure of a document, with exact answers.

    Args:
        context: The document; the titles of its sections name its tables and procedures.
        limits: The tasks and limits.
        seed: The recipe's seed; the seed and the document's id decide which facts are chosen and how they are worded.

    Returns:
        The candidates, in document order, and the rejections. A rejection is a structure that a task refuses to ask
        about, a fact whose question has several answers, or a fact that would have been chosen but failed a check.
        A candidate has the language of the section that it asks about, which the document as a whole may not have.
    """
    if not limits.tasks or limits.max_questions < 1:
        return [], []
    languages = section_languages(context)
    found = {
        language: find_facts(context=replace(context, language=language), tasks=limits.tasks)
        for language in sorted(set(languages.languages))
    }
    return _candidates_of(found, languages, context, limits, seed)


def candidates_across(row: Context, *, limits: QuestionLimits, seed: int) -> tuple[list[Candidate], list[Rejection]]:
    """Return questions about several documents of a joined row, with exact answers, in the language of the row.

    Args, result: as for `structural_candidates`.
    """
    wanted = [task for task in structural_tasks() if task.name in limits.tasks and row.domain in task.finds_across]
    if not wanted or limits.max_questions < 1 or not row.members:
        return [], []
    reading = RowReading(row, _finds_for(row.domain))
    findings = join_findings(task.finds_across[row.domain](reading) for task in wanted)
    languages = SectionLanguages((0,), (row.language,))
    return _candidates_of({row.language: findings}, languages, row, limits, seed)


def _candidates_of(
    found: Mapping[Language, Findings],
    languages: SectionLanguages,
    context: Context,
    limits: QuestionLimits,
    seed: int,
) -> tuple[list[Candidate], list[Rejection]]:
    facts = [fact for one in found for fact in found[one].facts if languages.at(fact.spans[0].start) == one]
    rejections = [
        _rejection_of_unasked(context, unasked)
        for one in found
        for unasked in found[one].unasked
        if languages.at(unasked.span.start) == one
    ]

    def question_of(fact: StructuralFact) -> str:
        return _question(context, fact, languages.at(fact.spans[0].start), seed)

    unique, contradictory = _unique_facts(facts)
    for fact in contradictory:
        detail = "the document gives different answers to this question"
        rejections.append(_rejection(context, fact, question_of(fact), "not_unique", detail, None))

    second_readings = {
        language: SecondReading(text=context.text, findings=found[language], language=language) for language in found
    }

    def is_usable(fact: StructuralFact) -> bool:
        question = question_of(fact)
        if has_pseudonym(question) or has_pseudonym(fact.answer):
            detail = "personal data was masked in the question or its answer"
            rejections.append(_rejection(context, fact, question, "masked_personal_data", detail, None))
            return False
        num_tokens = limits.count_tokens([fact.answer])[0]
        if num_tokens > limits.max_answer_tokens:
            detail = f"the exact answer has {num_tokens} tokens; the limit is {limits.max_answer_tokens}"
            rejections.append(_rejection(context, fact, question, "answer_too_long", detail, float(num_tokens)))
            return False
        if (objection := second_readings[languages.at(fact.spans[0].start)].objection(fact)) is not None:
            rejections.append(_rejection(context, fact, question, objection.reason, objection.detail, None))
            return False
        return True

    chosen = choose_facts(
        facts=unique,
        num_chars=len(context.text),
        max_questions=limits.max_questions,
        is_usable=is_usable,
        seed=seed,
        doc_id=context.doc_id,
    )
    candidates = [_candidate(context, fact, question_of(fact), languages.at(fact.spans[0].start)) for fact in chosen]
    return candidates, rejections


def find_facts(*, context: Context, tasks: Set[str]) -> Findings:
    """Return everything that the wanted tasks find in a document, and what they refuse to ask about.

    A task that does not serve the document's domain is skipped.
    """
    finds = _finds_for(context.domain)
    reading = Reading(context, finds)
    return join_findings(reading.findings_of(name) for name in finds if name in tasks)


def _finds_for(domain: Domain) -> dict[str, Callable[[Reading], Findings]]:
    """Return the functions that find the facts of a document, by the names of the tasks that serve its domain."""
    return {task.name: task.finds[domain] for task in structural_tasks() if domain in task.finds}


def _unique_facts(facts: Sequence[StructuralFact]) -> tuple[list[StructuralFact], list[StructuralFact]]:
    """Return the facts whose question has one answer in the document, and those whose question has several.

    If facts share a question, only the first one is returned.
    """
    by_question: dict[tuple[str, tuple[tuple[str, str], ...]], list[StructuralFact]] = defaultdict(list)
    for fact in facts:
        by_question[fact.form.name, tuple((name, value.casefold()) for name, value in fact.slots)].append(fact)
    unique: list[StructuralFact] = []
    contradictory: list[StructuralFact] = []
    for same in by_question.values():
        answers = {one_line(fact.answer).casefold() for fact in same}
        (unique if len(answers) == 1 else contradictory).append(same[0])
    return unique, contradictory


def _question(context: Context, fact: StructuralFact, language: Language, seed: int) -> str:
    choice = stable_hash64(seed, context.doc_id, "wording", fact.form.name, *(value for _, value in fact.slots))
    return phrase(fact=fact, language=language, choice=choice)


def _candidate(context: Context, fact: StructuralFact, question: str, language: Language) -> Candidate:
    evidence = tuple(
        evidence_of(doc_id=context.doc_id, text=context.text, start=span.start, end=span.end, pages=context.pages)
        for span in fact.spans
    )
    return Candidate(
        candidate_id=content_id(context.doc_id, fact.form.task, question),
        doc_id=context.doc_id,
        parent_id=context.parent_id,
        task=fact.form.task,
        family=fact.form.family.value,
        form=fact.form.name,
        origin=Origin.STRUCTURAL.value,
        domain=context.domain,
        language=language,
        bucket=context.bucket,
        question=question,
        answer=fact.answer,
        evidence=evidence,
        checks=_checks(context, fact, question, evidence, language),
        teacher=TEACHER,
        prompt_version=task_version(fact.form.task, language),
        is_trivial=fact.form.is_trivial,
    )


def _checks(
    context: Context, fact: StructuralFact, question: str, evidence: Sequence[Evidence], language: Language
) -> Checks:
    quotes = with_plain_digits("\n".join(item.quote for item in evidence))
    answer = with_plain_digits(fact.answer)
    named = " ".join(value for name, value in fact.slots if name != "lead")
    return Checks(
        evidence_verbatim=all(context.text[item.start : item.end] == item.quote for item in evidence),
        answer_support=_support(answer, quotes),
        numbers_supported=Trait.COMPUTED in fact.form.traits or set(numbers(answer)) <= set(numbers(quotes)),
        question_grounded=supported_share(content_stems(with_plain_digits(named)), _segment(context.text, fact.spans)),
        language_match=is_in_language(_QUOTED_IN_QUESTION.sub("", question), language),
        answer_unique=True,
    )


def _support(answer: str, quotes: str) -> float:
    """Return 1.0 if the quotes contain each item of the answer literally; otherwise the share of its words in them."""
    flat = one_line(quotes)
    items = [one_line(item) for item in re.split(r"\n|; ", answer)]
    return 1.0 if all(item in flat for item in items) else supported_share(content_stems(answer), quotes)


def _segment(text: str, spans: Sequence[Span]) -> str:
    """Return the text around the evidence."""
    pieces = (text[max(0, span.start - _SEGMENT_CHARS) : span.end + _SEGMENT_CHARS] for span in spans)
    return with_plain_digits("\n".join(pieces))


def _rejection(
    context: Context, fact: StructuralFact, question: str, reason: str, detail: str, score: float | None
) -> Rejection:
    return Rejection(
        stage=STAGE,
        item_id=content_id(context.doc_id, fact.form.task, question),
        reason=reason,
        detail=f"{fact.form.task}: {detail}",
        score=score,
        source_uri=context.source_uri,
        source_offset=context.source_offset,
        excerpt=question[:_EXCERPT_CHARS],
    )


def _rejection_of_unasked(context: Context, unasked: Unasked) -> Rejection:
    span = unasked.span
    return Rejection(
        stage=STAGE,
        item_id=content_id(context.doc_id, unasked.task, unasked.why.reason, unasked.subject, span.start),
        reason=unasked.why.reason,
        detail=f"{unasked.task}: {unasked.why.detail}",
        score=None,
        source_uri=context.source_uri,
        source_offset=context.source_offset,
        excerpt=one_line(context.text[span.start : min(span.end, span.start + _EXCERPT_CHARS)]),
    )
