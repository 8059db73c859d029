"""`pipeline.evaluate`: measures how well models read long documents."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING

from pipeline.api.arguments import choice_of, listed
from pipeline.api.progress import Progress, console_of
from pipeline.api.recipes import recipe_of
from pipeline.config.recipe import Recipe
from pipeline.config.start import Start

if TYPE_CHECKING:
    from pipeline.evaluate.run import EvaluationResult


def evaluate(
    recipe: Recipe | str | os.PathLike[str] | None = None,
    *,
    models: str | os.PathLike[str] | Sequence[str | os.PathLike[str]] = (),
    data: str | os.PathLike[str] | None = None,
    tasks: str | Sequence[str] = (),
    lengths: int | Sequence[int] = (),
    output: str | os.PathLike[str] | None = None,
    start: Start | str = Start.RESUME,
    progress: Progress | str = Progress.SHOWN,
) -> EvaluationResult:
    """Ask models about held-out documents; the same as the command `pipeline evaluate`. Stored answers are kept.

    Args:
        recipe: a recipe, or its file or name; by default the quickstart recipe.
        models: one or more folders, hub names, `vllm:REF` or `http://HOST/v1#MODEL`; by default the model that
            `finetune` wrote for the recipe. The base of a tuned model is added by itself.
        data: a build folder; by default `build/` in the recipe's output folder.
        tasks: what to measure, such as `rows` or `perplexity`; by default the recipe's tasks.
        lengths: the context lengths in tokens; by default the recipe's.
        output: the folder to write; by default `evaluation/` in the recipe's output folder.
        start: `resume` keeps earlier answers in the folder, `fresh` removes them.
        progress: `shown` on stderr, or `silent`.

    Returns:
        The content of `evaluation.json` and the paths of the record and the report.

    Raises:
        UserError: a model, the build, a task, a length or the folder is not usable, or an extra is missing.
        RunError: a model does not fit into memory or answers nothing, or a server failed for good.

    Example:
        Compare two models on a build::

            found = pipeline.evaluate(models=["out/model", "http://localhost:8000/v1#served"], data="out/build")
            found.evaluation["headline"]
    """
    from pipeline.cli.evaluate_command import EvaluationProgress, request_of
    from pipeline.cli.run_folders import evaluation_folder
    from pipeline.cli.step_bar import StepBar
    from pipeline.evaluate.run import evaluate as evaluate_request

    begin = choice_of(Start, start, argument="evaluate: start")
    console = console_of(progress, function="evaluate")
    chosen = recipe_of(recipe)
    request = request_of(
        chosen,
        models=[os.fspath(model) for model in listed(models)],
        data=os.fspath(data) if data is not None else None,
        tasks=listed(tasks),
        lengths=listed(lengths),
    )
    with StepBar(console) as bar:
        return evaluate_request(
            chosen,
            request,
            output=evaluation_folder(chosen, os.fspath(output) if output is not None else None),
            start=begin,
            observer=EvaluationProgress(bar),
        )
