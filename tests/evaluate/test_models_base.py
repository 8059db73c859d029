"""Which base a tuned model is put beside, and what is said of a model that cannot be loaded."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from small_student import write_small_model

from pipeline.errors import DamagedFileError, InputError
from pipeline.evaluate.cells import Role
from pipeline.evaluate.models import base_of, describe_subject, load_model
from pipeline.io.checked_json import write_checked


def test_base_is_the_recipes_then_that_of_the_training_then_none(tmp_path: Path) -> None:
    (tmp_path / "plain").mkdir()
    assert base_of(str(tmp_path / "plain"), configured="") is None
    write_checked(str(tmp_path / "training.json"), {"base_model": "owner/base"})
    assert base_of(str(tmp_path), configured="") == "owner/base"
    assert base_of(str(tmp_path), configured="owner/other") == "owner/other"
    write_checked(str(tmp_path / "training.json"), {"base_model": ""})
    assert base_of(str(tmp_path), configured="") is None


def test_base_of_a_damaged_record_says_how_to_go_on(tmp_path: Path) -> None:
    (tmp_path / "training.json").write_text("{")
    with pytest.raises(DamagedFileError) as raised:
        base_of(str(tmp_path), configured="")
    assert raised.value.remedy == "Run the finetune command that wrote it again, or set evaluate.base_model."
    assert "training.json" in raised.value.message


def test_subject_says_what_its_config_says(tmp_path: Path) -> None:
    rope = {"rope_type": "yarn", "rope_theta": 10_000.0, "factor": 4.0, "original_max_position_embeddings": 512}
    model = write_small_model(tmp_path, max_position_embeddings=2048, rope_parameters=rope)
    subject = describe_subject(model, role=Role.BASE)
    assert (subject.role, subject.reference) == (Role.BASE, model)
    assert (subject.context_tokens, subject.original_context_tokens) == (2048, 512)
    assert {key: subject.rope[key] for key in rope} == rope
    assert describe_subject(model, role=Role.TUNED).fingerprint == subject.fingerprint


def test_model_that_cannot_be_loaded_says_why_and_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(InputError) as raised:
        load_model(str(tmp_path), dtype="float99", device="cpu")
    assert raised.value.message == "evaluate.dtype 'float99' is not a torch dtype."
    assert raised.value.remedy == "Use bfloat16 or float32."
    for dtype in ("nn", "zeros"):
        with pytest.raises(InputError, match=f"'{dtype}' is not a torch dtype"):
            load_model(str(tmp_path), dtype=dtype, device="cpu")
    model = write_small_model(tmp_path)
    for path in tmp_path.glob("*.safetensors"):
        path.unlink()
    with pytest.raises(InputError) as raised:
        load_model(model, dtype="float32", device="cpu")
    assert raised.value.remedy == (
        "Get the model's safetensors files. Or, if you trust the model, convert it once: "
        "load it with transformers and call save_pretrained."
    )


def test_model_without_a_config_names_what_may_be_given(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError) as raised:
        describe_subject(str(tmp_path / "empty"), role=Role.TUNED)
    assert raised.value.remedy == (
        "Give the folder of a finished finetune, a hub name owner/model, or embedded:smollm2-135m-instruct."
    )


@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
def test_model_is_in_evaluation_mode_in_the_wanted_dtype(tmp_path: Path, dtype: str) -> None:
    model = load_model(write_small_model(tmp_path), dtype=dtype, device="cpu")
    assert not model.training
    assert {parameter.dtype for parameter in model.parameters()} == {getattr(torch, dtype)}
    assert model.config._attn_implementation == "sdpa"
