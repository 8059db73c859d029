"""`pipeline.finetune`: trains a model with a longer context on a build."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from pipeline.api.arguments import choice_of
from pipeline.api.progress import Progress, console_of
from pipeline.api.recipes import recipe_of
from pipeline.config.recipe import Recipe
from pipeline.config.start import Start

if TYPE_CHECKING:
    from pipeline.train.run.record import TrainingResult


def finetune(
    recipe: Recipe | str | os.PathLike[str] | None = None,
    *,
    data: str | os.PathLike[str] | None = None,
    model: str | None = None,
    output: str | os.PathLike[str] | None = None,
    start: Start | str = Start.RESUME,
    progress: Progress | str = Progress.SHOWN,
) -> TrainingResult:
    """Train a model; the same as the command `pipeline finetune`. Needs the extra `train`. A second call does nothing.

    Args:
        recipe: a recipe, or its file or name; by default the quickstart recipe.
        data: a build folder; by default `build/` in the recipe's output folder.
        model: the base model; by default the recipe's.
        output: the local folder for the model and its report; by default `model/` in the recipe's output folder.
        start: `resume` continues an earlier training in the folder, `fresh` removes it first.
        progress: `shown` on stderr, or `silent`.

    Returns:
        The folder that transformers and vLLM load, and the record of the training.

    Raises:
        UserError: the data, the model, a setting or the folder is not usable, or an extra is missing.
        RunError: the training cannot continue; after a checkpoint, the same call resumes.

    Example:
        Train on a build, with a setting changed::

            recipe = pipeline.load_recipe(**{"finetune.max_steps": 20})
            trained = pipeline.finetune(recipe, data=build.folder.root, output="out/model")
            transformers.AutoModelForCausalLM.from_pretrained(trained.folder)
    """
    from pipeline.cli.finetune_command import TrainingProgress, train_and_report
    from pipeline.cli.step_bar import StepBar

    begin = choice_of(Start, start, argument="finetune: start")
    console = console_of(progress, function="finetune")
    with StepBar(console) as bar:
        return train_and_report(
            recipe_of(recipe),
            data=os.fspath(data) if data is not None else None,
            model=model,
            output=os.fspath(output) if output is not None else None,
            start=begin,
            observer=TrainingProgress(console, bar),
        )
