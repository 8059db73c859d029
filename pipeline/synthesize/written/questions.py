"""Plans a question about each of some segments, and reads and checks the replies. Shared by the written tasks that ask
about one segment.
"""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.records import Dropped
from pipeline.synthesize.evidence import locate_quotes
from pipeline.synthesize.prompts.chat import Passage, atom_schema, task_prompt
from pipeline.synthesize.reply_parsing import parse_atom
from pipeline.synthesize.segments import concreteness
from pipeline.synthesize.sentences import Span
from pipeline.synthesize.verify.chain import LOOK_UP_RULES, TaskRules
from pipeline.synthesize.written.checked import checked_draft
from pipeline.synthesize.written.document import WrittenDocument
from pipeline.synthesize.written.draft import Draft, PlannedRequest, Round


def plan_questions(document: WrittenDocument, count: int, *, task: str) -> list[PlannedRequest]:
    """Return at most `count` requests of a task, each for a question about one segment, spread over the document."""
    context = document.context
    scores = [concreteness(document.text(span), context.language) for span in document.segments]
    chosen = document.chosen(document.segments, scores, count=count, task=task)
    return [question_request(document, (span,), task=task) for span in chosen]


def question_request(
    document: WrittenDocument,
    segments: Sequence[Span],
    *,
    task: str,
    sources: Sequence[Draft] = (),
    passages: Sequence[Passage] = (),
    schema: str = "",
) -> PlannedRequest:
    """Return the request for a question, its answer and the quotes that prove it.

    Args:
        document: the document.
        segments: the parts of the document that the question is about, at least one.
        task: the written task.
        sources: the drafts that the request is made of; with them, the request belongs to the second round.
        passages: what the prompt shows below the document; by default, the segments.
        schema: the JSON Schema of the reply; by default, that of an atom.
    """
    prompt = task_prompt(
        document=document.visible_around(*segments),
        passages=passages or [document.passage(span) for span in segments],
        task=task,
        schema=schema or atom_schema(),
        domain=document.context.domain,
        language=document.context.language,
        register=document.register,
    )
    return PlannedRequest(
        task=task,
        segment=segments[0],
        request=document.request(prompt, task=task),
        round=Round.MERGES if sources else Round.ATOMS,
        sources=tuple(sources),
    )


def read_question(document: WrittenDocument, item: PlannedRequest, text: str) -> Draft | Dropped:
    """Return the question, the answer and the located evidence of a reply, or the first fault in it."""
    atom = parse_atom(text, max_quotes=document.recipe.checks.max_quotes)
    if isinstance(atom, Dropped):
        return atom
    return checked_question(
        document, item, question=atom.question, answer=atom.answer, quotes=atom.quotes, segments=(item.segment,)
    )


def checked_question(
    document: WrittenDocument,
    item: PlannedRequest,
    *,
    question: str,
    answer: str,
    quotes: Sequence[str],
    segments: tuple[Span, ...],
    rules: TaskRules = LOOK_UP_RULES,
) -> Draft | Dropped:
    """Locate the quotes of a question's answer and make all checks without a judge.

    Args:
        document: the document.
        item: the request that was answered.
        question: the question.
        answer: the answer.
        quotes: the quotes that prove the answer, at least one.
        segments: the parts of the document that the question is about; quotes are searched for there first.
        rules: the checks that depend on the task.
    """
    evidence = locate_quotes(quotes, text=document.context.text, near=segments[0])
    if isinstance(evidence, str):
        return Dropped("evidence_not_found", f"The quote is not in the document: {evidence[:160]}")
    return checked_draft(
        document, item, question=question, answer=answer, evidence=evidence, segments=segments, rules=rules
    )
