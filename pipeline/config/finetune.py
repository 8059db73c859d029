"""The recipe section of `pipeline finetune`; its inner sections are in modules of their own."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, NonNegativeInt, PositiveInt, model_validator

from pipeline.config.answers import AnswersRecipe
from pipeline.config.attention import AttentionRecipe
from pipeline.config.base import RecipeSection
from pipeline.config.best import BestRecipe
from pipeline.config.distributed import DistributedRecipe
from pipeline.config.loss import GuardRecipe, LossRecipe
from pipeline.config.memory import MemoryRecipe
from pipeline.config.optimizer import OptimizerRecipe
from pipeline.config.plugins import default_options
from pipeline.config.rope import ROPE_METHODS, ChosenRope
from pipeline.config.stages import ProbeRecipe, ScheduleSpan, StageRecipe
from pipeline.config.tuning import TuningRecipe
from pipeline.languages import Language


def _as_list(names: object) -> object:
    return (names,) if isinstance(names, str) else names


TrackerNames = Annotated[tuple[str, ...], BeforeValidator(_as_list, json_schema_input_type=str | tuple[str, ...])]
"""Names of trackers. A single name may be written without brackets."""


class StepOrder(StrEnum):
    """Which packs are trained in the same step. A `mixed` stage is always shuffled. The seed determines the order."""

    SHUFFLED = "shuffled"
    """Any packs, so that every step is a sample of all lengths."""
    SIMILAR_COST = "similar_cost"
    """Packs of similar cost, with the steps shuffled, so that processes that share a step rarely wait for each other
    (LongAlign's sorted batching, arXiv 2401.18058)."""


class FinetuneRecipe(RecipeSection):
    """What is trained, on which rows, and for how long."""

    model: str = "embedded:smollm2-135m-instruct"
    """A local folder, a hub name, or `embedded:…`."""
    rope: ChosenRope = Field(default_factory=default_options(ROPE_METHODS))
    max_tokens: PositiveInt = 16384
    """The length of a pack, and of the longest row to train on; longer rows are left out and counted."""
    languages: tuple[Language, ...] = ()
    """The languages of the rows and documents to train and validate on; empty for all. Others are left out and counted:
    a model whose tokenizer cuts a language into many pieces learns little from it for the tokens that it costs."""
    packs_per_step: PositiveInt = 1
    """The number of packs whose gradients are added up for each optimizer step; see also `min_step_tokens`."""
    min_step_tokens: NonNegativeInt = 256
    """The minimum number of tokens that the loss counts in a step. A step with fewer gets the packs of the steps after
    it, because the loss and the gradient of a few answer tokens are mostly chance. Only an epoch with fewer tokens has
    a smaller step. 0 leaves every step at `packs_per_step`."""
    step_order: StepOrder = StepOrder.SHUFFLED
    max_steps: PositiveInt | None = None
    """The maximum number of steps; training stops there even if `epochs` is not complete."""
    epochs: PositiveInt = 1
    dtype: Literal["bfloat16", "float32"] = "bfloat16"
    """The data type of frozen weights and activations; trained weights and optimizer state are float32."""
    attention: AttentionRecipe = AttentionRecipe()
    memory: MemoryRecipe = MemoryRecipe()
    tuning: TuningRecipe = TuningRecipe()
    loss: LossRecipe = LossRecipe()
    guard: GuardRecipe = GuardRecipe()
    optimizer: OptimizerRecipe = OptimizerRecipe()
    stages: tuple[StageRecipe, ...] = ()
    """The stages in order. If empty, there is one stage, which trains on the rows with the settings above."""
    schedule_over: ScheduleSpan = ScheduleSpan.RUN
    save_every_steps: PositiveInt = 50
    keep_checkpoints: PositiveInt = 2
    """The number of newest checkpoints to keep. The best one is kept too, and the ones that were the best when those
    were written, so that a run resumed from any of them exports the same model."""
    best: BestRecipe = BestRecipe()
    validate_every_steps: PositiveInt = 50
    min_validation_packs: PositiveInt = 4
    """The number of validation packs of rows and, in a stage that trains on documents, of validation packs of
    documents, if they have `min_validation_tokens`. The seed draws them."""
    min_validation_tokens: NonNegativeInt = 1000
    """The minimum number of tokens that the loss of validation packs counts. As long as there are fewer, further packs
    are drawn, up to `max_validation_packs`. With a few dozen answer tokens, a difference of losses is mostly chance."""
    max_validation_packs: PositiveInt = 16
    """The maximum number of validation packs of each kind of data."""
    answers: AnswersRecipe = AnswersRecipe()
    probe: ProbeRecipe = ProbeRecipe()
    report_to: TrackerNames = ("tensorboard",)
    """Trackers by their names in transformers, such as `wandb`, `mlflow` or `trackio`; `all` means every installed
    tracker, `none` no tracker. `logs/metrics.jsonl` is always written."""
    device: Literal["auto", "cpu", "cuda"] = "auto"
    threads: PositiveInt | None = None
    """The number of CPU threads that torch uses. If not set, a run on a CPU measures once which number is fastest, and
    keeps it when it resumes: with another number, results may differ in their last bits."""
    deterministic: bool = False
    """Whether to use only kernels that compute the same bits each time. On CUDA they are slower; on a CPU all kernels
    are deterministic."""
    distributed: DistributedRecipe = DistributedRecipe()

    @model_validator(mode="after")
    def _stage_names_are_unique(self) -> Self:
        names = [stage.name for stage in self.stages]
        if len(set(names)) < len(names):
            raise ValueError(f"stages: two stages have the same name ({', '.join(names)})")
        return self
