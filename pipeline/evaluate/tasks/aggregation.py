"""Counts, lists, extremes and orders of held-out documents, with exact gold answers from their outlines.

The questions come from the structural tasks of the build (families `aggregate` and `order`), which prove each answer
from the document's parse. A build exports only a few of them; this task asks all held-out documents, and its questions
need every place of a kind, so no single passage answers them. A row of several joined documents is asked about each of
its documents by name, and about all together.

A document is asked about whole, and not lengthened: other documents would have counts and lists of their own. A
question belongs to the smallest requested length that holds its prompt and the longest answer.

Cost: the structural tasks read up to 120 held-out documents once, spread over languages and lengths: 25 s for 650,000
tokens.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Literal

from pydantic import PositiveInt

from pipeline.config.evaluate import EvaluationTaskOptions
from pipeline.evaluate.documents.look_ups import asked_documents
from pipeline.evaluate.documents.spread import spread_order
from pipeline.evaluate.haystacks.generated import user
from pipeline.evaluate.material import Material
from pipeline.evaluate.prompt import Prompt, Scores
from pipeline.evaluate.task import AnswerTask, Asked, Asking
from pipeline.export.rows import QuestionPlace, user_message
from pipeline.identity import stable_hash64
from pipeline.records import Candidate, Context, TaskFamily
from pipeline.scoring.answers import score_answer
from pipeline.synthesize.members import about_row, document_views
from pipeline.synthesize.structural.candidates import QuestionLimits, candidates_across, structural_candidates
from pipeline.synthesize.tasks import forms_by_name

_NAME: Literal["aggregation"] = "aggregation"
_FAMILIES = (TaskFamily.AGGREGATE, TaskFamily.ORDER)
_QUESTIONS_PER_DOCUMENT = 60
_UNLIMITED_TOKENS = 1 << 30


class AggregationOptions(EvaluationTaskOptions):
    """Options of the counts, lists, extremes and orders."""

    task: Literal["aggregation"] = _NAME
    max_items: PositiveInt = 20
    """The maximum number of questions at each length in each language, spread over tasks, then over documents."""
    max_answer_tokens: PositiveInt = 256
    """The maximum length of an answer, in tokens. Questions with a longer gold answer are left out."""


@dataclass(frozen=True, slots=True)
class _Aggregate:
    """A question about a row of the corpus."""

    candidate: Candidate
    context: Context

    @property
    def cluster(self) -> str:
        return self.context.cluster_id or self.context.parent_id

    def message(self) -> str:
        return user_message(
            self.context,
            question=self.candidate.question,
            candidate_id=self.candidate.candidate_id,
            language=self.candidate.language,
            place=QuestionPlace.AFTER,
        )


def _ask(asking: Asking) -> Asked:
    assert asking.material is not None, "documents are those of a build"
    questions = _aggregates(asking.material, asking.seed)
    if not questions:
        return Asked((), notes=("The outlines of the held-out documents answer no question of this task.",))
    skipped: Counter[str] = Counter()
    if num_unread := len(asking.material.held_out) - len(asked_documents(asking.material, asking.seed)):
        skipped["document_not_read"] = num_unread
    prompts = list(_sized(questions, asking, skipped))
    return Asked(tuple(_drawn(prompts, asking, skipped)), skipped=dict(skipped))


def _sized(questions: Sequence[_Aggregate], asking: Asking, skipped: Counter[str]) -> Iterator[Prompt]:
    """Yield the prompt of each question that fits into a length."""
    gold_tokens = asking.meter.count_all([question.candidate.answer for question in questions])
    for question, num_gold in zip(questions, gold_tokens, strict=True):
        messages = user(question.message())
        num_tokens = asking.meter.count_prompt(messages)
        needed = num_tokens + asking.options.max_answer_tokens
        length = next((length for length in asking.lengths if length >= needed), None)
        if num_gold > asking.options.max_answer_tokens:
            skipped["answer_too_long"] += 1
        elif length is None:
            skipped["document_too_long"] += 1
        else:
            yield Prompt(
                item=question.candidate.candidate_id,
                messages=messages,
                gold=(question.candidate.answer,),
                length=length,
                num_tokens=num_tokens,
                cluster=question.cluster,
                kind=question.candidate.task,
                language=question.candidate.language,
                max_answer_tokens=asking.options.max_answer_tokens,
                proof=tuple(dict.fromkeys(quote.quote for quote in question.candidate.evidence)),
            )


def _drawn(prompts: Sequence[Prompt], asking: Asking, skipped: Counter[str]) -> Iterator[Prompt]:
    """Yield the prompts that are asked, by length and language; those about a document one after another."""
    for length, language in sorted({(prompt.length, prompt.language) for prompt in prompts}):
        own = [prompt for prompt in prompts if (prompt.length, prompt.language) == (length, language)]
        ordered = spread_order(
            own,
            groups=(lambda prompt: prompt.kind, lambda prompt: prompt.cluster),
            chance=lambda prompt: stable_hash64(_NAME, asking.seed, prompt.item),
        )
        taken = ordered[: asking.options.max_items]
        if len(ordered) > len(taken):
            skipped["over_max_items"] += len(ordered) - len(taken)
        yield from sorted(taken, key=lambda prompt: (prompt.cluster, prompt.messages[0].content, prompt.item))


@lru_cache(maxsize=4)
def _aggregates(material: Material, seed: int) -> tuple[_Aggregate, ...]:
    """Return all questions about at most 120 held-out documents, by id.

    Near duplicates of a document give a question once: they may word it differently, but prove the same answer with the
    same quotes.
    """
    found: dict[tuple[str, ...], _Aggregate] = {}
    # In the order of the ids, so that of near duplicates the same one is asked about.
    for entry in sorted(asked_documents(material, seed), key=lambda entry: entry.doc_id):
        context = material.context(entry.doc_id)
        for candidate in _candidates(context, seed):
            question = _Aggregate(candidate, context)
            if candidate.family in _FAMILIES and not candidate.follows and not candidate.is_trivial:
                quotes = (evidence.quote for evidence in candidate.evidence)
                found.setdefault((question.cluster, candidate.task, candidate.answer, *quotes), question)
    return tuple(sorted(found.values(), key=lambda question: question.candidate.candidate_id))


def _candidates(context: Context, seed: int) -> Iterator[Candidate]:
    """Yield what the structural tasks ask about a row, as the synthesize stage asks it."""
    limits = QuestionLimits(
        tasks=_aggregate_tasks(),
        max_questions=_QUESTIONS_PER_DOCUMENT,
        count_tokens=_no_tokens,
        max_answer_tokens=_UNLIMITED_TOKENS,
    )
    for view in document_views(context):
        for candidate in structural_candidates(view.context, limits=limits, seed=seed)[0]:
            yield about_row(candidate, view)
    yield from candidates_across(context, limits=limits, seed=seed)[0]


@cache
def _aggregate_tasks() -> frozenset[str]:
    """Return the structural tasks that have a form of one of the families."""
    return frozenset(form.task for form in forms_by_name().values() if form.family in _FAMILIES)


def _no_tokens(texts: Sequence[str]) -> list[int]:
    """Return no tokens for any text: answers are measured in the subject's tokens, later."""
    return [0 for _ in texts]


def _score(prompt: Prompt, answer: str) -> Scores:
    """Return token F1, exact match, and whether the numbers are the same; None for a gold answer without numbers."""
    score = score_answer(answer, prompt.gold[0])
    numbers = None if score.has_same_numbers is None else float(score.has_same_numbers)
    return {"f1": score.f1, "exact": float(score.is_exact), "numbers": numbers}


TASK = AnswerTask(
    name=_NAME,
    title="Counts, lists, extremes and orders",
    about="Questions that need all places of a kind in a held-out document; the document's outline proves the answers.",
    options=AggregationOptions,
    ask=_ask,
    score=_score,
    measure="f1",
    measures=("exact", "numbers"),
)
