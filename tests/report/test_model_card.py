"""The model card says what the record says, for every kind of record."""

from __future__ import annotations

from dataclasses import replace

import pytest
import yaml

from pipeline.report.model_card import model_card
from pipeline.train.run.changes import Measure, MeasuredChange
from pipeline.train.run.metrics import StepMetrics
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
)

STAGE = TrainedStage(
    name="main",
    data="sft",
    max_tokens=12_288,
    rope_method="yarn",
    rope_factor=2.0,
    context_tokens=16_384,
    steps=24,
    tokens=240_000,
    trained_tokens=1_900,
    seconds=250.0,
    first_loss=2.5,
    last_loss=1.25,
    packs=(
        PackRecord("sft", "train", RowCounts(60, 52, 7, 1, 310_000, 2_400), 31),
        PackRecord("sft", "validation", RowCounts(8, 8, 0, 0, 41_000, 400), 4),
    ),
)

RECORD = TrainingRecord(
    base_model="embedded:smollm2-135m-instruct",
    base_licence="apache-2.0",
    rope=RopeRecord(
        method="yarn",
        factor=2.0,
        theta=100000.0,
        original_max_tokens=8192,
        max_tokens=16384,
        attention_factor=1.0693147,
        divisors=(1.0, 1.5, 2.0),
        short_divisors=(1.0, 1.5, 2.0),
        set_by=RopeSetBy.RECIPE,
        base_max_tokens=8192,
        replaced="",
        inv_freq_max_relative_error=1e-7,
    ),
    recipe={"max_tokens": 12288, "tuning": {"method": "lora"}},
    seed=17,
    fingerprint="f" * 32,
    data="out/quickstart/build",
    data_fingerprint="d" * 16,
    model_fingerprint="m" * 16,
    versions={"longdoc-pipeline": "0.1.0"},
    device="cpu",
    stages=(STAGE,),
    parameters=134_515_008,
    trainable_parameters=33_231_168,
    steps=24,
    tokens=240_000,
    trained_tokens=1_900,
    seconds=250.0,
    first_loss=2.5,
    last_loss=1.25,
    validation=(ValidationPoint(0, "main", "sft", 2.4, 500), ValidationPoint(24, "main", "sft", 1.5, 500)),
    answers=(),
    best=BestCheckpoint("held_out_loss", 24, 1.5, 1, stopped_early=False),
    changes=(MeasuredChange(Measure.LOSS, "main", "sft", 0, 24, 2.4, 1.5, -0.9, -1.1, -0.7, 500, 12),),
    probes=(),
    memory=MemoryRecord(12_288, 1.5, 1.6, "loss", (MemoryTerm("frozen weights", 0.25, True),)),
    reload=ReloadCheck(max_abs_logit_difference=0.0, tolerance=0.0, num_tokens=384, first_positions=(0, 16000)),
    files={},
)


def test_card_counts_every_row_that_was_read() -> None:
    card = model_card(RECORD, ())
    assert "| split | rows read | used | longer than 12,288 tokens | no answer | tokens used | packs |" in card
    assert "| train | 60 | 52 | 7 | 1 | 310,000 | 31 |" in card


def test_card_counts_rows_in_other_languages_only_where_a_stage_left_some_out() -> None:
    assert "other language" not in model_card(RECORD, ())
    left_out = PackRecord("sft", "train", RowCounts(60, 40, 7, 1, 310_000, 2_400, other_language=12), 31)
    card = model_card(replace(RECORD, stages=(replace(STAGE, packs=(left_out,)),)), ())
    assert "| rows read | used | other language | longer than 12,288 tokens | no answer |" in card
    assert "| train | 60 | 40 | 12 | 7 | 1 | 310,000 | 31 |" in card


def test_card_of_stages_shows_each_with_its_own_losses() -> None:
    documents = PackRecord("corpus", "train", RowCounts(30, 30, 0, 0, 900_000, 899_000), 120)
    first = replace(STAGE, name="read-4k", data="corpus", max_tokens=4_096, rope_method="none", packs=(documents,))
    points = (
        *(ValidationPoint(step, "read-4k", "corpus", loss, 500) for step, loss in ((0, 3.5), (24, 3.25))),
        *(ValidationPoint(step, "main", "sft", loss, 500) for step, loss in ((24, 2.0), (48, 1.5))),
    )
    probes = tuple(ProbePoint(48, "main", 12_288, depth, 2, hits) for depth, hits in ((0.1, 2), (0.9, 1)))
    card = model_card(replace(RECORD, stages=(first, STAGE), validation=points, probes=probes), ())
    assert "| read-4k | corpus | 4,096 | none | 16,384 | 24 |" in card
    assert "documents: 3.5000 → 3.2500 |" in card and "rows: 2.0000 → 1.5000 |" in card
    assert "| validation loss of stage main, before → after | 2.0000 → 1.5000 over 500 tokens |" in card
    assert "| read-4k | documents | train | 30 | 30 |" in card
    assert "| 24 | read-4k | documents | 500 | 3.2500 |" in card
    assert "| 48 | 12,288 | 3 of 4 |" in card


def test_card_curve_of_many_points_is_thinned_and_keeps_both_ends() -> None:
    points = tuple(ValidationPoint(step, "main", "sft", 3.0 - step / 1000, 500) for step in range(0, 1001, 10))
    lines = model_card(replace(RECORD, validation=points), ()).splitlines()
    curve = [line for line in lines if "| main | rows |" in line]
    assert len(curve) == 16
    assert curve[0].startswith("| 0 |") and curve[-1].startswith("| 1,000 |")


def _steps(count: int, stage: str, *, first: int = 1) -> list[StepMetrics]:
    return [
        StepMetrics(
            step=step,
            stage=stage,
            loss=4.0 - step / 100,
            learning_rate=1e-4,
            grad_norm=1.0,
            tokens=100,
            trained_tokens=10,
            seconds=1.0,
            tokens_per_second=100.0,
            peak_memory_gib=1.0,
        )
        for step in range(first, first + count)
    ]


def test_card_gives_the_training_loss_of_every_step_of_a_short_run() -> None:
    lines = model_card(RECORD, _steps(3, "main")).splitlines()
    assert lines[lines.index("| steps | stage | nats per token |") + 2 :][:3] == [
        "| 1 | main | 3.9900 |",
        "| 2 | main | 3.9800 |",
        "| 3 | main | 3.9700 |",
    ]


def test_card_thins_the_training_loss_to_means_that_stay_within_a_stage() -> None:
    card = model_card(RECORD, [*_steps(150, "read"), *_steps(10, "main", first=151)])
    # 160 steps in rows of ten: fifteen of the first stage, one of the second.
    assert "| 1 to 10 | read | 3.9450 |" in card and "| 141 to 150 | read | 2.5450 |" in card
    assert "| 151 to 160 | main | 2.4450 |" in card
    assert card.count(" | read | ") == 15


def test_card_holds_the_recipe_as_yaml_that_trains_the_same_again() -> None:
    recipe = {"max_tokens": 12288, "tuning": {"method": "lora", "rank": 8}, "report_to": ["tensorboard"]}
    card = model_card(replace(RECORD, recipe=recipe), ())
    block = card.split("```yaml\n")[1].split("```")[0]
    assert yaml.safe_load(block) == {"seed": 17, "finetune": recipe}
    assert RECORD.fingerprint in card


def test_front_matter_is_yaml_that_a_hub_reads() -> None:
    front_matter = yaml.safe_load(model_card(RECORD, ()).split("---\n")[1])
    assert front_matter["base_model"] == RECORD.base_model
    assert front_matter["license"] == "apache-2.0"
    assert front_matter["tags"] == ["long-context", "rope-scaling", "sft", "lora"]


def test_unknown_base_licence_is_said_and_not_invented() -> None:
    card = model_card(replace(RECORD, base_licence=""), ())
    assert "license:" not in card
    assert "not stated" in card


def test_card_gives_losses_and_reload_check() -> None:
    card = model_card(RECORD, ())
    assert "2.5000 → 1.2500" in card
    assert "2.4000 → 1.5000" in card
    assert "largest logit difference 0 over 384 tokens each from positions 0 and 16,000 on" in card


def test_methods_that_vllm_reads_differently_carry_a_warning() -> None:
    dynamic = replace(RECORD, rope=replace(RECORD.rope, method="dynamic", short_divisors=(1.0, 1.0, 1.0)))
    longrope = replace(RECORD, rope=replace(RECORD.rope, method="longrope", short_divisors=(1.0, 1.0, 1.0)))
    same_lists = replace(RECORD, rope=replace(RECORD.rope, method="longrope"))
    linear = replace(RECORD, rope=replace(RECORD.rope, method="linear"))
    assert "TGI) ignores linear scaling" in model_card(linear, ())
    assert "vLLM 0.32 does not scale at all" in model_card(dynamic, ())
    assert "vllm.entrypoints" not in model_card(dynamic, ())
    assert "above 8,192 tokens" in model_card(longrope, ())
    assert "max-model-len` is above" not in model_card(same_lists, ())


@pytest.mark.parametrize("needs", [True, False])
def test_card_names_the_version_only_where_transformers_4_would_not_scale(needs: bool) -> None:
    card = model_card(replace(RECORD, rope=replace(RECORD.rope, needs_transformers_5=needs)), ())
    assert ("Load it with transformers 5 or newer" in card) == needs


def test_unscaled_training_claims_no_longer_context() -> None:
    unscaled = replace(RECORD.rope, method="none", factor=1.0, max_tokens=8192, set_by=RopeSetBy.BASE)
    assert "fine-tuned within its context of 8,192 tokens" in model_card(replace(RECORD, rope=unscaled), ())
    llama31 = replace(RECORD.rope, method="llama3", factor=8.0, max_tokens=131072, set_by=RopeSetBy.BASE)
    card = model_card(replace(RECORD, rope=llama31), ())
    assert "fine-tuned within its context of 131,072 tokens" in card
    assert "training did not change it" in card


def test_card_says_which_scaling_of_the_base_model_was_replaced() -> None:
    rope = replace(RECORD.rope, base_max_tokens=131072, max_tokens=262144, replaced="llama3 × 8, 131072 tokens")
    card = model_card(replace(RECORD, rope=rope), ())
    assert "| replaces | the base model's own: llama3 × 8, 131072 tokens |" in card
    assert "| replaces |" not in model_card(RECORD, ())


def test_card_of_a_model_without_rotary_embeddings_says_so() -> None:
    rope = replace(RECORD.rope, method="none", factor=1.0, divisors=(), short_divisors=())
    assert "the model has no rotary position embeddings" in model_card(replace(RECORD, rope=rope), ())
