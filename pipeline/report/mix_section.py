"""The part of a build's report page about the mix: what each group of questions has, and which shares were reached.

Takes the manifest. Returns tables for the template. Used by `build_page`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pipeline.config.export import ExportRecipe
from pipeline.export.count_tables import (
    CountTable,
    amount_tables,
    arrangement_table,
    depth_table,
    mix_table,
    row_length_table,
)
from pipeline.export.limits import limits_of
from pipeline.export.mix import mix_lines
from pipeline.export.tally import read_tally


@dataclass(frozen=True, slots=True)
class MixSection:
    """The tables of the section."""

    amounts: tuple[CountTable, ...]
    """Turns, tokens and loss tokens by family, task and so on."""
    row_lengths: CountTable | None
    arrangement: CountTable | None
    """Where questions are, and how written ones are mixed with others."""
    depths: CountTable | None
    """Turns by the depth of their evidence and the length bucket."""
    mix: CountTable | None
    summary: str
    """One sentence that says which shares were missed."""


def mix_section(manifest: Mapping[str, Any]) -> MixSection | None:
    """Return the section; None if the build has not counted any row yet."""
    tally = read_tally(manifest["stages"].get("export", {}).get("counters", {}))
    if not tally.turns_in_row:
        return None
    recipe = ExportRecipe.model_validate(manifest["recipe"].get("export", {}))
    lines = mix_lines(limits_of(recipe), tally)
    missed = [line.title for line in lines if line.missing]
    return MixSection(
        amounts=tuple(amount_tables(tally)),
        row_lengths=row_length_table(tally),
        arrangement=arrangement_table(tally, recipe.conversations),
        depths=depth_table(tally),
        mix=mix_table(lines),
        summary=f"The documents did not supply the mix of the recipe: {len(missed)} of {len(lines)} shares were missed."
        if missed
        else "All shares that the recipe asks for were reached.",
    )
