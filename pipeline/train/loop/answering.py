"""Lets the student answer held-out questions between steps, and scores its answers.

Takes a student that is prepared for its stage, and the stage's questions. Returns `AnswersMetrics`. The answers are
those of greedy decoding, as in `evaluate`; so are their scores and intervals. Cost: one forward pass over the prompts
and one for each token of an answer, in batches.
"""

from __future__ import annotations

import time
from collections.abc import Sequence

import torch
from torch import Tensor

from pipeline.scoring.answers import score_answer
from pipeline.scoring.estimates import mean_estimate
from pipeline.tokens.tokenizer import load_tokenizer
from pipeline.train.data.questions import HeldOutQuestion
from pipeline.train.distributed.ranks import Ranks
from pipeline.train.generation.answer_text import answer_text
from pipeline.train.generation.decoding import GeneratedAnswer
from pipeline.train.generation.greedy import GreedyLimits, TokenizedPrompt, generate_answers
from pipeline.train.generation.stopping import stop_ids_of
from pipeline.train.loop.stopping import StopPoints
from pipeline.train.model.serving import serving
from pipeline.train.model.student import Student
from pipeline.train.run.metrics import AnsweredQuestion, AnswersMetrics
from pipeline.train.run.stages import TrainingStage


def answer_questions(
    student: Student,
    questions: Sequence[HeldOutQuestion],
    *,
    stage: TrainingStage,
    base_model: str,
    step: int,
    seed: int,
    ranks: Ranks,
    stops: StopPoints,
) -> AnswersMetrics:
    """Let the student answer all questions.

    Every process answers all questions, because those with sharded weights compute together. The answers of the first
    one count.

    Args:
        student: the student, prepared for the stage.
        questions: at least one question.
        stage: the stage.
        base_model: reference of the model whose tokenizer is used.
        step: number of steps done.
        seed: the run's seed, for the intervals.
        ranks: the processes that train together.
        stops: the stop points, checked after each batch of answers.

    Raises:
        StoppedError: a stop was requested before the last batch.
    """
    started = time.perf_counter()
    generated: dict[int, GeneratedAnswer] = {}
    limits = GreedyLimits(
        stop_ids=stop_ids_of(base_model, student.model.generation_config.eos_token_id),
        max_batch_tokens=stage.settings.max_tokens,
    )
    prompts = [TokenizedPrompt(question.ids, question.max_answer_tokens) for question in questions]

    def generate() -> tuple[Tensor]:
        generated.update(stops.until_requested(generate_answers(student.model, prompts, limits=limits)))
        return (torch.zeros((), device=student.device),)

    with serving(student):
        student.parallel.run(generate)
    stops.meet()
    tokenizer = load_tokenizer(base_model)

    def answered() -> tuple[AnsweredQuestion, ...]:
        return tuple(
            _answered(question, generated[number], tokenizer.decode(generated[number].ids, skip_special_tokens=True))
            for number, question in enumerate(questions)
        )

    answers = ranks.once(answered)
    f1 = mean_estimate([(answer.document, answer.f1) for answer in answers], seed=seed)
    exact = mean_estimate([(answer.document, float(answer.is_exact)) for answer in answers], seed=seed)
    return AnswersMetrics(
        step=step,
        stage=stage.name,
        questions=len(answers),
        documents=f1.documents,
        f1=f1.value,
        f1_low=f1.low,
        f1_high=f1.high,
        exact=exact.value,
        exact_low=exact.low,
        exact_high=exact.high,
        seconds=round(time.perf_counter() - started, 3),
        answers=answers,
    )


def _answered(question: HeldOutQuestion, generated: GeneratedAnswer, written: str) -> AnsweredQuestion:
    answer = answer_text(written)
    score = score_answer(answer, question.gold)
    return AnsweredQuestion(
        row=question.row_id,
        turn=question.turn,
        document=question.document,
        question=question.question,
        gold=question.gold,
        answer=answer,
        f1=score.f1,
        is_exact=score.is_exact,
        is_cut=generated.is_cut,
    )
