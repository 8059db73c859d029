"""The recipe section `finetune.answers`: the model's own answers to held-out questions during training."""

from __future__ import annotations

from pydantic import NonNegativeInt, PositiveInt

from pipeline.config.base import RecipeSection


class AnswersRecipe(RecipeSection):
    """Answers to a small, fixed sample of held-out questions, before a stage's first step and then again and again.

    The model answers as it will be served: greedily and with full attention. Answers are scored as by `evaluate` (F1
    and exact match, with intervals over documents). Each stage that trains on rows has its own sample, from validation
    rows that fit its `max_tokens`. Training itself is not affected.
    """

    turns: NonNegativeInt = 8
    """The maximum number of questions, drawn by the seed and spread over documents. 0 disables the answers. Eight show
    whether a model begins to answer; 50 or more are needed to tell checkpoints apart."""
    max_prompt_tokens: PositiveInt = 32_768
    """The maximum length of all prompts together, which bounds the time. Questions of one row share its beginning,
    which counts once. Questions that do not fit are not drawn."""
    max_answer_tokens: PositiveInt = 64
    """The length at which an answer is cut. Questions with a longer gold answer are not drawn."""
    every_steps: PositiveInt | None = None
    """The number of steps between measurements; by default `validate_every_steps`. The questions are also asked at the
    end of every stage."""
