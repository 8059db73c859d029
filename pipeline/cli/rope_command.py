"""`pipeline rope show` and `pipeline rope search`: compares RoPE methods or searches factors, and prints the result."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import yaml
from pydantic import ValidationError
from rich.console import Console
from rich.table import Column, Table

from pipeline.cli.options import RecipeChoice
from pipeline.cli.step_bar import StepBar
from pipeline.config.finetune import FinetuneRecipe
from pipeline.config.rope import RopeOptions
from pipeline.errors import InputError, needing_extra
from pipeline.io.files import join, write_text
from pipeline.report.page import REPORT_FILE, format_number
from pipeline.report.rope_page import cell, rope_page
from pipeline.rope_search.candidate import Candidate
from pipeline.train.rope.comparison import compare_methods, frequency_rows
from pipeline.train.rope.methods import method_class, method_names
from pipeline.train.rope.scaled_config import base_config, config_scaling

_MODEL_REMEDY = "Give an unscaled model with rotary embeddings."


def show_rope(
    model: str,
    choice: RecipeChoice,
    *,
    methods: Sequence[str],
    factor: float,
    fragment: str | None,
    output: str | None,
) -> None:
    """Print what each method does to each frequency; with an output folder, also write the report page.

    Raises:
        InputError: the model is already scaled or has no rotary embeddings, or a method or fragment cannot be used.
    """
    unscaled = config_scaling(base_config(model))
    if not unscaled.has_rotary or unscaled.is_scaled:
        what = f"is already scaled ({unscaled.method})" if unscaled.has_rotary else "has no rotary embeddings"
        raise InputError(f"'{model}' {what}.", remedy=_MODEL_REMEDY)
    columns = compare_methods(unscaled, _labelled_options(choice.load().finetune.rope, methods, factor, fragment))
    rows = frequency_rows(unscaled)
    labels = ("pair", "wavelength", "turns", *(column.label for column in columns))
    table = Table(*(Column(label, overflow="fold") for label in labels), header_style="bold")
    for row in rows:
        numbers = (str(row.index), format_number(row.wavelength), format_number(row.turns))
        table.add_row(*numbers, *(cell(column, row.index) for column in columns))
    table.add_section()
    table.add_row("cos, sin", "×", "", *(format_number(column.scaling.attention_factor) for column in columns))
    console = Console()
    console.print(table)
    console.print(
        "Wavelength: in tokens. Turns: over the original length. The other columns: λ, the divisor of the frequency "
        f"under each method (at {columns[0].scaling.max_tokens:,} tokens).",
        soft_wrap=True,
    )
    if output:
        page = join(output, REPORT_FILE)
        write_text(page, rope_page(model=model, unscaled=unscaled, rows=rows, columns=columns))
        console.print(f"report: {page}", soft_wrap=True, highlight=False)


def search_rope_factors(model: str, choice: RecipeChoice, *, factor: float, data: Sequence[str], output: str) -> None:
    """Search LongRoPE factors, show progress, and print the comparison and the recipe fragment.

    Raises:
        InputError, FolderBusyError, FolderLostError, RunError: see `rope_search.run.search_rope`.
        MissingExtraError: the extra `train` is not installed.
    """
    with needing_extra("train", what="The search"):
        from pipeline.rope_search.run import SearchTask, search_rope
    recipe = choice.load()
    console = Console()
    with StepBar(console) as bar:
        result = search_rope(
            SearchTask(model, factor, recipe.finetune.rope.original_max_tokens, data, recipe.seed),
            settings=recipe.rope_search,
            output=Path(output).expanduser(),
            observer=SearchProgress(bar),
        )
    table = Table("perplexity, full forward passes", "YaRN", "searched", header_style="bold")
    for label, pair in (
        ("documents of the search", result.on_search_documents),
        ("held-out documents", result.on_held_out_documents),
    ):
        table.add_row(label, f"{pair.yarn:.3f}", f"{pair.searched:.3f}")
    console.print(table)
    for note in result.notes:
        console.print(f"note: {note}", soft_wrap=True, highlight=False)
    if result.best_with_start_tokens:
        start_tokens, perplexity = result.best_with_start_tokens
        console.print(
            f"best candidate with unscaled start tokens ({start_tokens}), which servers do not support: ranking "
            f"perplexity {perplexity:.3f}",
            soft_wrap=True,
        )
    console.print(Path(result.fragment).read_text(encoding="utf-8"), highlight=False, markup=False, end="")
    console.print(f"recipe fragment: {result.fragment}", soft_wrap=True, highlight=False)
    recipe_argument = f" {choice.reference}" if choice.reference else ""
    console.print(
        f"to train with it: pipeline finetune{recipe_argument} --model {model} --with {result.fragment}",
        soft_wrap=True,
        highlight=False,
        markup=False,
    )


class SearchProgress:
    """Shows a progress bar for the candidates."""

    def __init__(self, bar: StepBar) -> None:
        self._bar = bar
        self._num_done = 0

    def on_phase(self, description: str) -> None:
        """Show the current phase."""
        self._bar.describe(description)

    def on_plan(self, num_candidates: int) -> None:
        """Set the bar's length."""
        self._bar.plan("ranking candidates", total=num_candidates, completed=0)

    def on_candidate(self, candidate: Candidate, perplexity: float, best: float) -> None:
        """Move the bar."""
        self._num_done += 1
        self._bar.move(self._num_done, note=f"{candidate.origin}: {perplexity:.3f} · best {best:.3f}")


def _labelled_options(
    base: RopeOptions, methods: Sequence[str], factor: float, fragment: str | None
) -> list[tuple[str, RopeOptions]]:
    """Return the label and options of each method to show, and of the fragment with the label `searched`.

    Each method has the given factor, and the recipe's values for the options that all methods share. The recipe's
    method also has the recipe's values for its own options; the own options of any other method have their defaults.
    """
    recipe_options = base.model_dump()
    shared = {name: recipe_options[name] for name in RopeOptions.model_fields}
    labelled = []
    for name in methods or [name for name in _scaling_methods() if name == base.method or _has_defaults(name)]:
        if name not in _scaling_methods():
            choices = ", ".join(_scaling_methods())
            raise InputError(f"Cannot show RoPE method '{name}'.", remedy=f"Choose from: {choices}.")
        values = (recipe_options if name == base.method else shared) | {"method": name, "factor": factor}
        labelled.append((name, _checked(values, f"method {name}")))
    if fragment:
        labelled.append(("searched", _fragment_options(fragment)))
    return labelled


def _scaling_methods() -> list[str]:
    return [name for name in method_names() if method_class(name).scales]


def _has_defaults(name: str) -> bool:
    return not method_class(name).needs_options


def _fragment_options(path: str) -> RopeOptions:
    remedy = "Give the rope.yaml of a search."
    try:
        values = yaml.safe_load(Path(path).expanduser().read_text(encoding="utf-8"))
        section = values["finetune"]["rope"]
    except (OSError, yaml.YAMLError, TypeError, KeyError) as error:
        raise InputError(f"{path} has no section finetune.rope: {error}.", remedy=remedy) from error
    return _checked(section, path)


def _checked(values: object, source: str) -> RopeOptions:
    try:
        return FinetuneRecipe.model_validate({"rope": values}).rope
    except ValidationError as error:
        first = error.errors()[0]
        raise InputError(
            f"{source}: {first['msg'].removeprefix('Value error, ')}.", remedy="Correct it with --set finetune.rope.…"
        ) from error
