"""Renders the page of a comparison of evaluations: one HTML file made from `comparison.json`.

Used by `pipeline evaluate compare` and `pipeline inspect`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pipeline.io import files
from pipeline.io.checked_json import read_checked
from pipeline.report.evaluation_charts import words
from pipeline.report.page import render_page

COMPARISON_FILE, COMPARISON_PAGE = "comparison.json", "comparison.html"

Section = Mapping[str, Any]  # Any: a section of comparison.json


def write_comparison_report(folder: str) -> str:
    """Write `comparison.html` next to a folder's `comparison.json`, and return the page's path.

    Raises:
        FileNotFoundError: the folder has no `comparison.json`.
        DamagedFileError: `comparison.json` is damaged.
    """
    page = files.join(folder, COMPARISON_PAGE)
    files.write_text(page, render_comparison(read_checked(files.join(folder, COMPARISON_FILE))))
    return page


def render_comparison(comparison: Section) -> str:
    """Return the HTML page of a comparison."""
    return render_page(
        "comparison.html",
        comparison=comparison,
        headline=comparison_headline(comparison),
        words=words,
    )


def comparison_headline(comparison: Section) -> str:
    """Return one sentence for each side: on which tasks it is clearly better or worse than the reference.

    A task counts with its main score and main variant, over all lengths.
    """
    sentences = []
    for side in comparison["sides"][1:]:
        found: dict[str, list[str]] = {"better": [], "worse": [], "not measurably different": []}
        for task in comparison["tasks"].values():
            if row := _main_row(task, side["label"]):
                difference = row["scores"][task["measure"]]
                better = "better" if difference["value"] > 0 else "worse"
                found[better if difference["is_clear"] else "not measurably different"].append(task["title"])
        said = "; ".join(f"{word} on {', '.join(titles)}" for word, titles in found.items() if titles)
        said = said or "not asked the same questions in the main variant of any task"
        sentences.append(f"Compared with {comparison['reference']}, {side['label']} is {said}.")
    return " ".join(sentences)


def _main_row(task: Section, label: str) -> Section | None:
    rows = [
        row
        for row in task["rows"]
        if row["side"] == label and row["variant"] == task["main_variant"] and task["measure"] in row["scores"]
    ]
    return rows[-1] if rows else None  # the row over all lengths is the last, and the only one of a single length
