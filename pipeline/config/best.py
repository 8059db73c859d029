"""The recipe section `finetune.best`: which checkpoint becomes the model, and when training stops early."""

from __future__ import annotations

from enum import StrEnum
from typing import Self

from pydantic import PositiveInt, model_validator

from pipeline.config.base import RecipeSection


class BestMetric(StrEnum):
    """What decides which checkpoint is the best one."""

    HELD_OUT_LOSS = "held_out_loss"
    """The lowest loss on the validation rows, or on the validation documents if the last stage has no rows."""
    ANSWERS_F1 = "answers.f1"
    """The highest F1 of the answers to held-out questions; the held-out loss if there are no questions. Ask at least 50
    (`finetune.answers.turns`): of eight, chance decides."""
    LAST = "last"
    """The last step is always exported."""


class BestRecipe(RecipeSection):
    """The model that a training exports is that of its best checkpoint. Checkpoints of the last stage are compared,
    wherever it was measured; the weights before its first step do not count."""

    metric: BestMetric = BestMetric.HELD_OUT_LOSS
    patience: PositiveInt | None = None
    """Stop the last stage after so many measurements in a row that are not better than the best one. Null never stops
    early. The learning rate is scheduled over all planned steps."""

    @model_validator(mode="after")
    def _patience_has_a_metric(self) -> Self:
        if self.metric is BestMetric.LAST and self.patience is not None:
            raise ValueError("patience needs a metric to wait for; set metric to held_out_loss or answers.f1")
        return self
