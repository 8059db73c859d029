"""The complete recipe: one YAML file for a build, the training on the build, and the evaluation of the model."""

from __future__ import annotations

from typing import Self

from pydantic import Field, model_validator

from pipeline.config.base import RecipeSection
from pipeline.config.build import CleanRecipe, DedupRecipe, IngestRecipe, InputSource, SynthesizeRecipe
from pipeline.config.decontamination import DecontaminationRecipe
from pipeline.config.evaluate import EvaluateRecipe
from pipeline.config.export import ExportRecipe
from pipeline.config.finetune import FinetuneRecipe
from pipeline.config.pack import PackRecipe
from pipeline.config.packing import PackingRecipe
from pipeline.config.rope import RopeSearchRecipe


class Recipe(RecipeSection):
    """All settings of a run. Two builds with equal recipes, inputs and teacher's answers, made by the same version of
    this project and its packages, write the same rows."""

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9._-]*$")
    seed: int = Field(default=17, ge=0)
    output: str = ""
    """The parent folder of `build/`, `model/` and `evaluation/`; by default `out/NAME`."""
    inputs: tuple[InputSource, ...] = Field(min_length=1)
    ingest: IngestRecipe = IngestRecipe()
    clean: CleanRecipe = CleanRecipe()
    decontamination: DecontaminationRecipe = DecontaminationRecipe()
    dedup: DedupRecipe = DedupRecipe()
    pack: PackRecipe = PackRecipe()
    synthesize: SynthesizeRecipe = Field(default_factory=SynthesizeRecipe)
    export: ExportRecipe = ExportRecipe()
    packing: PackingRecipe = PackingRecipe()
    finetune: FinetuneRecipe = Field(default_factory=FinetuneRecipe)
    evaluate: EvaluateRecipe = Field(default_factory=EvaluateRecipe)
    rope_search: RopeSearchRecipe = RopeSearchRecipe()

    @model_validator(mode="after")
    def _something_is_synthesized(self) -> Self:
        if not self.synthesize.written.tasks and not self.synthesize.structural.tasks:
            raise ValueError("synthesize: both written.tasks and structural.tasks are empty, so no row can be made")
        return self

    @property
    def pack_edges(self) -> tuple[int, ...]:
        """The lengths of training packs in tokens, ascending."""
        return self.packing.edges or (self.finetune.max_tokens,)

    @property
    def output_folder(self) -> str:
        """The parent folder of the run's three folders."""
        return self.output or f"out/{self.name}"
