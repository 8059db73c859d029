"""The tables of a build's rows: what each group has, how deep the evidence lies, and how the mix compares.

Takes the tally of the rows and the lines of the mix. Returns headers and cells, which the dataset card writes as
Markdown and the report page as HTML. Pure.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.config.export import ConversationRecipe
from pipeline.config.shares import Measure
from pipeline.export.mix import MixLine
from pipeline.export.reach import Reach
from pipeline.export.tally import Arranged, Tally
from pipeline.languages import language_title

_DIMENSION_TITLES = {
    "family": "family",
    "needs": "what a question needs",
    "task": "task",
    "origin": "origin",
    "domain": "domain",
    "language": "language",
    "bucket": "bucket",
}
_REACH_TITLES = {
    Reach.ONE_PLACE: "one place",
    Reach.FAR_APART: "places more than 1,000 characters apart",
    Reach.SEVERAL_DOCUMENTS: "several documents",
    Reach.ALL_OF_A_KIND: "all places of a kind",
    Reach.ABSENCE: "everything, to say that it is not there",
    Reach.NO_DOCUMENT: "no document",
}
_MEASURE_TITLES = {Measure.TURNS: "turns", Measure.TOKENS: "tokens", Measure.LOSS_TOKENS: "loss tokens"}


@dataclass(frozen=True, slots=True)
class CountTable:
    """A table; numbers are integers, everything else is text."""

    title: str
    header: tuple[str, ...]
    rows: tuple[tuple[str | int, ...], ...]


def amount_tables(tally: Tally) -> list[CountTable]:
    """Return a table for each dimension, such as the task: turns, tokens and loss tokens of each group.

    Buckets are in ascending order, all other groups in descending order of their turns. Dimensions without a group
    have no table.
    """
    tables = []
    for dimension, groups in tally.by.items():
        if not groups:
            continue
        order = (
            sorted(groups, key=int) if dimension == "bucket" else sorted(groups, key=lambda g: (-groups[g].turns, g))
        )
        rows = tuple(
            (_group_title(dimension, group), groups[group].turns, groups[group].tokens, groups[group].loss_tokens)
            for group in order
        )
        title = _DIMENSION_TITLES[dimension]
        tables.append(CountTable(f"Turns by {title}", (title, "turns", "tokens", "loss tokens"), rows))
    return tables


def depth_table(tally: Tally) -> CountTable | None:
    """Return the turns with evidence in each depth bin, by length bucket; None if there are none."""
    if not tally.depths:
        return None
    num_bins = 1 + max(depth_bin for bins in tally.depths.values() for depth_bin in bins)
    header = ("bucket", *(f"{number / num_bins:.0%} to {(number + 1) / num_bins:.0%}" for number in range(num_bins)))
    rows: tuple[tuple[str | int, ...], ...] = tuple(
        (f"{bucket:,}", *(tally.depths[bucket].get(number, 0) for number in range(num_bins)))
        for bucket in sorted(tally.depths)
    )
    return CountTable("Turns with evidence at a depth, by bucket", header, rows)


def mix_table(lines: Sequence[MixLine]) -> CountTable | None:
    """Return the shares that the recipe asks for beside those of the rows; None if it asks for none."""
    if not lines:
        return None
    rows = tuple(
        (line.title, _MEASURE_TITLES[line.measure], _asked(line), f"{line.share:.1%}", _missing(line)) for line in lines
    )
    return CountTable("The mix", ("group", "share of", "asked", "reached", "missed by"), rows)


def row_length_table(tally: Tally) -> CountTable | None:
    """Return the number of rows by their number of turns; None without rows."""
    if not tally.turns_in_row:
        return None
    rows = tuple((f"{number}", tally.turns_in_row[number]) for number in sorted(tally.turns_in_row))
    return CountTable("Rows by number of turns", ("turns in a row", "rows"), rows)


def arrangement_table(tally: Tally, recipe: ConversationRecipe) -> CountTable | None:
    """Return how questions are arranged, beside what the recipe asks for; None without a row about a document."""
    counted = (
        ("first question before the document", recipe.question_first_share, Arranged.QUESTION_FIRST, Arranged.ROWS),
        ("written, in rows with both kinds", recipe.written_share, Arranged.WRITTEN_IN_BOTH, Arranged.TURNS_IN_BOTH),
    )
    rows = []
    for title, asked, part, whole in counted:
        number, total = tally.arranged.get(part, 0), tally.arranged.get(whole, 0)
        if total:
            measure = "rows" if whole is Arranged.ROWS else "turns"
            rows.append((title, measure, f"{asked:.1%}", f"{number / total:.1%}", number, total))
    header = ("share", "of", "asked", "reached", "number", "in all")
    return CountTable("How questions are arranged", header, tuple(rows)) if rows else None


def _group_title(dimension: str, group: str) -> str:
    if dimension == "language":
        return language_title(group)
    if dimension == "needs":
        return _REACH_TITLES[Reach(group)]
    return f"{int(group):,}" if dimension == "bucket" else group  # as in a recipe


def _asked(line: MixLine) -> str:
    if line.least and line.most < 1:
        return f"{line.least:.1%} to {line.most:.1%}"
    return f"at least {line.least:.1%}" if line.least else f"at most {line.most:.1%}"


def _missing(line: MixLine) -> str:
    if not line.missing:
        return "met"
    return f"{abs(line.missing) * 100:.1f} points too {'many' if line.missing > 0 else 'few'}"
