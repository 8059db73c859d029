"""A checkpoint becomes a model folder or an adapter folder."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from peft import PeftModel
from safetensors.torch import load_file
from small_student import RecordingObserver, small_recipe, write_small_build, write_small_model
from transformers import AutoConfig, AutoModelForCausalLM, AutoTokenizer

from pipeline.config.recipe import Recipe
from pipeline.config.start import Start
from pipeline.convert import Converted, ModelForm, convert_checkpoint
from pipeline.errors import InputError
from pipeline.finetune import finetune
from pipeline.train.rope.scaled_config import base_config, config_scaling

IDS_1T = torch.arange(300)[None] * 7 % 251


def _trained(folder: Path, **finetune_section: object) -> Recipe:
    """Train four steps; checkpoints of steps 2 and 4 are kept."""
    section = {"optimizer": {"learning_rate": 0.05, "warmup_steps": 1}, **finetune_section}
    recipe = small_recipe(write_small_model(folder / "base"), **section)
    data = write_small_build(folder / "build")
    out = str(folder / "run")
    finetune(recipe, data=data, model=None, output=out, start=Start.RESUME, observer=RecordingObserver())
    return recipe


def _convert(folder: Path, recipe: Recipe, form: ModelForm, *, step: int | None = None, name: str = "out") -> Converted:
    return convert_checkpoint(
        recipe,
        data=str(folder / "build"),
        base_model=recipe.finetune.model,
        run_folder=str(folder / "run"),
        step=step,
        form=form,
        output=str(folder / name),
        observer=RecordingObserver(),
    )


@torch.no_grad()
def _logits(model: torch.nn.Module) -> torch.Tensor:
    logits: torch.Tensor = model.eval()(input_ids=IDS_1T, use_cache=False).logits
    return logits


def test_last_checkpoint_becomes_the_model_that_the_run_left(tmp_path: Path) -> None:
    recipe = _trained(tmp_path)
    assert _convert(tmp_path, recipe, ModelForm.MODEL) == Converted(str(tmp_path / "out"), 4, "main")
    ours, theirs = (load_file(tmp_path / name / "model.safetensors") for name in ("out", "run"))
    assert ours.keys() == theirs.keys() and all(torch.equal(ours[name], theirs[name]) for name in theirs)
    assert config_scaling(base_config(str(tmp_path / "out"))).max_tokens == 1024
    _convert(tmp_path, recipe, ModelForm.MODEL, step=2, name="earlier")
    earlier = load_file(tmp_path / "earlier" / "model.safetensors")
    assert not all(torch.equal(earlier[name], theirs[name]) for name in theirs)


@pytest.mark.parametrize(
    ("tuning", "tied"),
    [
        ({"rank": 4}, True),
        ({"rank": 4}, False),
        ({"rank": 4, "train_embeddings": False, "train_norms": False}, True),
        ({"rank": 4, "rslora": True, "dora": True}, True),
    ],
)
def test_adapter_on_the_base_model_with_its_config_is_the_model_that_the_run_left(
    tmp_path: Path, tuning: dict[str, object], tied: bool
) -> None:
    section = {"tuning": tuning, "optimizer": {"learning_rate": 0.05, "warmup_steps": 1}}
    recipe = small_recipe(write_small_model(tmp_path / "base", tie_word_embeddings=tied), **section)
    data = write_small_build(tmp_path / "build")
    observer = RecordingObserver()
    finetune(recipe, data=data, model=None, output=str(tmp_path / "run"), start=Start.RESUME, observer=observer)
    _convert(tmp_path, recipe, ModelForm.ADAPTER)
    config = AutoConfig.from_pretrained(tmp_path / "out")
    base = AutoModelForCausalLM.from_pretrained(tmp_path / "base", config=config)
    untouched = _logits(base)
    loaded = PeftModel.from_pretrained(base, str(tmp_path / "out"))
    merged = AutoModelForCausalLM.from_pretrained(tmp_path / "run")
    assert torch.allclose(_logits(loaded), _logits(merged), atol=1e-4)
    assert not torch.allclose(_logits(merged), untouched, atol=1e-2)
    assert torch.allclose(_logits(loaded.merge_and_unload()), _logits(merged), atol=1e-4)
    assert "model.safetensors" not in {path.name for path in (tmp_path / "out").iterdir()}
    written = json.loads((tmp_path / "out" / "adapter_config.json").read_text())
    assert bool(written["modules_to_save"]) == tuning.get("train_norms", True)
    assert config.rope_parameters["rope_type"] == "yarn" and config.max_position_embeddings == 1024
    assert AutoTokenizer.from_pretrained(tmp_path / "out").chat_template
    assert "config=AutoConfig.from_pretrained(folder)" in (tmp_path / "out" / "README.md").read_text()


def test_run_without_adapters_without_checkpoints_or_of_another_recipe_is_refused(tmp_path: Path) -> None:
    recipe = _trained(tmp_path, tuning={"method": "full"})
    with pytest.raises(InputError, match="trains every weight"):
        _convert(tmp_path, recipe, ModelForm.ADAPTER)
    with pytest.raises(InputError, match="no checkpoint of step 3; its checkpoints are of step: 2, 4"):
        _convert(tmp_path, recipe, ModelForm.MODEL, step=3, name="new")
    other = recipe.model_copy(update={"seed": recipe.seed + 1})
    with pytest.raises(InputError, match="different recipe, data or base model"):
        _convert(tmp_path, other, ModelForm.MODEL, name="new")
    damaged = next((tmp_path / "run" / "checkpoints" / "step-000002").glob("*.distcp"))
    damaged.write_bytes(damaged.read_bytes()[:-1] + b"x")
    with pytest.raises(InputError, match="The checkpoint of step 2 is damaged"):
        _convert(tmp_path, recipe, ModelForm.MODEL, step=2, name="new")
    with pytest.raises(InputError, match="exists and is not empty"):
        _convert(tmp_path, recipe, ModelForm.MODEL, name="run")
    (tmp_path / "run").rename(tmp_path / "moved")
    with pytest.raises(InputError, match="has no checkpoints"):
        _convert(tmp_path, recipe, ModelForm.MODEL, name="new")
    assert not (tmp_path / "run").exists() and not (tmp_path / "new").exists()
