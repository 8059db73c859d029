"""`pipeline convert`: makes a model folder or an adapter folder from a checkpoint of a training run."""

from __future__ import annotations

from rich.console import Console

from pipeline.cli.options import RecipeChoice
from pipeline.cli.run_folders import build_folder, model_folder
from pipeline.errors import needing_extra
from pipeline.io.files import join


def run_convert(
    choice: RecipeChoice,
    *,
    data: str | None,
    model: str | None,
    run: str | None,
    step: int | None,
    form: str,
    output: str | None,
) -> None:
    """Write the model of a checkpoint, and print its folder."""
    recipe = choice.load()
    with needing_extra("train", what="The conversion"):
        from pipeline.convert import ModelForm, convert_checkpoint
        from pipeline.train.run.metrics import SilentObserver
    converted = convert_checkpoint(
        recipe,
        data=build_folder(recipe, data),
        base_model=model or recipe.finetune.model,
        run_folder=model_folder(recipe, run),
        step=step,
        form=ModelForm(form),
        output=output or join(recipe.output_folder, form if form == "adapter" else "checkpoint"),
        observer=SilentObserver(),
    )
    console = Console(highlight=False)
    console.print(converted.folder, soft_wrap=True)
    console.print(f"  the {form} after step {converted.step:,}, in stage {converted.stage}")
