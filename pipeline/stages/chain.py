"""The five stages of a build, in order, each planned from the recipe when the one before it is committed.

A stage's fingerprint covers its recipe part, the seed, the fingerprint of the stage before it and the code it runs; the
first one covers the inputs' names, sizes and times of change instead. Used by `build`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import apache_beam as beam

from pipeline.config.recipe import Recipe
from pipeline.identity import code_version, fingerprint
from pipeline.io.layout import BuildFolder
from pipeline.stages.cluster import CLUSTER_STAGE
from pipeline.stages.dedup import DropDuplicates, SignWork, plan_document_units
from pipeline.stages.export import ExportWork, WriteRows, plan_export_units
from pipeline.stages.ingest import IngestWork, plan_ingest
from pipeline.stages.pack import SIDE_STAGES, PackDocuments, PackWork, plan_pack_units
from pipeline.stages.runner import Stage
from pipeline.stages.signature_parts import earlier_states
from pipeline.stages.synthesize import SynthesizeWork, plan_synthesize_units
from pipeline.stages.units import RunUnits, Unit, UnitWork, unfinished

StagePlanner = Callable[[Recipe, BuildFolder, str], Stage]
"""Recipe, build folder and the fingerprint of the stage before, to a stage ready to run."""

_PACKING = ("pack/packing", "pack/pieces")
_FLOOR = ("errors", "records", "identity", "io", "stages/units")
_PACK_CODE = (
    *("tokens", "pack", "documents/trees", "dedup/passages", "dedup/signature", "dedup/union_find"),
    *("stages/encoded_parts", "stages/tokenize", "stages/placement", "stages/pack"),
)


def ingest_stage(recipe: Recipe, folder: BuildFolder, upstream: str) -> Stage:
    """Inputs to cleaned documents.

    Raises:
        InputError, MissingExtraError: an input is not usable.
    """
    plan = plan_ingest(sources=recipe.inputs, ingest=recipe.ingest, clean=recipe.clean)
    code = code_version([*_FLOOR, "documents", "clean", "stages/ingest", "stages/source_names"])
    # What is skipped does not count: a change below .git is none of the documents'.
    mark = fingerprint([upstream, recipe.inputs, recipe.ingest, recipe.clean, plan.units, code])
    work = IngestWork(
        sources=recipe.inputs, ingest=recipe.ingest, clean=recipe.clean, skipped=plan.skipped, fingerprint=mark
    )
    return _map_stage(work, plan.units, folder, counted="documents", outputs=("work/documents", "work/sources"))


def dedup_stage(recipe: Recipe, folder: BuildFolder, upstream: str) -> Stage:
    """Documents to clusters and the rejections of all but one of each."""
    units = plan_document_units(folder)
    code = code_version([*_FLOOR, "dedup", "stages/dedup", "stages/cluster", "stages/signature_parts"])
    mark = fingerprint([upstream, recipe.dedup, earlier_states(recipe.dedup), code])

    def build_job(job: beam.Pipeline) -> None:
        _ = job | DropDuplicates(units=units, folder=folder, recipe=recipe.dedup, fingerprint=mark)

    return Stage(
        name="dedup",
        unit="documents",
        fingerprint=mark,
        num_units=len(units),
        outputs=("work/signatures", "work/clusters"),
        side_stages=(SignWork.stage, CLUSTER_STAGE),
        build_job=build_job,
    )


def pack_stage(recipe: Recipe, folder: BuildFolder, upstream: str) -> Stage:
    """Surviving documents to token ids, contexts and length buckets."""
    units = plan_pack_units(folder)
    mark = fingerprint([upstream, recipe.pack, recipe.seed, code_version([*_FLOOR, *_PACK_CODE])])

    def build_job(job: beam.Pipeline) -> None:
        _ = job | PackDocuments(units=units, folder=folder, recipe=recipe.pack, seed=recipe.seed, fingerprint=mark)

    return Stage(
        name=PackWork.stage,
        unit="documents",
        fingerprint=mark,
        num_units=len(units),
        outputs=("corpus", "work/tokens", "work/placement"),
        side_stages=SIDE_STAGES,
        build_job=build_job,
    )


def synthesize_stage(recipe: Recipe, folder: BuildFolder, upstream: str) -> Stage:
    """Corpus rows to verified candidates."""
    code = code_version([*_FLOOR, "tokens", "synthesize", "stages/synthesize"])
    mark = fingerprint([upstream, recipe.synthesize, recipe.pack.tokenizer, recipe.seed, code])
    work = SynthesizeWork(recipe=recipe.synthesize, tokenizer=recipe.pack.tokenizer, seed=recipe.seed, fingerprint=mark)
    return _map_stage(work, plan_synthesize_units(folder), folder, counted="candidates", outputs=("work/candidates",))


def export_stage(recipe: Recipe, folder: BuildFolder, upstream: str) -> Stage:
    """Candidates to training rows, trainers' configs and the dataset card."""
    units = plan_export_units(folder)
    code = code_version([*_FLOOR, "tokens", "export", *_PACKING, "stages/export", "stages/packs", "stages/row_writer"])
    mark = fingerprint([upstream, recipe.export, recipe.packing, recipe.pack_edges, recipe.seed, code])
    work = ExportWork(
        recipe=recipe.export,
        packing=recipe.packing,
        pack_edges=recipe.pack_edges,
        tokenizer=recipe.pack.tokenizer,
        seed=recipe.seed,
        fingerprint=mark,
    )

    def build_job(job: beam.Pipeline) -> None:
        _ = job | WriteRows(units=units, folder=folder, work=work, name=recipe.name)

    return Stage(
        name="export",
        unit="candidates",
        fingerprint=mark,
        num_units=len(units) + 1,  # and the plan of packs
        outputs=("sft", "tokens", "packs.parquet", "work/selection"),
        side_stages=(),
        build_job=build_job,
    )


STAGES: tuple[StagePlanner, ...] = (ingest_stage, dedup_stage, pack_stage, synthesize_stage, export_stage)


def _map_stage(
    work: UnitWork, units: Sequence[Unit], folder: BuildFolder, *, counted: str, outputs: tuple[str, ...]
) -> Stage:
    def build_job(job: beam.Pipeline) -> None:
        todo = unfinished(units, work=work, folder=folder)
        _ = job | beam.Create(todo, reshuffle=False) | RunUnits(work, folder)

    return Stage(
        name=work.stage,
        unit=counted,
        fingerprint=work.fingerprint,
        num_units=len(units),
        outputs=outputs,
        side_stages=(),
        build_job=build_job,
    )
