"""`pipeline build-sft`: documents in, verified instruction rows out. Read this first.

What happens is `build_sft`; the stages, in order, are `pipeline.stages.chain.STAGES`; how a stage resumes is in
`pipeline.stages.runner`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.config.recipe import Recipe
from pipeline.config.start import FolderAccess, Start
from pipeline.identity import fingerprint
from pipeline.io import files
from pipeline.io.folders import make_private, open_output_folder
from pipeline.io.layout import BuildFolder
from pipeline.io.lease import hold_folder
from pipeline.io.manifest import Manifest, installed_versions, read_manifest, write_manifest
from pipeline.io.models import resolve_model
from pipeline.report.build_page import write_build_report
from pipeline.stages.chain import STAGES
from pipeline.stages.runner import BuildObserver, check_beam_options, run_stage
from pipeline.synthesize.teachers.open import check_teacher

_MARKS = ("manifest.json", "work")


@dataclass(frozen=True, slots=True)
class BuildResult:
    """What `build_sft` returns."""

    folder: BuildFolder
    manifest: Manifest
    did_nothing: bool
    """Every stage stood already."""


def build_sft(
    recipe: Recipe, *, output: str, start: Start, beam_options: Sequence[str], observer: BuildObserver
) -> BuildResult:
    """Run every stage that does not stand yet, and leave a build folder with its manifest and report.

    Args:
        recipe: what to build from what.
        output: build folder, on any filesystem Beam's workers can reach.
        start: go on from what an earlier run left, or remove it.
        beam_options: Beam's own, such as `--direct_num_workers=2`; empty runs in this process.
        observer: told what happens.

    Raises:
        UserError: an input, option, package or folder is not usable, or another run holds the folder; nothing was run.
        RunError: a stage did not finish; the same call goes on from its last finished unit.
    """
    check_beam_options(beam_options)
    check_teacher(recipe.synthesize)
    resolve_model(recipe.pack.tokenizer)
    with hold_folder(output, command="build-sft"):
        open_output_folder(output, start=start, marks=_MARKS, access=FolderAccess.PRIVATE)
        return _bring_up_to_date(recipe, BuildFolder(output), beam_options=beam_options, observer=observer)


def _bring_up_to_date(
    recipe: Recipe, folder: BuildFolder, *, beam_options: Sequence[str], observer: BuildObserver
) -> BuildResult:
    make_private(folder.cache)
    manifest = before = _open_manifest(recipe, folder)
    upstream = ""
    for plan_stage in STAGES:
        stage = plan_stage(recipe, folder, upstream)
        manifest = run_stage(stage, folder=folder, manifest=manifest, beam_options=beam_options, observer=observer)
        upstream = stage.fingerprint
    did_nothing = manifest.stages == before.stages
    if not did_nothing or not files.exists(folder.report):
        write_build_report(folder.root)
    return BuildResult(folder=folder, manifest=manifest, did_nothing=did_nothing)


def _open_manifest(recipe: Recipe, folder: BuildFolder) -> Manifest:
    earlier = read_manifest(folder)
    manifest = Manifest(
        recipe=recipe.model_dump(mode="json"),
        fingerprint=fingerprint(recipe),
        seed=recipe.seed,
        versions=installed_versions(),
        stages=earlier.stages if earlier else {},
    )
    if manifest != earlier:
        write_manifest(folder, manifest)
    return manifest
