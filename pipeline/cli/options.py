"""Options that several commands share, and the recipe that they choose together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

import typer

from pipeline.config.load import load_recipe
from pipeline.config.recipe import Recipe
from pipeline.config.start import Start

RecipeArgument = Annotated[
    str | None, typer.Argument(help="YAML file or name of a bundled recipe.", show_default="quickstart")
]
SetOption = Annotated[
    list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="Override a recipe key; repeatable.")
]
WithOption = Annotated[
    list[str] | None,
    typer.Option(
        "--with", metavar="FILE", help="Override recipe keys with a YAML file; --set takes precedence; repeatable."
    ),
]
RecipeOption = Annotated[
    str | None,
    typer.Option(
        "--recipe", metavar="RECIPE", help="YAML file or name of a bundled recipe.", show_default="quickstart"
    ),
]
DataOption = Annotated[
    str | None, typer.Option("--data", metavar="DIR", help="Build folder.", show_default="OUT/build")
]
BaseModelOption = Annotated[
    str | None, typer.Option("--model", metavar="REF", help="Base model instead of the recipe's.")
]
EventsOption = Annotated[
    bool,
    typer.Option("--json", help="Print progress as one JSON object a line, for programs; with --plan: the plan."),
]
FreshOption = Annotated[
    bool, typer.Option("--fresh", help="Remove what an earlier run left in the output folder, and start over.")
]


@dataclass(frozen=True, slots=True)
class RecipeChoice:
    """The recipe that the user chose on the command line."""

    reference: str | None
    """YAML file or name of a bundled recipe; None for the default recipe."""
    fragments: Sequence[str]
    """YAML files that override recipe keys."""
    overrides: Sequence[str]
    """Settings of the form `KEY=VALUE`; they override the fragments."""

    def load(self) -> Recipe:
        """Return the recipe with all overrides.

        Raises:
            InputError: a file or bundled recipe does not exist, or a file cannot be read.
            RecipeError: the YAML is invalid, a key is unknown, or a value is not allowed.
        """
        return load_recipe(self.reference, fragments=self.fragments, overrides=self.overrides)


def recipe_choice(
    reference: str | None, fragments: Sequence[str] | None, overrides: Sequence[str] | None
) -> RecipeChoice:
    """Return the choice that a command's options make."""
    return RecipeChoice(reference, fragments or (), overrides or ())


def start_mode(*, fresh: bool) -> Start:
    """Return how a command treats what an earlier run left in the output folder."""
    return Start.FRESH if fresh else Start.RESUME
