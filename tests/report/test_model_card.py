"""The model card says what the record says, for every kind of record."""

from __future__ import annotations

from dataclasses import replace

import yaml

from pipeline.report.model_card import model_card
from pipeline.train.record import ReloadCheck, RopeRecord, RowCounts, TrainingRecord, ValidationPoint

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
        inv_freq_max_relative_error=1e-7,
    ),
    recipe={"max_tokens": 12288},
    seed=17,
    fingerprint="f" * 32,
    data="out/quickstart/build",
    data_fingerprint="d" * 16,
    model_fingerprint="m" * 16,
    versions={"longdoc-pipeline": "0.1.0"},
    device="cpu",
    train_rows=RowCounts(read=60, used=52, too_long=7, without_answer=1, tokens=310_000, answer_tokens=2_400),
    validation_rows=RowCounts(read=8, used=8, too_long=0, without_answer=0, tokens=41_000, answer_tokens=400),
    train_packs=31,
    validation_packs=4,
    parameters=134_515_008,
    trainable_parameters=33_231_168,
    steps=24,
    tokens=240_000,
    answer_tokens=1_900,
    seconds=250.0,
    first_loss=2.5,
    last_loss=1.25,
    validation=(ValidationPoint(0, 2.4), ValidationPoint(24, 1.5)),
    reload=ReloadCheck(max_abs_logit_difference=0.0, tolerance=0.0, num_tokens=384, first_positions=(0, 16000)),
)


def test_card_counts_every_row_that_was_read() -> None:
    card = model_card(RECORD)
    assert "| split | rows read | used | longer than 12,288 tokens | no answer | tokens used | packs |" in card
    assert "| train | 60 | 52 | 7 | 1 | 310,000 | 31 |" in card


def test_front_matter_is_yaml_that_a_hub_reads() -> None:
    front_matter = yaml.safe_load(model_card(RECORD).split("---\n")[1])
    assert front_matter["base_model"] == RECORD.base_model
    assert front_matter["license"] == "apache-2.0"
    assert "long-context" in front_matter["tags"]


def test_unknown_base_licence_is_said_and_not_invented() -> None:
    card = model_card(replace(RECORD, base_licence=""))
    assert "license:" not in card
    assert "not stated" in card


def test_card_gives_losses_and_reload_check() -> None:
    card = model_card(RECORD)
    assert "2.5000 → 1.2500" in card
    assert "2.4000 → 1.5000" in card
    assert "largest logit difference 0 over 384 tokens each from positions 0 and 16,000 on" in card


def test_methods_that_vllm_reads_differently_carry_a_warning() -> None:
    dynamic = replace(RECORD, rope=replace(RECORD.rope, method="dynamic", short_divisors=(1.0, 1.0, 1.0)))
    longrope = replace(RECORD, rope=replace(RECORD.rope, method="longrope", short_divisors=(1.0, 1.0, 1.0)))
    same_lists = replace(RECORD, rope=replace(RECORD.rope, method="longrope"))
    assert "vLLM 0.32 does not scale at all" in model_card(dynamic)
    assert "vllm serve" not in model_card(dynamic)
    assert "above 8,192 tokens" in model_card(longrope)
    assert "max-model-len` is above" not in model_card(same_lists)


def test_unscaled_training_claims_no_longer_context() -> None:
    card = model_card(replace(RECORD, rope=replace(RECORD.rope, method="none", factor=1.0, max_tokens=8192)))
    assert "fine-tuned within its context of 8,192 tokens" in card
