"""The student's own answers during training: those of the model it will be, and without a trace in the training."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from small_student import (
    RecordingObserver,
    losses,
    small_recipe,
    small_tokenizer,
    write_small_build,
    write_small_model,
)
from transformers import AutoModelForCausalLM

from pipeline.config.start import Start
from pipeline.finetune import finetune
from pipeline.train.data.dataset import prepare_token_ids
from pipeline.train.data.questions import HeldOutQuestion
from pipeline.train.data.run_data import read_run_data
from pipeline.train.distributed.parallel import WHOLE
from pipeline.train.distributed.ranks import OneRank
from pipeline.train.generation.greedy import GreedyLimits, TokenizedPrompt, generate_answers
from pipeline.train.generation.stopping import stop_ids_of
from pipeline.train.loop.answering import answer_questions
from pipeline.train.loop.interrupt import StopRequest
from pipeline.train.loop.stopping import StoppedError, StopPoints
from pipeline.train.model.student import Student, build_student, load_scaled_model
from pipeline.train.run.metrics import AnsweredQuestion, AnswersMetrics, read_metrics
from pipeline.train.run.training_run import TrainingRun, open_run

ASKED = {"turns": 6, "max_answer_tokens": 24}


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("answering")
    write_small_model(root / "model")
    write_small_build(root / "build", num_validation=9)
    return root


def _prepared(base: Path, output: Path, **finetune: object) -> tuple[Student, tuple[HeldOutQuestion, ...], TrainingRun]:
    model = str(base / "model")
    recipe = small_recipe(model, **({"answers": ASKED, "report_to": "none"} | finetune))
    run = open_run(recipe, data=str(base / "build"), base_model=model, output=str(output), start=Start.RESUME)
    observer = RecordingObserver()
    data = read_run_data(run, tokens_folder=prepare_token_ids(run, observer=observer), observer=observer)
    return build_student(model, run.stages[0].settings, seed=run.seed), data.questions[0], run


def _answers(student: Student, questions: Sequence[HeldOutQuestion], run: TrainingRun) -> AnswersMetrics:
    stops = StopPoints(StopRequest(), ranks=OneRank(), parallel=WHOLE, device=torch.device("cpu"))
    return answer_questions(
        student,
        questions,
        stage=run.stages[0],
        base_model=run.base_model,
        step=3,
        seed=run.seed,
        ranks=OneRank(),
        stops=stops,
    )


def _texts(model: torch.nn.Module, questions: Sequence[HeldOutQuestion], reference: str) -> list[str]:
    """What `evaluate` would get from a plain model."""
    prompts = [TokenizedPrompt(question.ids, question.max_answer_tokens) for question in questions]
    limits = GreedyLimits(stop_ids=stop_ids_of(reference), max_batch_tokens=4096)
    found = dict(generate_answers(model.eval(), prompts, limits=limits))
    tokenizer = small_tokenizer()
    return [tokenizer.decode(found[n].ids, skip_special_tokens=True).strip() for n in range(len(prompts))]


@pytest.mark.parametrize("pattern", ["full", "s2"])
def test_student_answers_as_the_plain_model_does_and_is_left_as_it_was(
    base: Path, tmp_path: Path, pattern: str
) -> None:
    student, questions, run = _prepared(base, tmp_path, attention={"pattern": pattern})
    plain, _ = load_scaled_model(run.base_model, run.settings.rope, dtype=torch.float32)
    student.model.train()
    attention = student.model.base_model.config._attn_implementation
    hooks = dict(student.model.get_input_embeddings()._forward_hooks)
    metrics = _answers(student, questions, run)
    assert [answer.answer for answer in metrics.answers] == _texts(plain, questions, run.base_model)
    assert len({answer.answer for answer in metrics.answers}) > 1
    assert student.model.base_model.config._attn_implementation == attention
    assert student.model.get_input_embeddings()._forward_hooks == hooks
    assert all(not parameter.is_inference() for parameter in student.model.parameters())


def test_answers_after_training_are_those_of_the_exported_folder(base: Path, tmp_path: Path) -> None:
    recipe = small_recipe(str(base / "model"), answers=ASKED, report_to="none", max_steps=6)
    observer = RecordingObserver()
    result = finetune(
        recipe, data=str(base / "build"), model=None, output=str(tmp_path), start=Start.RESUME, observer=observer
    )
    assert [metrics.step for metrics in observer.answers] == [0, 2, 4, 6]
    assert [answer.answer for answer in observer.answers[0].answers] != [
        answer.answer for answer in observer.answers[-1].answers
    ], "the training changed what is said"
    _, questions, run = _prepared(base, tmp_path / "other", max_steps=6)
    exported = AutoModelForCausalLM.from_pretrained(tmp_path)
    assert [answer.answer for answer in observer.answers[-1].answers] == _texts(exported, questions, run.base_model)
    assert read_metrics(tmp_path / "logs").answers == tuple(observer.answers)
    assert [point.step for point in result.record.answers] == [0, 2, 4, 6]
    assert {change.measure.value for change in result.record.changes} == {"loss", "f1", "exact"}


@pytest.mark.parametrize("rope", [{"method": "yarn", "factor": 2.0}, {"method": "dynamic", "factor": 2.0}])
def test_training_that_is_watched_has_bit_for_bit_the_losses_of_one_that_is_not(
    base: Path, tmp_path: Path, rope: dict[str, object]
) -> None:
    seen = []
    for name, answers in (("asked", ASKED), ("unasked", {"turns": 0})):
        observer = RecordingObserver()
        recipe = small_recipe(str(base / "model"), answers=answers, report_to="none", rope=rope)
        finetune(
            recipe,
            data=str(base / "build"),
            model=None,
            output=str(tmp_path / name),
            start=Start.RESUME,
            observer=observer,
        )
        weights = (tmp_path / name / "model.safetensors").read_bytes()
        seen.append((losses(observer), [one.loss for one in observer.validations], weights))
    assert seen[0] == seen[1]


def test_bfloat16_student_with_float32_embeddings_answers(base: Path, tmp_path: Path) -> None:
    student, questions, run = _prepared(base, tmp_path, dtype="bfloat16")
    assert student.model.get_input_embeddings().weight.dtype is torch.float32
    metrics = _answers(student, questions, run)
    assert metrics.questions == 6 and any(answer.answer for answer in metrics.answers)


def test_scores_and_intervals_are_over_documents(base: Path, tmp_path: Path) -> None:
    student, questions, run = _prepared(base, tmp_path)
    texts = [answer.answer for answer in _answers(student, questions, run).answers]
    # The gold answers become what the model says, but for one.
    known = [
        replace(q, gold=t or "nothing", document=f"d{n // 2}")
        for n, (q, t) in enumerate(zip(questions, texts, strict=True))
    ]
    known[0] = replace(known[0], gold="ninety days")
    metrics = _answers(student, known, run)
    assert metrics.questions == 6 and metrics.documents == 3
    assert metrics.exact == pytest.approx(sum(answer.is_exact for answer in metrics.answers) / 6)
    assert metrics.f1 == pytest.approx(np.mean([answer.f1 for answer in metrics.answers]))
    assert 0.0 <= metrics.f1_low <= metrics.f1 <= metrics.f1_high <= 1.0
    assert metrics.exact_low <= metrics.exact <= metrics.exact_high
    assert isinstance(metrics.answers[1], AnsweredQuestion) and metrics.answers[1].is_exact


def test_stop_asked_for_during_the_answers_ends_them(base: Path, tmp_path: Path) -> None:
    student, questions, run = _prepared(base, tmp_path)
    stop = StopRequest()
    stop.set()
    hooks = dict(student.model.get_input_embeddings()._forward_hooks)
    stops = StopPoints(stop, ranks=OneRank(), parallel=WHOLE, device=torch.device("cpu"))
    with pytest.raises(StoppedError):
        answer_questions(
            student,
            questions,
            stage=run.stages[0],
            base_model=run.base_model,
            step=0,
            seed=run.seed,
            ranks=OneRank(),
            stops=stops,
        )
    assert student.model.get_input_embeddings()._forward_hooks == hooks
