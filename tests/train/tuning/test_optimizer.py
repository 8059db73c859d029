"""Which optimizer a recipe gives, and that it steps as AdamW does."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from small_student import small_recipe, write_small_model

from pipeline.errors import InputError
from pipeline.train.model.student import Student, build_student
from pipeline.train.tuning.optimizer import build_optimizer


@pytest.fixture
def student(tmp_path: Path) -> Student:
    model = write_small_model(tmp_path / "base")
    return build_student(model, small_recipe(model).finetune, seed=1)


def test_adamw_steps_as_the_paper_says(student: Student) -> None:
    recipe = small_recipe("base", optimizer={"learning_rate": 0.5, "weight_decay": 0.1, "beta1": 0.9, "beta2": 0.99})
    optimizer = build_optimizer(student.model, recipe.finetune, device=student.device)
    assert all(group["betas"] == (0.9, 0.99) for group in optimizer.param_groups)
    before = {name: p.detach().clone() for name, p in student.trainables().items()}
    torch.manual_seed(0)
    for parameter in student.trainables().values():
        parameter.grad = torch.randn_like(parameter)
    optimizer.step()
    assert {id(p) for g in optimizer.param_groups for p in g["params"]} == {
        id(p) for p in student.trainables().values()
    }
    for name, parameter in student.trainables().items():
        assert parameter.grad is not None
        decay = 0.1 if "lora_" in name else 0.0
        # After one step both moments are bias-corrected to the gradient and its square.
        expected = before[name] * (1 - 0.5 * decay) - 0.5 * parameter.grad / (parameter.grad.abs() + 1e-8)
        assert torch.allclose(parameter, expected, atol=1e-5), name


@pytest.mark.parametrize("kind", ["adamw_8bit", "paged_adamw", "paged_adamw_8bit"])
def test_cuda_optimizers_on_a_cpu_are_refused(student: Student, kind: str) -> None:
    recipe = small_recipe("base", optimizer={"kind": kind})
    with pytest.raises(InputError, match=f"{kind} needs CUDA"):
        build_optimizer(student.model, recipe.finetune, device=student.device)


def test_optimizer_has_the_recipes_numbers_and_makes_one_pass(student: Student) -> None:
    recipe = small_recipe(
        "base",
        optimizer={"learning_rate": 0.125, "weight_decay": 0.25, "beta1": 0.5, "beta2": 0.75},
        tuning={"loraplus_lr_ratio": 4.0},
    )
    groups = build_optimizer(student.model, recipe.finetune, device=student.device).param_groups
    found = [(g["lr"], g["betas"], g["weight_decay"], g["lr_ratio"], g["fused"], g["eps"]) for g in groups]
    assert found == [
        (0.125, (0.5, 0.75), 0.25, 4.0, True, 1e-8),
        (0.125, (0.5, 0.75), 0.25, 1.0, True, 1e-8),
        (0.125, (0.5, 0.75), 0.0, 1.0, True, 1e-8),
    ]


def test_refused_optimizer_says_which_setting_would_do(student: Student) -> None:
    recipe = small_recipe("base", optimizer={"kind": "paged_adamw_8bit"})
    with pytest.raises(InputError) as refused:
        build_optimizer(student.model, recipe.finetune, device=student.device)
    assert refused.value.message == "optimizer.kind paged_adamw_8bit needs CUDA, but the model trains on cpu."
    assert refused.value.remedy == "Set optimizer.kind to adamw."
