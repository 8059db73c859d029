"""A finished training as its record, every number recomputed, written and read back."""

from __future__ import annotations

import json
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path

import pytest
import torch
from packed_build import write_small_corpus
from small_student import RecordingObserver, small_recipe, write_small_build, write_small_model

from pipeline.config.start import Start
from pipeline.errors import DamagedFileError
from pipeline.io.checked_json import read_checked, write_checked
from pipeline.io.checksums import FileSum
from pipeline.io.manifest import installed_versions
from pipeline.train.data.dataset import prepare_token_ids
from pipeline.train.data.run_data import RunData, read_run_data
from pipeline.train.export.model_folder import ExportedModel
from pipeline.train.export.summary import training_record
from pipeline.train.model.student import build_student
from pipeline.train.rope.methods.yarn import yarn_attention_factor, yarn_divisors
from pipeline.train.run.metrics import ProbeMetrics, RunMetrics, StepMetrics, ValidationMetrics
from pipeline.train.run.record import (
    BestCheckpoint,
    MemoryRecord,
    MemoryTerm,
    PackRecord,
    ProbePoint,
    ReloadCheck,
    RopeRecord,
    RopeSetBy,
    RowCounts,
    TrainedStage,
    TrainingRecord,
    ValidationPoint,
    read_record,
    write_record,
)
from pipeline.train.run.training_run import TrainingRun, open_run

MEMORY = MemoryRecord(77, 0.25, 0.5, "loss", (MemoryTerm("frozen weights", 0.125, True), MemoryTerm("x", 1.0, False)))
RELOAD = ReloadCheck(0.0, 0.0, 300, (0, 724))
FILES = {"model.safetensors": FileSum(10, "a" * 64), "logs/metrics.jsonl": FileSum(3, "b" * 64)}
STAGES = [
    {"name": "read", "data": "corpus", "max_tokens": 256, "rope": {"method": "none"}, "max_steps": 2},
    {"name": "both", "data": "mixed", "corpus_share": 0.5, "max_tokens": 600, "max_steps": 3},
]


def _step(number: int, stage: str) -> StepMetrics:
    return StepMetrics(
        step=number,
        stage=stage,
        loss=10.0 / number,
        learning_rate=0.1,
        grad_norm=1.0,
        tokens=100 * number,
        trained_tokens=10 * number,
        seconds=1.26 * number,
        tokens_per_second=50.0,
        peak_memory_gib=0.5,
    )


BEST = BestCheckpoint("held_out_loss", 5, 1.5, 1, stopped_early=False)
METRICS = RunMetrics(
    steps=tuple(_step(n, "read" if n < 3 else "both") for n in range(1, 6)),
    validations=(
        ValidationMetrics(0, "read", "corpus", 5.5, 44, 1.0),
        ValidationMetrics(2, "both", "corpus", 4.5, 44, 1.0),
        ValidationMetrics(2, "both", "sft", 3.5, 33, 1.0),
        ValidationMetrics(5, "both", "corpus", 2.5, 44, 1.0),
        ValidationMetrics(5, "both", "sft", 1.5, 33, 1.0),
    ),
    probes=(ProbeMetrics(5, "both", 512, 0.9, 4, 3, 0.25, 2.0),),
)


def _prepared(tmp_path: Path, *stages: dict[str, object], **model: object) -> tuple[TrainingRun, RunData]:
    base = write_small_model(tmp_path / "model", **model)
    (tmp_path / "model" / "README.md").write_text("---\nlicense: mit\n---\n")
    build = write_small_build(tmp_path / "build", num_train=6, num_validation=2)
    write_small_corpus(build, tokenizer=base, num_documents=5)
    recipe = small_recipe("elsewhere", stages=list(stages or STAGES), max_steps=None).model_copy(update={"seed": 23})
    run = open_run(recipe, data=build, base_model=base, output=str(tmp_path / "out"), start=Start.RESUME)
    folder = prepare_token_ids(run, observer=RecordingObserver())
    return run, read_run_data(run, tokens_folder=folder, observer=RecordingObserver())


def _record(run: TrainingRun, data: RunData, metrics: RunMetrics = METRICS) -> TrainingRecord:
    student = build_student(run.base_model, run.stages[-1].settings, seed=1)
    student = replace(student, num_parameters=999, inv_freq_error=3e-7)
    return training_record(
        run, data, student, metrics, num_trainable=55, memory=MEMORY, best=BEST, exported=ExportedModel(RELOAD, FILES)
    )


def test_record_of_a_training_in_stages_holds_all_it_is_made_of(tmp_path: Path) -> None:
    run, data = _prepared(tmp_path)
    read, both = data.packs

    def packs(of: object, kinds: str) -> tuple[PackRecord, ...]:
        found = []
        for split, name in (("train", "train"), ("validation", "validation")):
            for kind, source in getattr(of, name).items():
                found.append(PackRecord(kind.value, split, source.counts, len(source)))
        assert [f"{pack.data} {pack.split}" for pack in found] == kinds.split(", ")
        return tuple(found)

    record = _record(run, data)
    expected = TrainingRecord(
        base_model=run.base_model,
        base_licence="mit",
        rope=RopeRecord(
            method="yarn",
            factor=2.0,
            theta=10000.0,
            original_max_tokens=512,
            max_tokens=1024,
            attention_factor=yarn_attention_factor(2.0),
            divisors=yarn_divisors(
                8, theta=1e4, factor=2.0, original=512, beta_fast=32.0, beta_slow=1.0, truncate=True
            ),
            short_divisors=yarn_divisors(
                8, theta=1e4, factor=2.0, original=512, beta_fast=32.0, beta_slow=1.0, truncate=True
            ),
            set_by=RopeSetBy.RECIPE,
            base_max_tokens=512,
            replaced="",
            inv_freq_max_relative_error=3e-7,
        ),
        recipe=run.settings.model_copy(update={"model": run.base_model}).model_dump(mode="json"),
        seed=23,
        fingerprint=run.identity.fingerprint,
        data=run.data,
        data_fingerprint=run.identity.data_fingerprint,
        model_fingerprint=run.identity.model_fingerprint,
        versions={**installed_versions(), "peft": version("peft")},
        device="cpu",
        stages=(
            TrainedStage(
                name="read",
                data="corpus",
                max_tokens=256,
                rope_method="none",
                rope_factor=1.0,
                context_tokens=512,
                steps=2,
                tokens=300,
                trained_tokens=30,
                seconds=3.8,
                first_loss=10.0,
                last_loss=5.0,
                packs=packs(read, "corpus train, corpus validation"),
            ),
            TrainedStage(
                name="both",
                data="mixed",
                max_tokens=600,
                rope_method="yarn",
                rope_factor=2.0,
                context_tokens=1024,
                steps=3,
                tokens=1200,
                trained_tokens=120,
                seconds=15.1,
                first_loss=10.0 / 3,
                last_loss=2.0,
                packs=packs(both, "sft train, corpus train, sft validation, corpus validation"),
            ),
        ),
        parameters=999,
        trainable_parameters=55,
        steps=5,
        tokens=1500,
        trained_tokens=150,
        seconds=18.9,
        first_loss=10.0,
        last_loss=2.0,
        validation=(
            ValidationPoint(0, "read", "corpus", 5.5, 44),
            ValidationPoint(2, "both", "corpus", 4.5, 44),
            ValidationPoint(2, "both", "sft", 3.5, 33),
            ValidationPoint(5, "both", "corpus", 2.5, 44),
            ValidationPoint(5, "both", "sft", 1.5, 33),
        ),
        answers=(),
        changes=(),
        best=BEST,
        probes=(ProbePoint(5, "both", 512, 0.9, 4, 3),),
        memory=MEMORY,
        reload=RELOAD,
        files=FILES,
        threads=torch.get_num_threads(),
    )
    assert record == expected
    assert record.recipe["model"] == run.base_model, "what was trained, not what the recipe names"
    assert record.held_out == (ValidationPoint(2, "both", "sft", 3.5, 33), ValidationPoint(5, "both", "sft", 1.5, 33))
    write_record(str(run.root), record)
    assert read_record(str(run.root)) == record


def test_counts_of_packs_are_those_of_their_rows_and_documents(tmp_path: Path) -> None:
    run, data = _prepared(tmp_path)
    sft, corpus = _record(run, data).stages[1].packs[:2]
    rows = [row for source in data.packs[1].train.values() for p in range(len(source)) for row in source.rows_of(p)]
    of_rows = [row for row in rows if row.row_id.startswith("row")]
    of_documents = [row for row in rows if row.row_id.startswith("doc")]
    assert sft.counts == RowCounts(6, 6, 0, 0, sum(r.num_tokens for r in of_rows),
                                   sum(int(r.is_answer_T.sum()) for r in of_rows))  # fmt: skip
    tokens = sum(row.num_tokens for row in of_documents)
    assert corpus.counts == RowCounts(3, 3, 0, 0, tokens, tokens - len(of_documents))


@pytest.mark.parametrize(
    ("rope", "expected"),
    [
        ({"method": "none"}, (RopeSetBy.BASE, "llama3", 1024, "")),
        ({"method": "linear", "factor": 4.0, "replace_existing": True},
         (RopeSetBy.RECIPE, "linear", 1024, "llama3 × 2, 1024 tokens")),
    ],
)  # fmt: skip
def test_record_says_who_set_the_scaling_and_what_it_replaced(
    tmp_path: Path, rope: dict[str, object], expected: tuple[object, ...]
) -> None:
    llama3 = {"rope_type": "llama3", "rope_theta": 10000.0, "factor": 2.0, "low_freq_factor": 1.0,
              "high_freq_factor": 4.0, "original_max_position_embeddings": 512}  # fmt: skip
    run, data = _prepared(tmp_path, {"name": "answer", "max_steps": 5, "rope": rope}, rope_parameters=llama3,
                          max_position_embeddings=1024)  # fmt: skip
    metrics = replace(METRICS, steps=tuple(_step(n, "answer") for n in range(1, 6)))
    found = _record(run, data, metrics).rope
    assert (found.set_by, found.method, found.base_max_tokens, found.replaced) == expected


def test_record_of_another_version_is_named_by_the_field_that_differs(tmp_path: Path) -> None:
    run, data = _prepared(tmp_path)
    write_record(str(run.root), _record(run, data))
    path = run.root / "training.json"
    values = read_checked(str(path))
    for changed, name in (({**values, "aaa_new": 1}, "aaa_new"),
                          ({k: v for k, v in values.items() if k != "seed"}, "seed")):  # fmt: skip
        write_checked(str(path), changed)
        with pytest.raises(DamagedFileError) as refused:
            read_record(str(run.root))
        assert refused.value.message == (
            f"{path} was written by a different version of this project: the field '{name}' does not fit."
        )
        assert refused.value.remedy == (
            "Run the same finetune command again: it writes a new record from the last checkpoint."
        )
    assert read_record(str(tmp_path)) is None
    assert json.loads(path.read_text(encoding="utf-8"))
