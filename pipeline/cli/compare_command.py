"""`pipeline evaluate compare`: compares finished evaluations and prints the paired differences."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.table import Table

from pipeline.evaluate.compare import compare
from pipeline.report.comparison_page import comparison_headline

_DEFAULT_OUTPUT = "comparison"


def run_comparison(folders: Sequence[str], *, output: str | None) -> None:
    """Compare evaluation folders, and print each task's main score over all lengths.

    Raises:
        InputError, DamagedFileError, DiskFullError: as for `evaluate.compare.compare`.
    """
    result = compare(folders, output=output or _DEFAULT_OUTPUT)
    console = Console()
    console.print(_table(result.comparison))
    console.print(comparison_headline(result.comparison), highlight=False, markup=False)
    for note in result.comparison["notes"]:
        console.print(note, highlight=False, markup=False)
    console.print(f"record: {result.record}", soft_wrap=True, highlight=False)
    console.print(f"report: {result.report}", soft_wrap=True, highlight=False)


def _table(comparison: Mapping[str, Any]) -> Table:  # Any: JSON values
    reference = comparison["reference"]
    table = Table(
        "task", "given", "length", "model", "score", reference, "difference", "95% interval", "clear", "pairs"
    )
    for task in comparison["tasks"].values():
        measure = task["measure"]
        for row in task["rows"]:
            if measure not in row["scores"]:
                continue
            difference, (own, other) = row["scores"][measure], row["means"][measure]
            table.add_row(
                f"{task['title']} ({measure.replace('_', ' ')})",
                row["variant"].replace("_", " "),
                "all" if row["length"] is None else f"{row['length']:,}",
                row["side"],
                f"{own:.2f}",
                f"{other:.2f}",
                f"{difference['value']:+.2f}",
                f"{difference['low']:+.2f} to {difference['high']:+.2f}",
                "yes" if difference["is_clear"] else "no",
                f"{row['n']:,}",
            )
    return table
