"""Checks an answer that explains whole functions: its facts against the functions, its quotes against the answer.

An explanation follows all lines of a function, so its facts may be in any of them, also in lines that it does not
quote. The quotes are the lines that carry it. Used by the tasks `explanation` and `what_breaks`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from pipeline.records import Dropped
from pipeline.synthesize.evidence import locate_quotes, without_inner
from pipeline.synthesize.reply_parsing import quotes_fault
from pipeline.synthesize.sentences import Span
from pipeline.synthesize.verify.chain import TaskRules
from pipeline.synthesize.verify.code_claims import CODE_RULES, num_named
from pipeline.synthesize.verify.reading import read_statement
from pipeline.synthesize.written.checked import checked_draft
from pipeline.synthesize.written.document import WrittenDocument
from pipeline.synthesize.written.draft import Draft, PlannedRequest


def checked_explanation(
    document: WrittenDocument,
    item: PlannedRequest,
    *,
    question: str,
    answer: str,
    quotes: Sequence[str],
    functions: tuple[Span, ...],
    uses: Sequence[Span] = (),
    rules: TaskRules = CODE_RULES,
) -> Draft | Dropped:
    """Return the draft of an explanation, or the first fault in it.

    Args:
        document: the document.
        item: the request that was answered.
        question: the question.
        answer: the answer.
        quotes: the quotes that carry the answer, at least one.
        functions: the functions that are explained. The first is the draft's segment; its callers are in the evidence,
            so that no attempt leaves one out.
        uses: evidence that is known without a quote, such as calls.
        rules: the checks of the question and the answer.
    """
    context = document.context
    if too_many := quotes_fault(quotes, most=document.recipe.checks.max_quotes):
        return too_many
    located = locate_quotes(quotes, text=context.text, near=functions[0])
    if isinstance(located, str):
        return Dropped("evidence_not_found", f"The quote is not in the document: {located[:160]}")
    if not any(function.start <= span.start < function.end for span in located for function in functions):
        return Dropped("evidence_elsewhere", "No quote is in the code that is explained.")
    quoted = "\n".join(document.text(span) for span in located)
    if not num_named(read_statement(answer, context.language), quoted):
        return Dropped("answer_not_supported", "The quotes have no identifier of the answer.", 0.0)
    draft = checked_draft(
        document,
        item,
        question=question,
        answer=answer,
        evidence=without_inner([*functions, *located]),
        segments=functions[:1],
        rules=rules,
    )
    return draft if isinstance(draft, Dropped) else replace(draft, evidence=tuple(without_inner([*located, *uses])))
