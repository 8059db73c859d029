"""Stages of a build that has not begun, planned from estimates, so that their jobs can be shown and checked.

Takes a recipe and the output folder; yields the stages as `stages.chain` plans them. Nothing is read or written but the
list of bundled documents: `io.stand_ins` stands in for the output folder, and each stage finds empty files of the kind
that the stage before writes. Inputs, evaluation sets, earlier builds and the user's own rows are not listed, because
they may need a network and credentials; `FILES_OF_AN_INPUT` files are assumed in each input. Used by
`stages.job_plans`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace

import pyarrow.parquet as pq

from pipeline.config.build import IngestRecipe, InputSource
from pipeline.config.recipe import Recipe
from pipeline.documents.bundled import is_bundled
from pipeline.documents.discovery import discover
from pipeline.documents.items import Segment, SourceItem
from pipeline.documents.planning import encode_segment, plan_segments, single_shard
from pipeline.documents.skipped_names import SkippedNames
from pipeline.io import files
from pipeline.io.arrow import schema_of
from pipeline.io.layout import BuildFolder
from pipeline.io.stand_ins import standing_in
from pipeline.records import Candidate, Context, Document
from pipeline.stages.chain import STAGES, ingest_stage, planned_ingest_stage
from pipeline.stages.ingest import IngestPlan
from pipeline.stages.runner import Stage
from pipeline.stages.shards import Shard, shard_id
from pipeline.stages.survey import plan_survey

FILES_OF_AN_INPUT = 16
"""The number of files that an input is assumed to have, a quarter of a shard each: enough for a survey."""
_FILES_OF_A_SHARD = 4


@contextmanager
def estimated_stages(recipe: Recipe, folder: BuildFolder) -> Iterator[Iterator[Stage]]:
    """Yield the stages in order; while the block is open, the output folder has a stand-in.

    Raises:
        RecipeError: the recipe cannot be built on any machine.
    """
    with standing_in(folder.root):
        yield _stages(_without_reads(recipe), folder)


def _stages(recipe: Recipe, folder: BuildFolder) -> Iterator[Stage]:
    assert STAGES[0] is ingest_stage
    plan = _ingest_plan(recipe)
    yield planned_ingest_stage(plan, recipe, folder, "")
    _write_parts([folder.document_part(shard.shard_id) for shard in plan.shards], Document)
    for plan_stage in STAGES[1:]:
        stage = plan_stage(recipe, folder, "estimated")
        yield stage
        ids = [shard.shard_id for shard in plan.shards]
        for paths, record_type in _outputs(stage.name, ids, recipe, folder).items():
            _write_parts(paths, record_type)


def _outputs(
    stage: str, shard_ids: Sequence[str], recipe: Recipe, folder: BuildFolder
) -> Mapping[tuple[str, ...], type]:
    """Return the parts of a stage that later stages are planned from, with the type of their records."""
    if stage == "pack":
        return {tuple(folder.corpus_part(recipe.pack.buckets[0], number) for number in shard_ids): Context}
    if stage == "synthesize":
        return {tuple(map(folder.candidate_part, shard_ids)): Candidate}
    return {}


def _write_parts(paths: Sequence[str], record_type: type) -> None:
    for path in paths:
        with files.open_atomic(path) as file:
            pq.write_table(schema_of(record_type).empty_table(), file)


def _without_reads(recipe: Recipe) -> Recipe:
    """Return the recipe without what a planner would have to read from elsewhere."""
    return recipe.model_copy(
        update={
            "decontamination": recipe.decontamination.model_copy(update={"against": ()}),
            "dedup": recipe.dedup.model_copy(update={"against": ()}),
            "export": recipe.export.model_copy(update={"short_data": ()}),
        }
    )


def _ingest_plan(recipe: Recipe) -> IngestPlan:
    items = [item for index, source in enumerate(recipe.inputs) for item in _items(source, index, recipe.ingest)]
    shards = _grouped(items, recipe.ingest)
    return IngestPlan(
        shards=[
            Shard(shard_id(index), tuple(encode_segment(segment) for segment in segments))
            for index, segments in enumerate(shards)
        ],
        skipped=SkippedNames(),
        survey=plan_survey(shards, recipe.inputs, recipe.clean.boilerplate),
    )


def _grouped(items: Sequence[SourceItem], recipe: IngestRecipe) -> list[list[Segment]]:
    if recipe.max_documents is None:
        return plan_segments(items, shard_bytes=recipe.shard_bytes, min_shards=recipe.min_shards)
    return single_shard(items[: recipe.max_documents])


def _items(source: InputSource, index: int, recipe: IngestRecipe) -> list[SourceItem]:
    if is_bundled(source.path):
        return [replace(item, source_index=index) for item in discover([source]).items]
    root = source.path.rstrip("/")
    return [
        SourceItem(
            source_index=index,
            key=f"{index}-{number}.txt",
            uri=f"{root}/{number}.txt",
            path=f"{root}/{number}.txt",
            num_bytes=recipe.shard_bytes // _FILES_OF_A_SHARD,
            version="",
            members=(),
        )
        for number in range(FILES_OF_AN_INPUT)
    ]
