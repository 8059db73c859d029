"""The three folders of a run: those that the user named, or those in the recipe's output folder."""

from __future__ import annotations

from pipeline.config.recipe import Recipe
from pipeline.io.files import join


def build_folder(recipe: Recipe, named: str | None) -> str:
    """Return the folder of the build."""
    return named or join(recipe.output_folder, "build")


def model_folder(recipe: Recipe, named: str | None) -> str:
    """Return the folder of the training and its model."""
    return named or join(recipe.output_folder, "model")


def evaluation_folder(recipe: Recipe, named: str | None) -> str:
    """Return the folder of the evaluation."""
    return named or join(recipe.output_folder, "evaluation")
