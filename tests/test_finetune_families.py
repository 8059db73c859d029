"""`finetune` on families other than Llama, and by every method of tuning: it learns, and reloads equal."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from small_architectures import write_random_model
from small_student import RecordingObserver, losses, small_recipe, write_small_build, write_small_model
from transformers import Gemma3ForConditionalGeneration

from pipeline.config.start import Start
from pipeline.errors import InputError
from pipeline.finetune import finetune
from pipeline.train.run.record import TrainingRecord

NO_ROPE = {"rope": {"method": "none"}, "max_tokens": 400}


def _train(
    folder: Path, model: str, *, observer: RecordingObserver | None = None, name: str = "out", **settings: object
) -> TrainingRecord:
    return finetune(
        small_recipe(model, **({"max_steps": 2} | settings)),
        data=write_small_build(folder / "build"),
        model=None,
        output=str(folder / name),
        start=Start.RESUME,
        observer=observer or RecordingObserver(),
    ).record


@pytest.mark.parametrize(
    ("family", "method"),
    [
        (family, "lora")
        for family in (
            "mamba",
            "rwkv",
            "gemma2",
            "gemma3",
            "gemma3 that sees",
            "cohere",
            "phi",
            "qwen3_moe",
            "qwen3.5",
            "exaone4",
        )
    ]
    + [(family, "full") for family in ("mamba", "gemma3", "gemma3 that sees")],
)
def test_family_trains_two_steps_and_reloads_equal(tmp_path: Path, family: str, method: str) -> None:
    observer = RecordingObserver()
    model = write_random_model(tmp_path / "base", family)
    optimizer = {"learning_rate": 0.003, "warmup_steps": 1}
    record = _train(tmp_path, model, observer=observer, tuning={"method": method}, optimizer=optimizer, **NO_ROPE)
    assert record.reload.max_abs_logit_difference == 0.0
    assert (record.steps, len(losses(observer))) == (2, 2)
    assert record.validation[-1].loss < record.validation[0].loss
    base, trained = (load_file(folder / "model.safetensors") for folder in (tmp_path / "base", tmp_path / "out"))
    assert base.keys() == trained.keys()
    changed = {name for name in base if not torch.equal(base[name], trained[name])}
    assert len(changed) >= 4
    images = {name for name in base if "vision" in name or "multi_modal" in name}
    assert bool(images) == (family == "gemma3 that sees")
    if method == "full":
        assert changed == set(base) - images


def test_language_model_of_a_model_that_sees_is_scaled_and_its_images_still_read(tmp_path: Path) -> None:
    model = write_random_model(tmp_path / "base", "gemma3 that sees")
    (tmp_path / "base" / "preprocessor_config.json").write_text('{"image_processor_type": "Gemma3ImageProcessor"}')
    stages = [
        {"name": "short", "max_tokens": 400, "rope": {"method": "none"}, "max_steps": 1},
        {"name": "long", "max_tokens": 640, "rope": {"method": "yarn", "factor": 4.0}, "max_steps": 2},
    ]
    record = _train(tmp_path, model, stages=stages)
    assert (record.rope.method, record.rope.max_tokens, record.reload.max_abs_logit_difference) == ("yarn", 2048, 0.0)
    out = tmp_path / "out"
    assert (out / "preprocessor_config.json").read_text() == (
        tmp_path / "base" / "preprocessor_config.json"
    ).read_text()
    saved = json.loads((out / "config.json").read_text())
    assert saved["architectures"] == ["Gemma3ForConditionalGeneration"] and "rope_parameters" not in saved
    text = saved["text_config"]
    assert (text["rope_parameters"]["full_attention"]["rope_type"], text["max_position_embeddings"]) == ("yarn", 2048)
    assert text["rope_parameters"]["sliding_attention"]["rope_type"] == "default"
    before, after = (
        Gemma3ForConditionalGeneration.from_pretrained(folder).eval() for folder in (tmp_path / "base", out)
    )
    pixels = torch.rand(1, 3, 28, 28, generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        features = [loaded.get_image_features(pixels, return_dict=True).pooler_output for loaded in (before, after)]
    assert torch.equal(*features) and features[0].abs().max() > 0.0


def test_weights_that_their_family_keeps_in_float32_stay_so(tmp_path: Path) -> None:
    model = write_random_model(tmp_path / "base", "ernie4_5_moe")
    record = _train(tmp_path, model, dtype="bfloat16", tuning={"method": "full"}, **NO_ROPE)
    assert record.reload.max_abs_logit_difference == 0.0
    dtypes = {name: tensor.dtype for name, tensor in load_file(tmp_path / "out" / "model.safetensors").items()}
    routers = {name for name in dtypes if "mlp.gate.weight" in name or "moe_statics" in name}
    assert len(routers) == 4
    assert {name for name, dtype in dtypes.items() if dtype is torch.float32} == routers


def test_scaling_rope_of_a_model_without_is_refused_with_the_remedy(tmp_path: Path) -> None:
    model = write_random_model(tmp_path / "base", "mamba")
    with pytest.raises(InputError, match=r"no rotary position embeddings.* Set finetune.rope.method to none"):
        _train(tmp_path, model)


FULL = {"method": "full"}


@pytest.mark.parametrize(
    ("tuning", "dtype", "tied"),
    [
        (FULL, "float32", True),
        (FULL, "bfloat16", True),
        (FULL, "bfloat16", False),
        ({"rank": 4, "loraplus_lr_ratio": 8.0}, "bfloat16", True),
        ({"rank": 4, "rslora": True, "dora": True}, "bfloat16", False),
    ],
)
def test_every_tuning_learns_and_reloads_equal(
    tmp_path: Path, tuning: dict[str, object], dtype: str, tied: bool
) -> None:
    model = write_small_model(tmp_path / "base", tie_word_embeddings=tied)
    optimizer = {"learning_rate": 0.003, "warmup_steps": 1}
    record = _train(tmp_path, model, dtype=dtype, tuning=tuning, optimizer=optimizer, max_steps=4)
    assert record.reload.max_abs_logit_difference == 0.0
    assert record.validation[-1].loss < record.validation[0].loss
    saved = load_file(tmp_path / "out" / "model.safetensors")
    assert ("lm_head.weight" in saved) != tied
    assert {tensor.dtype for tensor in saved.values()} == {getattr(torch, dtype)}
    assert json.loads((tmp_path / "out" / "config.json").read_text())["tie_word_embeddings"] is tied


def test_sequence_weighting_does_not_depend_on_packs_or_accumulation(tmp_path: Path) -> None:
    # One pack of all rows, or many packs added up: the same first step. Another weighting: another.
    model = write_small_model(tmp_path / "base")
    settings = {"max_steps": 1, "epochs": 1, "tuning": {"rank": 4}, "packs_per_step": 100}
    one, many, by_token = RecordingObserver(), RecordingObserver(), RecordingObserver()
    sequence = {"weighting": "sequence", "z_loss": 1e-3, "chunk_tokens": 7}
    _train(tmp_path, model, observer=one, name="one", loss=sequence, max_tokens=1024, **settings)
    _train(tmp_path, model, observer=many, name="many", loss=sequence, max_tokens=320, **settings)
    _train(tmp_path, model, observer=by_token, name="token", max_tokens=1024, **settings)
    assert one.plans[0].stages[0].num_packs < many.plans[0].stages[0].num_packs
    assert one.steps[0].loss == pytest.approx(many.steps[0].loss, rel=1e-6)
    assert one.steps[0].grad_norm == pytest.approx(many.steps[0].grad_norm, rel=1e-5)
    assert abs(one.steps[0].grad_norm - by_token.steps[0].grad_norm) > 0.1
