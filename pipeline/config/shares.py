"""The recipe section `export.shares`: how large a part of the training data a group of questions may or should be."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Self

from pydantic import PositiveInt, model_validator

from pipeline.config.base import RecipeSection, Share
from pipeline.config.plugins import STRUCTURAL_TASK, NameOf
from pipeline.domains import Domain
from pipeline.languages import Language
from pipeline.records import Origin, TaskFamily


class Measure(StrEnum):
    """What a share is measured in."""

    TURNS = "turns"
    """Questions."""
    TOKENS = "tokens"
    """Tokens that training reads. A question's part is that of its row: the document and all turns, divided by the
    number of turns. Before rows are rendered, it is estimated from the length of the context and full rows."""
    LOSS_TOKENS = "loss_tokens"
    """Tokens of answers, which training learns. Before rows are rendered, they are estimated from the characters of the
    answer and the characters for each token of its context."""


class ShareRule(RecipeSection):
    """The maximum or minimum share of one group of questions: those that match every field that is set.

    The maximum is raised if there are too few other questions; see `export.max_balance_loss`. The minimum makes the
    group's questions come first, but drops no others. The report says where a share was not reached.
    """

    family: TaskFamily | None = None
    task: Annotated[str, NameOf(STRUCTURAL_TASK)] | None = None
    origin: Origin | None = None
    domain: Domain | None = None
    language: Language | None = None
    bucket: PositiveInt | None = None
    from_bucket: PositiveInt | None = None
    """Contexts of this bucket or a larger one. With `until_bucket`, it divides the data into long and short."""
    until_bucket: PositiveInt | None = None
    """Contexts of this bucket or a smaller one."""
    min: Share = 0.0
    max: Share = 1.0
    of: Measure = Measure.TOKENS

    @model_validator(mode="after")
    def _limits_a_group(self) -> Self:
        fields = ("family", "task", "origin", "domain", "language", "bucket", "from_bucket", "until_bucket")
        if all(getattr(self, name) is None for name in fields):
            raise ValueError(f"a share needs a group; set at least one of {', '.join(fields)}")
        if self.min == 0.0 and self.max == 1.0:
            raise ValueError("a share without min and max limits nothing; set one of them")
        if self.min > self.max:
            raise ValueError(f"min {self.min} is larger than max {self.max}")
        return self
