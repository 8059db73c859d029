"""`pipeline.build_sft`: builds instruction rows from documents."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING

from pipeline.api.arguments import choice_of, listed, require_type
from pipeline.api.progress import Progress, console_of
from pipeline.api.recipes import recipe_of
from pipeline.config.limits import NO_LIMITS, RunLimits
from pipeline.config.recipe import Recipe
from pipeline.config.start import Start

if TYPE_CHECKING:
    from pipeline.build_result import BuildResult


def build_sft(
    recipe: Recipe | str | os.PathLike[str] | None = None,
    *,
    output: str | os.PathLike[str] | None = None,
    start: Start | str = Start.RESUME,
    beam_options: str | Sequence[str] = (),
    limits: RunLimits = NO_LIMITS,
    progress: Progress | str = Progress.SHOWN,
) -> BuildResult:
    """Build verified instruction rows; the same as the command `pipeline build-sft`. A second call does nothing.

    Args:
        recipe: a recipe, or its file or name; by default the quickstart recipe.
        output: the build folder, also `s3://…` or `gs://…`; by default `build/` in the recipe's output folder.
        start: `resume` continues an earlier build in the folder, `fresh` removes it first.
        beam_options: one or more options of Beam, such as `--direct_num_workers=2`; by default the build runs in this
            process.
        limits: how much this run may ask of teachers: `pipeline.config.limits.RunLimits(max_requests=200)`.
        progress: `shown` on stderr, or `silent`.

    Returns:
        The result: `num_rows`, `counts` by stage, `rows()`, `to_datasets()`, `report`.

    Raises:
        LimitReachedError: the run reached its limits, and the same call goes on from there.
        UserError: an input, option, package or folder is not usable, or another run holds the folder.
        RunError: a stage did not finish; the same call resumes it.

    Example:
        A build without a teacher, of one folder::

            recipe = pipeline.load_recipe(inputs="contracts/", **{"synthesize.written.tasks": []})
            build = pipeline.build_sft(recipe, output="out/contracts")
            build.to_datasets()["train"][0]["messages"]
    """
    from pipeline import build
    from pipeline.cli.build_command import BuildProgress
    from pipeline.cli.run_folders import build_folder

    require_type(
        limits,
        RunLimits,
        argument="build_sft: limits",
        remedy="Give pipeline.config.limits.RunLimits(max_requests=…, max_cost=…).",
    )
    begin = choice_of(Start, start, argument="build_sft: start")
    console = console_of(progress, function="build_sft")
    chosen = recipe_of(recipe)
    with BuildProgress(console) as observer:
        return build.build_sft(
            chosen,
            output=build_folder(chosen, os.fspath(output) if output is not None else None),
            start=begin,
            beam_options=listed(beam_options),
            observer=observer,
            limits=limits,
        )
