"""Stages are the recipe with some fields changed; entering one leaves the model as if built for it."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from pydantic import ValidationError
from small_architectures import write_random_model
from small_student import ORIGINAL_TOKENS, small_recipe, write_small_model

from pipeline.config.finetune import FinetuneRecipe
from pipeline.config.stages import StageData
from pipeline.errors import InputError
from pipeline.train.attention.patterns import FULL
from pipeline.train.data.batch import collate
from pipeline.train.data.rows import TokenizedRow
from pipeline.train.model.forward import final_hidden_states
from pipeline.train.model.student import Student, build_student, enter_stage
from pipeline.train.rope.in_force import rotary_modules
from pipeline.train.rope.scaling import without_rotary
from pipeline.train.run.stages import TrainingStage, longest_stage, resolve_stages

METHODS = ("none", "linear", "ntk", "dynamic", "yarn", "llama3", "giraffe_power", "giraffe_truncated")
"""longrope needs factors, and is what ntk and the Giraffe methods are written as."""


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> str:
    return write_small_model(tmp_path_factory.mktemp("stages") / "base")


def _recipe(model: str, *stages: dict[str, object], **finetune: object) -> FinetuneRecipe:
    return small_recipe(model, stages=list(stages), **finetune).finetune


def _resolved(model: str, *stages: dict[str, object], **finetune: object) -> tuple[TrainingStage, ...]:
    return resolve_stages(_recipe(model, *stages, **finetune), base_model=model)


def test_recipe_without_stages_has_one_over_the_rows(model: str) -> None:
    recipe = _recipe(model)
    (stage,) = resolve_stages(recipe, base_model=model)
    assert (stage.name, stage.data, stage.corpus_share) == ("main", StageData.SFT, 0.0)
    assert (stage.num_tokens, stage.num_epochs, stage.num_steps) == (None, 4, 4)
    assert stage.settings == recipe
    assert stage.scaling.max_tokens == 2 * ORIGINAL_TOKENS


def test_stage_takes_over_what_it_does_not_change(model: str) -> None:
    first, second = _resolved(
        model,
        {"name": "read", "data": "corpus", "max_tokens": 256, "rope": {"method": "none"}, "tokens": 5000},
        {"name": "answer", "data": "mixed", "corpus_share": 0.25, "packs_per_step": 3, "learning_rate": 0.5},
    )
    assert (first.settings.max_tokens, second.settings.max_tokens) == (256, 640)
    assert (first.scaling.method, second.scaling.method) == ("none", "yarn")
    assert (first.scaling.max_tokens, second.scaling.max_tokens) == (ORIGINAL_TOKENS, 2 * ORIGINAL_TOKENS)
    assert (first.corpus_share, second.corpus_share) == (1.0, 0.25)
    assert (first.num_tokens, first.num_epochs, first.num_steps) == (5000, None, None), "its own duration alone"
    assert (second.num_tokens, second.num_epochs, second.num_steps) == (None, 4, 4), "the recipe's"
    assert (first.settings.packs_per_step, second.settings.packs_per_step) == (1, 3)
    assert (first.settings.optimizer.learning_rate, second.settings.optimizer.learning_rate) == (0.01, 0.5)
    assert first.settings.stages == second.settings.stages == ()


def test_stage_with_packs_beyond_its_context_is_named(model: str) -> None:
    with pytest.raises(InputError, match=r"finetune.stages\[1\] \(long\).max_tokens is 640, .* reaches 512"):
        _resolved(model, {"name": "short", "max_tokens": 256}, {"name": "long", "rope": {"method": "none"}})


@pytest.mark.parametrize(
    ("stages", "message"),
    [
        ([{"name": "a", "data": "mixed"}], "data mixed needs corpus_share"),
        ([{"name": "a", "corpus_share": 0.5}], "data mixed needs corpus_share"),
        ([{"name": "a"}, {"name": "a"}], "two stages have the same name"),
    ],
)
def test_stages_that_contradict_themselves_are_refused(
    model: str, stages: list[dict[str, object]], message: str
) -> None:
    with pytest.raises(ValidationError, match=message):
        _recipe(model, *stages)


def _hidden(student: Student, length: int) -> torch.Tensor:
    student.model.eval()
    row = TokenizedRow("r", torch.arange(length).numpy().astype("int32") % 250, torch.ones(length).bool().numpy(), 1.0)
    with torch.no_grad():
        return final_hidden_states(student, collate([row], device=student.device))


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("before", ["yarn", "dynamic", "none"])
def test_entered_stage_computes_what_a_model_built_for_it_computes(model: str, before: str, method: str) -> None:
    def rope(name: str) -> dict[str, object]:
        return {"method": name, "factor": 1.0 if name == "none" else 2.0}

    first, second = _resolved(
        model,
        {"name": "a", "max_tokens": 300, "rope": rope(before)},
        {"name": "b", "max_tokens": 500, "rope": rope(method)},
    )
    student = build_student(model, first.settings, seed=3)
    before_BT = _hidden(student, 280)
    entered = enter_stage(student, second)
    built = build_student(model, second.settings, seed=3)
    assert entered.scaling == built.scaling == second.scaling
    assert entered.attention == built.attention
    assert entered.model.config.rope_parameters == built.model.config.rope_parameters
    assert entered.model.config.max_position_embeddings == built.model.config.max_position_embeddings
    ours, theirs = _hidden(entered, 480), _hidden(built, 480)
    assert ours.abs().max() > 0.1
    assert torch.equal(ours, theirs)
    back = enter_stage(entered, first)
    assert torch.equal(_hidden(back, 280), before_BT), "and back again"


def test_entering_a_stage_leaves_weights_and_their_identity_alone(model: str) -> None:
    first, second = _resolved(
        model, {"name": "a", "rope": {"method": "none"}, "max_tokens": 300}, {"name": "b", "max_tokens": 600}
    )
    student = build_student(model, first.settings, seed=3)
    trainables = student.trainables()
    entered = enter_stage(student, second)
    assert entered.trainables().keys() == trainables.keys() and len(trainables) > 10
    assert all(entered.trainables()[name] is parameter for name, parameter in trainables.items())
    assert len(rotary_modules(entered.model)) == 1


def test_patterns_of_a_share_of_the_pack_follow_the_stages_length(model: str) -> None:
    first, second = _resolved(
        model, {"name": "a", "max_tokens": 400}, {"name": "b", "max_tokens": 800}, attention={"pattern": "s2"}
    )
    student = build_student(model, first.settings, seed=3)
    entered = enter_stage(student, second)
    assert student.attention.pattern != entered.attention.pattern != FULL
    assert entered.attention.validation_pattern == FULL


def test_packs_may_be_as_long_as_the_scaling_reaches_and_not_a_token_longer(model: str) -> None:
    rope = {"method": "linear", "factor": 2}
    reach = 2 * ORIGINAL_TOKENS
    (stage,) = _resolved(model, rope=rope, max_tokens=reach)
    assert (stage.settings.max_tokens, stage.scaling.max_tokens) == (reach, reach)
    with pytest.raises(InputError, match=f"max_tokens is {reach + 1}, but RoPE method linear on .* reaches {reach}"):
        _resolved(model, rope=rope, max_tokens=reach + 1)


def test_stage_that_gives_one_limit_takes_none_of_the_others_from_the_recipe(model: str) -> None:
    stages = ({"name": "a", "tokens": 50}, {"name": "b", "max_steps": 3}, {"name": "c", "epochs": 4}, {"name": "d"})
    limits = [
        (stage.num_tokens, stage.num_epochs, stage.num_steps)
        for stage in _resolved(model, *stages, epochs=2, max_steps=9)
    ]
    assert limits == [(50, None, None), (None, None, 3), (None, 4, None), (None, 2, 9)]


def test_stage_of_mixed_data_has_its_share_of_documents_and_others_all_or_none(model: str) -> None:
    stages = (
        {"name": "a", "data": "sft"},
        {"name": "b", "data": "corpus"},
        {"name": "c", "data": "mixed", "corpus_share": 0.3},
    )
    assert [stage.corpus_share for stage in _resolved(model, *stages)] == [0.0, 1.0, 0.3]


@pytest.mark.parametrize(
    ("rope", "max_tokens", "message", "remedy"),
    [
        ({"method": "none"}, 1024, "RoPE method none on '{model}' reaches 512.", "a rope.factor of 2 or more."),
        ({"method": "yarn", "factor": 2.0}, 1280, "RoPE method yarn on '{model}' reaches 1024 (512 × 2).",
         "a rope.factor of 2.5 or more."),
        ({"method": "linear", "factor": 1.5}, 769, "RoPE method linear on '{model}' reaches 768 (512 × 1.5).",
         "a rope.factor of 1.50195 or more."),
    ],
)  # fmt: skip
def test_packs_beyond_the_context_are_refused_with_the_factor_that_would_do(
    model: str, rope: dict[str, object], max_tokens: int, message: str, remedy: str
) -> None:
    for stages, where in (((), "finetune"), (({"name": "a"},), "finetune.stages[0] (a)")):
        with pytest.raises(InputError) as refused:
            _resolved(model, *stages, rope=rope, max_tokens=max_tokens)
        said = message.replace("{model}", model)
        assert refused.value.message == f"{where}.max_tokens is {max_tokens}, but {said}"
        assert refused.value.remedy == f"Lower {where}.max_tokens, or scale with {remedy}"


def test_longest_stage_is_that_of_the_longest_packs_wherever_it_stands(model: str) -> None:
    lengths = (200, 500, 300)
    stages = _resolved(model, *({"name": f"s{n}", "max_tokens": n} for n in lengths))
    assert longest_stage(stages).name == "s500"
    assert [stage.number for stage in stages] == [0, 1, 2]


def test_model_without_rotary_embeddings_is_bounded_by_the_packs_of_each_stage(tmp_path: Path) -> None:
    mamba = write_random_model(tmp_path, "mamba")
    settings = {"rope": {"method": "none"}, "max_tokens": 700}
    stages = _resolved(mamba, {"name": "a", "max_tokens": 300}, {"name": "b"}, **settings)
    assert [stage.scaling for stage in stages] == [without_rotary(300), without_rotary(700)]


def test_settings_that_a_stage_does_not_give_are_the_recipes_to_the_last(model: str) -> None:
    optimizer = {"learning_rate": 0.25, "weight_decay": 0.5, "beta1": 0.7, "warmup_steps": 3}
    recipe = _recipe(model, {"name": "a", "learning_rate": 0.125}, optimizer=optimizer, packs_per_step=3)
    (stage,) = resolve_stages(recipe, base_model=model)
    changed = recipe.optimizer.model_copy(update={"learning_rate": 0.125})
    assert stage.settings == recipe.model_copy(update={"stages": (), "optimizer": changed})


def test_stage_takes_the_languages_of_the_run_unless_it_names_its_own_or_all(model: str) -> None:
    stages = ({"name": "as_the_run"}, {"name": "own", "languages": ["ko"]}, {"name": "all", "languages": []})
    recipe = _recipe(model, *stages, languages=["en"])
    found = [stage.settings.languages for stage in resolve_stages(recipe, base_model=model)]
    assert found == [("en",), ("ko",), ()]


def test_scaled_base_beyond_its_context_is_told_to_replace_its_scaling(tmp_path: Path) -> None:
    linear = {"rope_type": "linear", "rope_theta": 10000.0, "factor": 2.0}
    scaled = write_small_model(tmp_path, rope_parameters=linear)
    with pytest.raises(InputError) as refused:
        _resolved(scaled, rope={"method": "none"}, max_tokens=2048)
    assert refused.value.message == (f"finetune.max_tokens is 2048, but RoPE method none on '{scaled}' reaches 1024.")
    assert refused.value.remedy == (
        "Lower finetune.max_tokens, or scale with a rope.factor of 4 or more and rope.replace_existing, since the base "
        "model is already scaled."
    )
