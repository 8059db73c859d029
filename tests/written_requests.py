"""Plans the first round of requests about a document, records answers to them, and reads replies."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence

from synthesis_documents import ToldTeacher

from pipeline.config.build import PromptForm, WrittenRecipe
from pipeline.records import Candidate, Context, Rejection
from pipeline.synthesize.asking import ask_all
from pipeline.synthesize.cache import AnswerCache
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


def record_answers(
    folder: str, contexts: Iterable[Context], answer: Callable[[str], str], *, written: WrittenRecipe, seed: int
) -> None:
    """Record what a chat teacher answers to the requests of the first round about some documents."""
    requests = [
        item.request
        for context in contexts
        for item in plan_written(
            context=context,
            tasks=written.tasks,
            form=PromptForm.CHAT,
            questions_per_document=written.questions_per_document,
            segment_tokens=written.segment_tokens,
            max_model_tokens=8192,
            sampling=Sampling(0.0, 64, seed),
        )
    ]
    teacher = ToldTeacher(answer)
    ask_all(requests, teacher=teacher, cache=AnswerCache(folder=folder, teacher=teacher.name), batch_size=4)


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
