"""Switch the live model to the next stage: new rotary frequencies and lengths, the same weights.

In: a student in training and the stage that begins. Out: the student as it would have been built for that stage; the
rotary frequencies are checked. Optimizer state belongs to the weights and is kept. Cost: milliseconds.
"""

from __future__ import annotations

from dataclasses import replace

from transformers import PreTrainedConfig, PreTrainedModel

from pipeline.train.attention.placement import model_attention
from pipeline.train.model.student import Student
from pipeline.train.rope.in_force import assert_rope_in_force, rotary_modules
from pipeline.train.rope.scaled_config import copy_scaling, scaled_config
from pipeline.train.run.stages import TrainingStage


def enter_stage(student: Student, stage: TrainingStage, *, base_model: str) -> Student:
    """Apply the stage's RoPE scaling, and use its lengths for the attention pattern.

    Args:
        student: the student; its model is changed in place.
        stage: the stage that begins.
        base_model: reference of the model whose original length every stage's scaling is relative to.

    Raises:
        TrainingError: the model's rotary frequencies differ from the stage's.
    """
    if stage.scaling.has_rotary:
        _rescale(student.model, scaled_config(base_model, stage.settings.rope))
    return replace(
        student,
        attention=model_attention(student.model, stage.settings.attention, max_tokens=stage.settings.max_tokens),
        scaling=stage.scaling,
        inv_freq_error=assert_rope_in_force(student.model, stage.scaling),
    )


def _rescale(model: PreTrainedModel, config: PreTrainedConfig) -> None:
    """Rebuild the rotary modules from the changed config; they read it only when they are built."""
    copy_scaling(model.config, config)
    rotaries = {id(rotary) for rotary in rotary_modules(model)}
    for parent in list(model.modules()):
        for name, child in list(parent.named_children()):
            if id(child) in rotaries:
                setattr(parent, name, type(child)(config=child.config).to(model.device))
