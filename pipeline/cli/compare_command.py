"""`pipeline evaluate compare A B …`: compares finished evaluations and prints the paired differences."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table

from pipeline.errors import InputError
from pipeline.evaluate.compare import compare
from pipeline.io.folders import refuse_inside_build
from pipeline.io.lease import hold_folder

DEFAULT_OUTPUT = "out/comparison"


def run_comparison(folders: Sequence[str], *, output: str | None) -> None:
    """Compare the folders, print a table of differences and name the page.

    Raises:
        InputError: fewer than two folders are given. For other errors, see `evaluate.compare.compare`.
    """
    if len(folders) < 2:
        raise InputError(
            "A comparison needs two evaluations or more.", remedy="Write: pipeline evaluate compare A B, with folders."
        )
    target = output or DEFAULT_OUTPUT
    refuse_inside_build(target, what="comparison folder")
    with hold_folder(target, command="evaluate compare"):
        result = compare(folders, output=target)
    console = Console()
    console.print(f"Differences from {result.comparison['reference']}, by the main score of each task:", highlight=False)
    table = Table("task", "variant", "tokens", "model", "difference", "95% interval", "questions")
    for name, task in result.comparison["tasks"].items():
        for row in task["rows"]:
            own = row["scores"].get(task["measure"])
            if own is not None:
                table.add_row(
                    name,
                    row["variant"],
                    "all" if row["length"] is None else f"{row['length']:,}",
                    row["side"],
                    f"{own['value']:+.3f}",
                    f"{own['low']:+.3f} to {own['high']:+.3f}",
                    str(own["n"]),
                )
    console.print(table)
    console.print(f"record: {result.record}", soft_wrap=True, highlight=False)
    console.print(f"report: {result.report}", soft_wrap=True, highlight=False)
