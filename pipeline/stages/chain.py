"""Plans the six stages of a build from the recipe. Each stage is planned after the previous one is committed.

A stage's fingerprint covers the stage's part of the recipe, the seed if the stage draws random numbers, the state of
the previous stages (the files that they wrote, see `StageRecord.state`) and the code that the stage runs. For the first
stage, it covers the names of the inputs, and their sizes, times and inodes (or the entity tags of remote files); for
decontamination, the same of the evaluation sets; for dedup, also the state of earlier builds. So if a stage runs again
and writes the same bytes, the later stages stay valid. Used by `build`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import apache_beam as beam

from pipeline.config.datatrove import code_of_blocks
from pipeline.config.decontamination import ContaminationRule
from pipeline.config.prices import without_prices
from pipeline.config.recipe import Recipe
from pipeline.decontamination.sets import find_sets
from pipeline.identity import fingerprint
from pipeline.io.layout import BuildFolder
from pipeline.stages.checked_sets import checked_sets
from pipeline.stages.code import code_of
from pipeline.stages.contamination import Rules
from pipeline.stages.decontaminate import Decontaminate, DecontaminateWork, MatchWork
from pipeline.stages.dedup import DedupWork, DropDuplicates, SignWork
from pipeline.stages.evaluation_index import IndexWork
from pipeline.stages.export import (
    DESCRIBE_STAGE,
    EXPLAIN_STAGE,
    ExportWork,
    WriteRows,
    plan_export_shards,
)
from pipeline.stages.gpu_worker import GpuWorker, gpu_worker
from pipeline.stages.ingest import IngestDocuments, IngestPlan, IngestWork, plan_ingest
from pipeline.stages.job_options import RunnerKind, runner_kind
from pipeline.stages.pack import PackDocuments, PackWork, plan_pack
from pipeline.stages.packs import PACKS_SHARD
from pipeline.stages.row_writer import TRAINER_FORMATS
from pipeline.stages.runner import Stage
from pipeline.stages.selection_steps import plan_selection
from pipeline.stages.shards import (
    RunShards,
    Shard,
    ShardWork,
    plan_document_shards,
    plan_kept_shards,
    plan_synthesize_shards,
    shard_id,
    unfinished,
)
from pipeline.stages.short_rows import SHORT_SHARD, has_short_rows, short_data_state
from pipeline.stages.signature_parts import CLUSTER_STAGE, earlier_states
from pipeline.stages.stored_index import COMMON_STAGE
from pipeline.stages.survey import CountLines, SurveyWork
from pipeline.stages.synthesize import SynthesizeWork
from pipeline.stages.written_contamination import evaluated_items
from pipeline.stages.written_rows import written_counts
from pipeline.synthesize.old_answers import rewrite_old_answers

StagePlanner = Callable[[Recipe, BuildFolder, str], Stage]
"""Takes the recipe, the build folder and the state of the previous stages; returns a stage that is ready to run."""


def ingest_stage(recipe: Recipe, folder: BuildFolder, upstream: str) -> Stage:
    """Return the stage that turns inputs into cleaned documents.

    Raises:
        InputError, MissingExtraError: an input cannot be used.
    """
    return planned_ingest_stage(
        plan_ingest(sources=recipe.inputs, ingest=recipe.ingest, clean=recipe.clean), recipe, folder, upstream
    )


def planned_ingest_stage(plan: IngestPlan, recipe: Recipe, folder: BuildFolder, upstream: str) -> Stage:
    """Return the stage that reads the shards of a plan."""
    code = code_of(IngestWork.__module__)
    # Skipped files are not covered: a change in .git, for example, does not change any document.
    blocks = code_of_blocks(recipe.clean.datatrove)
    stage_fingerprint = fingerprint([upstream, recipe.inputs, recipe.ingest, recipe.clean, plan.shards, code, blocks])
    work = IngestWork(
        sources=recipe.inputs,
        ingest=recipe.ingest,
        clean=recipe.clean,
        skipped=plan.skipped,
        fingerprint=stage_fingerprint,
    )

    def build_job(job: beam.Pipeline) -> None:
        _ = job | IngestDocuments(plan=plan, work=work, folder=folder)

    survey = {SurveyWork.stage: _ids(plan.survey), CountLines.stage: (shard_id(0),)} if plan.survey else {}
    return Stage(
        name=IngestWork.stage,
        counted="documents",
        fingerprint=stage_fingerprint,
        upstream=upstream,
        shard_ids={**survey, IngestWork.stage: _ids(plan.shards)},
        outputs=("work/survey", "work/documents", "work/sources", "work/boilerplate", "work/files"),
        build_job=build_job,
    )


def decontamination_stage(recipe: Recipe, folder: BuildFolder, upstream: str) -> Stage:
    """Return the stage that drops, cuts or marks the documents that contain items of evaluation sets.

    Raises:
        InputError, MissingExtraError: an evaluation set cannot be used.
    """
    own, kinds = recipe.decontamination, recipe.clean.personal_data
    cuts = own.action in (ContaminationRule.AUTO, ContaminationRule.CUT)
    min_chars = recipe.clean.min_chars if cuts else 0
    shards = plan_document_shards(folder)
    sets = tuple(find_sets(own.against))
    code = code_of(Decontaminate.__module__)
    stage_fingerprint = fingerprint([upstream, own, kinds, min_chars, sets, code])
    index = IndexWork(sets=sets, recipe=own, personal_data=kinds, fingerprint=stage_fingerprint)
    rules = Rules(action=own.action, contexts=own.contexts, drop_share=own.drop_share, min_chars=min_chars)

    def build_job(job: beam.Pipeline) -> None:
        _ = job | Decontaminate(shards=shards, folder=folder, index=index, rules=rules)

    return Stage(
        name=DecontaminateWork.stage,
        counted="documents",
        fingerprint=stage_fingerprint,
        upstream=upstream,
        shard_ids={
            IndexWork.stage: (shard_id(0),),
            MatchWork.stage: _ids(shards),
            COMMON_STAGE: (shard_id(0),),
            DecontaminateWork.stage: _ids(shards),
        },
        outputs=("work/evaluation", "work/matches", "work/decontaminated", "decontamination"),
        build_job=build_job,
    )


def dedup_stage(recipe: Recipe, folder: BuildFolder, upstream: str) -> Stage:
    """Return the stage that finds clusters of duplicate documents and rejects the duplicates.

    Raises:
        InputError: the recipe names an earlier build that cannot be used.
    """
    shards = plan_kept_shards(folder)
    stage_fingerprint = fingerprint(
        [upstream, recipe.dedup, earlier_states(recipe.dedup), code_of(DropDuplicates.__module__)]
    )

    def build_job(job: beam.Pipeline) -> None:
        _ = job | DropDuplicates(shards=shards, folder=folder, recipe=recipe.dedup, fingerprint=stage_fingerprint)

    return Stage(
        name="dedup",
        counted="documents",
        fingerprint=stage_fingerprint,
        upstream=upstream,
        shard_ids={SignWork.stage: _ids(shards), CLUSTER_STAGE: (shard_id(0),), DedupWork.stage: _ids(shards)},
        outputs=("work/signatures", "work/clusters"),
        build_job=build_job,
    )


def pack_stage(recipe: Recipe, folder: BuildFolder, upstream: str) -> Stage:
    """Return the stage that turns surviving documents into contexts with token ids, sorted into length buckets."""
    shards = plan_kept_shards(folder)
    stage_fingerprint = fingerprint([upstream, recipe.pack, recipe.seed, code_of(PackDocuments.__module__)])

    steps = plan_pack(shards, recipe=recipe.pack, seed=recipe.seed, fingerprint=stage_fingerprint)

    def build_job(job: beam.Pipeline) -> None:
        _ = job | PackDocuments(steps=steps, folder=folder)

    return Stage(
        name=PackWork.stage,
        counted="documents",
        fingerprint=stage_fingerprint,
        upstream=upstream,
        shard_ids={step.work.stage: step.shard_ids for step in steps},
        outputs=("corpus", "work/cut", "work/tokens", "work/placement"),
        build_job=build_job,
    )


def synthesize_stage(recipe: Recipe, folder: BuildFolder, upstream: str) -> Stage:
    """Return the stage that turns corpus rows into verified candidates; first convert `cache/` from an old format."""
    rewrite_old_answers(folder.cache)
    code = code_of(SynthesizeWork.__module__)
    section = without_prices(recipe.synthesize)
    evaluated = evaluated_items(folder, recipe.decontamination)
    compared = [evaluated.recipe, evaluated.state] if evaluated else []
    stage_fingerprint = fingerprint([upstream, section, recipe.pack.tokenizer, recipe.seed, compared, code])
    work = SynthesizeWork(
        recipe=recipe.synthesize,
        tokenizer=recipe.pack.tokenizer,
        seed=recipe.seed,
        fingerprint=stage_fingerprint,
        evaluated=evaluated,
    )
    return _map_stage(
        work,
        plan_synthesize_shards(folder),
        folder,
        upstream,
        counted="candidates",
        outputs=("work/candidates", "work/asked"),
        worker=gpu_worker(recipe.synthesize),
    )


def export_stage(recipe: Recipe, folder: BuildFolder, upstream: str) -> Stage:
    """Return the stage that turns candidates into training rows, packs, trainer configs and the dataset card."""
    shards = plan_export_shards(folder)
    code = code_of(WriteRows.__module__)
    checked, written = checked_sets(folder), written_counts(folder)
    of_recipe = [recipe.name, recipe.pack.tokenizer, recipe.export, recipe.packing, recipe.pack_edges]
    covered = [upstream, *of_recipe, checked, written]
    closing = (*((SHORT_SHARD,) if has_short_rows(recipe.export) else ()), PACKS_SHARD)
    without_document = [recipe.pack.buckets, recipe.clean.languages, short_data_state(recipe.export)]
    stage_fingerprint = fingerprint([*covered, without_document, recipe.seed, code])
    work = ExportWork(
        recipe=recipe.export,
        packing=recipe.packing,
        pack_edges=recipe.pack_edges,
        tokenizer=recipe.pack.tokenizer,
        seed=recipe.seed,
        fingerprint=stage_fingerprint,
        checked=checked,
        written=written,
        buckets=recipe.pack.buckets,
        languages=recipe.clean.languages,
    )

    select = plan_selection(shards, recipe=recipe.export, seed=recipe.seed, fingerprint=stage_fingerprint)

    def build_job(job: beam.Pipeline) -> None:
        _ = job | WriteRows(select=select, shards=shards, folder=folder, work=work, name=recipe.name)

    return Stage(
        name="export",
        counted="candidates",
        fingerprint=stage_fingerprint,
        upstream=upstream,
        shard_ids={
            **{step.work.stage: step.shard_ids for step in select},
            ExportWork.stage: (*_ids(shards), *closing),
            EXPLAIN_STAGE: (shard_id(0),),
            DESCRIBE_STAGE: (shard_id(0),),
        },
        closing_shards=closing,
        outputs=(
            "sft",
            "tokens",
            *(f"exports/{name}" for name in TRAINER_FORMATS),
            "packs.parquet",
            "work/selection",
            "work/without_row",
        ),
        build_job=build_job,
    )


STAGES: tuple[StagePlanner, ...] = (
    ingest_stage,
    decontamination_stage,
    dedup_stage,
    pack_stage,
    synthesize_stage,
    export_stage,
)


def _map_stage(
    work: ShardWork,
    shards: Sequence[Shard],
    folder: BuildFolder,
    upstream: str,
    *,
    counted: str,
    outputs: tuple[str, ...],
    worker: GpuWorker | None,
) -> Stage:
    def build_job(job: beam.Pipeline) -> None:
        todo = unfinished(shards, work=work, folder=folder)
        # A local runner starts a second set of workers for a step with hints, and the GPU is here or nowhere.
        is_local = runner_kind(job.options) is RunnerKind.LOCAL
        hints = worker.hints if worker and not is_local else {}
        _ = job | beam.Create(todo, reshuffle=False) | RunShards(work, folder, hints)

    return Stage(
        name=work.stage,
        counted=counted,
        fingerprint=work.fingerprint,
        upstream=upstream,
        shard_ids={work.stage: _ids(shards)},
        outputs=outputs,
        build_job=build_job,
        worker=worker,
    )


def _ids(shards: Sequence[Shard]) -> tuple[str, ...]:
    return tuple(shard.shard_id for shard in shards)
