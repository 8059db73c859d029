"""Plans the first round of requests about a document, and reads replies to planned requests."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from pipeline.config.build import PromptForm, WrittenRecipe
from pipeline.records import Candidate, Context, Rejection
from pipeline.synthesize.teachers.protocol import Sampling, TeacherReply
from pipeline.synthesize.written.candidates import candidates_of
from pipeline.synthesize.written.document import WrittenDocument
from pipeline.synthesize.written.draft import PlannedRequest, Round
from pipeline.synthesize.written.rounds import DocumentRounds


def plan_written(
    *,
    context: Context,
    tasks: Sequence[str],
    form: PromptForm,
    questions_per_document: int,
    segment_tokens: int,
    max_model_tokens: int,
    sampling: Sampling,
) -> list[PlannedRequest]:
    """Return the requests of the first round."""
    recipe = WrittenRecipe(tasks=tuple(tasks), segment_tokens=segment_tokens, min_section_tokens=40)
    document = WrittenDocument(context, form=form, recipe=recipe, max_model_tokens=max_model_tokens, sampling=sampling)
    rounds = DocumentRounds(document, None, tasks=tasks, questions=questions_per_document, merges=0, questions_taken=())
    return rounds.plan(Round.ATOMS)


def judge_written(
    *,
    context: Context,
    planned: Sequence[PlannedRequest],
    replies: Sequence[TeacherReply],
    teacher: str,
    questions_taken: Collection[str],
    recipe: WrittenRecipe,
) -> tuple[list[Candidate], list[Rejection]]:
    """Return the candidates and rejections of replies to requests of the first round."""
    form = planned[0].form if planned else PromptForm.CHAT
    document = WrittenDocument(
        context,
        form=form,
        recipe=recipe,
        max_model_tokens=8192,
        sampling=Sampling(0.0, 64, 17),
        register="",  # the replies were written without one
    )
    rounds = DocumentRounds(document, None, tasks=recipe.tasks, questions=0, merges=0, questions_taken=questions_taken)
    rounds.take(Round.ATOMS, planned, replies)
    assert not rounds.failed
    return candidates_of(rounds.drafts, context=context, teacher=teacher), rounds.rejections
