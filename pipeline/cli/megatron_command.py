"""`pipeline export-megatron`: exports the trainer's data and arguments for a run with Megatron-LM."""

from __future__ import annotations

from rich.console import Console

from pipeline.cli.options import RecipeChoice
from pipeline.cli.run_folders import build_folder
from pipeline.errors import needing_extra
from pipeline.io.files import join
from pipeline.report.page import format_plural


def run_export_megatron(choice: RecipeChoice, *, data: str | None, model: str | None, output: str | None) -> None:
    """Write the data and arguments of every stage, and print their folders and what the user still has to do."""
    recipe = choice.load()
    with needing_extra("train", what="The export"):
        from pipeline.megatron import export_for_megatron
        from pipeline.train.run.metrics import SilentObserver
    stages = export_for_megatron(
        recipe,
        data=build_folder(recipe, data),
        base_model=model or recipe.finetune.model,
        output=output or join(recipe.output_folder, "megatron"),
        observer=SilentObserver(),
    )
    console = Console()
    for stage in stages:
        console.print(stage.folder, soft_wrap=True, highlight=False)
        for file in stage.files:
            name = file.prefix.rsplit("/", 1)[-1]
            sequences = format_plural(file.sequences, "sequence")
            console.print(f"  {name}: {sequences}, {file.tokens:,} tokens", highlight=False)
        for point in stage.open_points:
            console.print(f"  {point}", highlight=False)
