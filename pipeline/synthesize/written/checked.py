"""Makes all checks of a question and its answer without a judge, and the draft. Every written question ends here.

`register_fault` is the check of what the chain of `verify` cannot know: the register of the rows about the document.
Summaries, which have a chain of their own, call it too.
"""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.domains import domain_rules
from pipeline.records import Dropped
from pipeline.synthesize.sentences import Span
from pipeline.synthesize.verify.chain import LOOK_UP_RULES, TaskRules, check_chat_answer
from pipeline.synthesize.verify.code_claims import for_code
from pipeline.synthesize.verify.register_check import other_register
from pipeline.synthesize.written.document import WrittenDocument
from pipeline.synthesize.written.draft import Draft, PlannedRequest


def checked_draft(
    document: WrittenDocument,
    item: PlannedRequest,
    *,
    question: str,
    answer: str,
    evidence: Sequence[Span],
    segments: tuple[Span, ...],
    rules: TaskRules = LOOK_UP_RULES,
    stated: str = "",
    before: Sequence[str] = (),
    follows: str = "",
) -> Draft | Dropped:
    """Return the draft of a question whose evidence was found, or the first check that failed.

    Args:
        document: the document.
        item: the request that was answered.
        question: the question.
        answer: the answer.
        evidence: the spans of the quotes, at least one.
        segments: the parts of the document that the question is about.
        rules: the checks that depend on the task; see `rules_about`.
        stated: what the answer states, if the checks must not read the answer itself, such as a table.
        before: the question and the answer of the turn before, which the question takes up.
        follows: the key of the draft of that turn.
    """
    if fault := register_fault(document, question, answer):
        return fault
    ordered = sorted(evidence, key=lambda span: (span.start, span.end))
    doubts = document.new_doubts()
    checks = check_chat_answer(
        question=question,
        answer=stated or answer,
        evidence=ordered,
        segment=segments[0],
        context=document.context,
        limits=document.recipe.checks,
        rules=rules_about(document.context.domain, rules),
        other_segments=segments[1:],
        before=before,
        doubts=doubts,
    )
    if isinstance(checks, Dropped):
        return checks
    return Draft(
        task=item.task,
        question=question,
        answer=answer,
        evidence=tuple(ordered),
        segments=segments,
        checks=checks,
        doubts=tuple(doubts or ()),
        prompt_version=item.request.prompt_version,
        follows=follows,
    )


def rules_about(domain: str, rules: TaskRules = LOOK_UP_RULES) -> TaskRules:
    """Return the rules of a task for a domain; about code, they compare as code has it (`verify.code_claims`)."""
    return for_code(rules) if domain_rules(domain).is_code else rules


def register_fault(document: WrittenDocument, *texts: str) -> Dropped | None:
    """Return a fault if a sentence of some written texts is in another register than the rows about the document."""
    context = document.context
    return other_register(texts, wanted=document.register, language=context.language, document=context.text)
