"""Renders the report page for an evaluation: one HTML file made from `evaluation.json`.

Used by `pipeline evaluate` and `pipeline inspect`. This module does not import torch.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from pipeline.io import files
from pipeline.io.checked_json import read_checked
from pipeline.report.charts import Axis, HeatCell, Marker, Point, Scale, Series, heat_map, line_chart
from pipeline.report.page import REPORT_FILE, format_number, format_tick, format_tokens, render_page

EVALUATION_FILE = "evaluation.json"
_LOG_FROM_RATIO = 4.0
"""The perplexity axis is logarithmic if the largest end of a confidence interval is more than this times the smallest.
"""
_LABELS = {"base": "Base model", "tuned": "Tuned model"}

Section = Mapping[str, Any]  # Any: a section of evaluation.json


@dataclass(frozen=True, slots=True)
class HeatMap:
    """The passkey grid for one model."""

    label: str
    chart: Markup


def write_evaluation_report(folder: str) -> str:
    """Write `report.html` next to a folder's `evaluation.json`, and return the page's path.

    Raises:
        FileNotFoundError: the folder has no `evaluation.json`.
        DamagedFileError: `evaluation.json` is damaged.
    """
    page = files.join(folder, REPORT_FILE)
    files.write_text(page, render_evaluation_report(read_checked(files.join(folder, EVALUATION_FILE))))
    return page


def render_evaluation_report(evaluation: Section) -> str:
    """Return the HTML page for an evaluation."""
    perplexity, passkey = evaluation["perplexity"], evaluation["passkey"]
    return render_page(
        "evaluation.html",
        evaluation=evaluation,
        labels=_LABELS,
        perplexity=perplexity,
        perplexity_chart=perplexity_chart(perplexity, evaluation["models"]) if perplexity else None,
        comparisons={row["length"]: row for row in perplexity["comparisons"]} if perplexity else {},
        passkey=passkey,
        heat_maps=heat_maps(passkey) if passkey else [],
        seconds=total_seconds(evaluation),
    )


def perplexity_chart(section: Section, models: Section) -> Markup:
    """Return a chart of perplexity by length for the base and tuned models.

    A marker shows the base model's context or, without a base model, the tuned model's context before RoPE scaling.
    """
    results = section["results"]
    values = [value for result in results for value in (result["low"], result["high"])]
    scale = Scale.LOG if max(values) / min(values) > _LOG_FROM_RATIO else Scale.LINEAR
    lengths = sorted({result["length"] for result in results})
    series = [
        Series(label=_LABELS[model], style=model, points=tuple(_points(results, model)))
        for model in _LABELS
        if any(result["model"] == model for result in results)
    ]
    return line_chart(
        series,
        x_axis=Axis("Context length in tokens", Scale.LOG, lambda tick: format_tokens(int(tick)), tuple(lengths)),
        y_axis=Axis("Perplexity", scale, format_tick, ()),
        markers=_context_markers(models),
        title="Perplexity by context length",
        description="; ".join(
            f"{_LABELS[result['model']]} at {result['length']:,} tokens: {format_number(result['perplexity'])}"
            for result in results
        ),
    )


def heat_maps(section: Section) -> list[HeatMap]:
    """Return a heat map of depth × length for each model that was tested."""
    cells: Sequence[Section] = section["cells"]
    lengths = sorted({cell["length"] for cell in cells})
    depths = sorted({cell["depth"] for cell in cells})
    return [
        HeatMap(
            label=label,
            chart=heat_map(
                [
                    HeatCell(
                        row=_depth_label(cell["depth"]),
                        column=format_tokens(cell["length"]),
                        share=cell["accuracy"],
                        label=f"{cell['hits']}/{cell['samples']}",
                    )
                    for cell in cells
                    if cell["model"] == model
                ],
                rows=[_depth_label(depth) for depth in depths],
                columns=[format_tokens(length) for length in lengths],
                row_title="Key depth",
                column_title="Context length in tokens",
                title=f"Keys found by the {label.lower()}",
                description="Share of hidden keys found, by depth of the key and length of the text.",
            ),
        )
        for model, label in _LABELS.items()
        if any(cell["model"] == model for cell in cells)
    ]


def total_seconds(evaluation: Section) -> float:
    """Return the total time of the forward passes behind the results, in seconds."""
    perplexity, passkey = evaluation["perplexity"], evaluation["passkey"]
    rows = [*(perplexity["results"] if perplexity else ()), *(passkey["by_length"] if passkey else ())]
    return float(sum(row["seconds"] for row in rows))


def _points(results: Sequence[Section], model: str) -> list[Point]:
    return [
        Point(x=result["length"], y=result["perplexity"], low=result["low"], high=result["high"])
        for result in sorted(results, key=lambda result: int(result["length"]))
        if result["model"] == model
    ]


def _context_markers(models: Section) -> list[Marker]:
    contexts = {
        models["base"]["context_tokens"] if "base" in models else models["tuned"]["original_context_tokens"]: (
            "base model's trained context"
        )
    }
    return [Marker(x=tokens, label=label) for tokens, label in contexts.items() if tokens]


def _depth_label(depth: float) -> str:
    return f"{depth:.0%}"
