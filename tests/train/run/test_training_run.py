"""Which folder a run may write to, and what makes two runs the same."""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum
from pathlib import Path
from typing import Any

import pytest
from packed_build import write_small_corpus
from pydantic import ValidationError
from small_student import ORIGINAL_TOKENS, small_recipe, write_small_build, write_small_model

from pipeline.config.base import RecipeSection
from pipeline.config.finetune import FinetuneRecipe
from pipeline.config.recipe import Recipe
from pipeline.config.start import Start
from pipeline.errors import InputError
from pipeline.io.checked_json import read_checked
from pipeline.train.export.summary import base_licence
from pipeline.train.run.identity import data_fingerprint, model_fingerprint, run_identity, stages_fingerprint
from pipeline.train.run.training_run import claim_folder, open_run


@pytest.fixture
def model(tmp_path: Path) -> str:
    return write_small_model(tmp_path / "base")


def test_identity_follows_what_is_trained_not_how_it_is_kept(tmp_path: Path, model: str) -> None:
    def identity(data_id: str = "d", **finetune: object) -> str:
        return run_identity(small_recipe(model, **finetune), base_model=model, data_id=data_id).fingerprint

    base = identity()
    assert identity(save_every_steps=7, keep_checkpoints=9, report_to=[]) == base
    assert identity(memory={"layer_inputs": "host", "mlp_tile_tokens": 64, "fused_layers": False}) == base
    assert identity(attention={"kernel": "sdpa", "evaluate_with": "pattern"}, loss={"chunk_tokens": 8}) == base
    assert identity(probe={"every_steps": 1}, validate_every_steps=1, max_validation_packs=1) == base
    other_model = write_small_model(tmp_path / "other", tie_word_embeddings=False)
    others = {identity(max_tokens=600), identity(rope={"method": "linear", "factor": 2.0}), identity(data_id="e")}
    others.add(run_identity(small_recipe(model), base_model=other_model, data_id="d").fingerprint)
    seeded = Recipe.model_validate({**small_recipe(model).model_dump(mode="json"), "seed": 18})
    others.add(run_identity(seeded, base_model=model, data_id="d").fingerprint)
    others |= {identity(attention={"pattern": "s2"}), identity(loss={"chunk_tokens": 16, "z_loss": 0.1})}
    others |= {identity(optimizer={"learning_rate": 0.02}), identity(tuning={"rank": 8}), identity(packs_per_step=2)}
    assert base not in others
    assert len(others) == 10


HOW_IT_IS_KEPT = {"save_every_steps", "keep_checkpoints", "report_to", "device", "threads", "model", "deterministic"}
HOW_IT_IS_KEPT |= {"validate_every_steps", "max_validation_packs", "attention.kernel", "attention.evaluate_with"}
HOW_IT_IS_KEPT |= {"min_validation_packs", "min_validation_tokens"}
HOW_IT_IS_COMPUTED = ("memory.", "distributed.", "probe.", "answers.", "loss.chunk_tokens")
OTHER_VALUES = (True, False, 2, 0.5, 1.5, 7, "x", None, ("q_proj",), (0.25,), (3,), ("none",), ({"name": "a"},))


def _leaves(section: RecipeSection, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], object]]:
    for name in type(section).model_fields:
        value = getattr(section, name)
        if isinstance(value, RecipeSection):
            yield from _leaves(value, (*path, name))
        else:
            yield (*path, name), value


def _changed(settings: dict[str, Any], path: tuple[str, ...], value: object) -> FinetuneRecipe | None:
    """The settings with another value for one key, whichever is valid there; None if none of ours is."""
    others = list(type(value)) if isinstance(value, Enum) else []
    for other in (*others, *OTHER_VALUES):
        section = other
        for at in range(len(path) - 1, -1, -1):
            outer = settings
            for name in path[:at]:
                outer = outer[name]
            section = {**outer, path[at]: section}
        try:
            recipe = FinetuneRecipe.model_validate(section)
        except ValidationError:
            continue
        if recipe != FinetuneRecipe.model_validate(settings):
            return recipe
    return None


def test_every_key_is_of_the_run_or_said_to_be_how_it_is_kept(model: str) -> None:
    recipe = small_recipe(model)
    settings = recipe.finetune.model_dump(mode="json")

    def identity(finetune: FinetuneRecipe) -> str:
        changed = recipe.model_copy(update={"finetune": finetune})
        return run_identity(changed, base_model=model, data_id="d").fingerprint

    before, tried = identity(recipe.finetune), 0
    for path, value in _leaves(recipe.finetune):
        changed = _changed(settings, path, value)
        if changed is None:
            continue
        name, tried = ".".join(path), tried + 1
        is_kept_apart = name in HOW_IT_IS_KEPT or name.startswith(HOW_IT_IS_COMPUTED)
        assert (identity(changed) == before) is is_kept_apart, name
    assert tried >= 55, "most keys have another value that is valid alone"


def test_model_fingerprint_follows_the_weights(tmp_path: Path, model: str) -> None:
    copy = write_small_model(tmp_path / "copy")
    assert model_fingerprint(copy) == model_fingerprint(model)
    with (tmp_path / "copy" / "model.safetensors").open("r+b") as file:
        file.seek(-1, 2)
        file.write(b"\x01")
    assert model_fingerprint(copy) != model_fingerprint(model)


def test_folder_is_claimed_once_and_reopened_by_the_same_run(tmp_path: Path) -> None:
    output = str(tmp_path / "model")
    assert claim_folder(output, "mine", Start.RESUME) == tmp_path / "model"
    (tmp_path / "model" / "kept").write_text("x")
    claim_folder(output, "mine", Start.RESUME)
    assert (tmp_path / "model" / "kept").is_file()


def test_folder_of_another_run_is_refused_until_fresh(tmp_path: Path) -> None:
    output = str(tmp_path / "model")
    claim_folder(output, "mine", Start.RESUME)
    (tmp_path / "model" / "old").write_text("x")
    with pytest.raises(InputError, match="--fresh"):
        claim_folder(output, "other", Start.RESUME)
    claim_folder(output, "other", Start.FRESH)
    assert not (tmp_path / "model" / "old").exists()


@pytest.mark.parametrize("start", list(Start))
def test_folder_with_other_content_is_never_touched(tmp_path: Path, start: Start) -> None:
    (tmp_path / "thesis.txt").write_text("three years of work")
    with pytest.raises(InputError, match="not a model folder"):
        claim_folder(str(tmp_path), "mine", start)
    assert (tmp_path / "thesis.txt").read_text() == "three years of work"


def test_output_below_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(InputError, match="Cannot write"):
        claim_folder(str(tmp_path / "file" / "model"), "mine", Start.RESUME)


def test_remote_output_is_refused() -> None:
    with pytest.raises(InputError, match="not a local path"):
        claim_folder("gs://bucket/model", "mine", Start.RESUME)


def test_packs_beyond_the_scaled_context_are_refused_before_the_folder_is_touched(tmp_path: Path, model: str) -> None:
    build = write_small_build(tmp_path / "build")
    recipe = small_recipe(model, max_tokens=2 * ORIGINAL_TOKENS + 1)
    with pytest.raises(InputError, match=r"max_tokens is 1025, but RoPE method yarn .* reaches 1024 \(512 × 2\)"):
        open_run(recipe, data=build, base_model=model, output=str(tmp_path / "out"), start=Start.RESUME)
    assert not (tmp_path / "out").exists()


def test_run_in_stages_has_its_last_scaling_and_a_view_of_each(tmp_path: Path, model: str) -> None:
    build = write_small_build(tmp_path / "build")
    stages = [{"name": "a", "rope": {"method": "none"}, "max_tokens": 300}, {"name": "b"}]
    recipe = small_recipe(model, stages=stages)
    run = open_run(recipe, data=build, base_model=model, output=str(tmp_path / "out"), start=Start.RESUME)
    assert run.scaling.max_tokens == 2 * ORIGINAL_TOKENS
    first = run.for_stage(run.stages[0])
    assert (first.settings.max_tokens, first.scaling.max_tokens, first.root) == (300, ORIGINAL_TOKENS, run.root)


def test_identity_follows_the_kinds_of_data_that_stages_train_on(tmp_path: Path, model: str) -> None:
    build = write_small_build(tmp_path / "build")
    write_small_corpus(build, tokenizer=model)

    def data_id(*kinds: str) -> str:
        shares = {"mixed": {"corpus_share": 0.5}}
        stages = [{"name": f"s{i}", "data": kind, **shares.get(kind, {})} for i, kind in enumerate(kinds)]
        return stages_fingerprint(small_recipe(model, stages=stages).finetune, build)

    assert data_id() == data_id("sft", "sft")
    assert data_id("mixed") == data_id("corpus", "sft")
    before = {data_id(), data_id("corpus"), data_id("mixed")}
    assert len(before) == 3
    write_small_corpus(build, tokenizer=model, num_documents=7)
    assert not {data_id("corpus"), data_id("mixed")} & before


def test_licence_is_read_from_the_base_models_card(model: str) -> None:
    assert base_licence(model) == ""
    (Path(model) / "README.md").write_text("---\nlicense: apache-2.0\n---\n# Base\n")
    assert base_licence(model) == "apache-2.0"
    assert base_licence("embedded:smollm2-135m-instruct") == "apache-2.0"


def test_refusals_of_a_folder_say_what_it_holds_and_what_to_choose(tmp_path: Path) -> None:
    output = str(tmp_path / "model")
    claim_folder(output, "mine", Start.RESUME)
    with pytest.raises(InputError) as another:
        claim_folder(output, "other", Start.RESUME)
    assert another.value.message == f"{output} holds a training run with a different recipe, data or base model."
    assert another.value.remedy == "Start over with --fresh, or choose a different folder with --output."
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "a.txt").write_text("x")
    (tmp_path / "file").write_text("x")
    for name in ("thesis", "file"):
        with pytest.raises(InputError) as foreign:
            claim_folder(str(tmp_path / name), "mine", Start.FRESH)
        assert foreign.value.message == f"{tmp_path / name} exists but is not a model folder."
        assert foreign.value.remedy == "Choose a different folder with --output."
    with pytest.raises(InputError) as remote:
        claim_folder("s3://bucket/model", "mine", Start.RESUME)
    assert remote.value.message == "The model folder s3://bucket/model is not a local path."
    assert remote.value.remedy == "Choose a local folder with --output."


@pytest.mark.parametrize("mark", ["run.json", "run.json.damaged", "training.json"])
def test_folder_with_any_file_of_ours_and_an_empty_one_may_be_claimed(tmp_path: Path, mark: str) -> None:
    (tmp_path / "empty").mkdir()
    assert claim_folder(str(tmp_path / "empty"), "mine", Start.RESUME) == tmp_path / "empty"
    (tmp_path / "ours").mkdir()
    (tmp_path / "ours" / mark).write_text("cut sh")
    assert claim_folder(str(tmp_path / "ours"), "mine", Start.RESUME) == tmp_path / "ours"
    assert read_checked(str(tmp_path / "ours" / "run.json"))["fingerprint"] == "mine"


@pytest.mark.parametrize(
    ("card", "licence"),
    [
        ("---\nlicense: mit\n---\n# Base\n", "mit"),
        ("---\nlanguage: ko\nlicense: llama3.1\n---\nlicense: wrong\n", "llama3.1"),
        ("---\nlanguage: ko\n---\nlicense: wrong\n", ""),
        ("---\n- a list\n---\n", ""),
        ("---\nlicense: [unclosed\n---\n", ""),
        ("# No front matter\n", ""),
        ("", ""),
    ],
)
def test_licence_is_the_one_of_the_cards_front_matter_alone(tmp_path: Path, card: str, licence: str) -> None:
    (tmp_path / "config.json").write_text("{}")
    (tmp_path / "README.md").write_text(card, encoding="utf-8")
    assert base_licence(str(tmp_path)) == licence


def test_fingerprint_of_a_model_follows_its_config_every_weights_file_and_nothing_else(
    tmp_path: Path, model: str
) -> None:
    folder = Path(model)
    found = [model_fingerprint(model)]
    (folder / "README.md").write_text("another card")
    assert model_fingerprint(model) == found[0]
    (folder / "model-00002.safetensors").write_bytes(b"more")
    found.append(model_fingerprint(model))
    (folder / "model-00002.safetensors").rename(folder / "model-00003.safetensors")
    found.append(model_fingerprint(model))
    (folder / "config.json").write_text((folder / "config.json").read_text() + " ")
    found.append(model_fingerprint(model))
    assert len(set(found)) == 4
    assert model_fingerprint("owner/name") != model_fingerprint("owner/other")


def test_run_has_its_folders_and_names_below_the_model_folder(tmp_path: Path, model: str) -> None:
    build, out = write_small_build(tmp_path / "build"), tmp_path / "out"
    recipe = small_recipe("elsewhere").model_copy(update={"seed": 41, "name": "named"})
    run = open_run(recipe, data=build, base_model=model, output=str(out), start=Start.RESUME)
    assert (run.root, run.checkpoints, run.tokens, run.logs) == (
        out, out / "checkpoints", out / "tokens", out / "logs",
    )  # fmt: skip
    assert (run.name, run.seed, run.data, run.base_model, run.finished) == ("named", 41, build, model, None)
    assert run.identity == run_identity(recipe, base_model=model, data_id=data_fingerprint(build))
    assert run.identity.data_fingerprint == data_fingerprint(build)
    assert run.identity.model_fingerprint == model_fingerprint(model)


def test_home_in_the_output_is_the_users(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    assert claim_folder("~/model", "mine", Start.RESUME) == tmp_path / "model"
