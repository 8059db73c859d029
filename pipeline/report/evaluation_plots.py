"""Plots an evaluation as PNG files for model cards and slides. The HTML page has its own charts.

Takes the content of `evaluation.json`. Writes `perplexity.png` and `passkey.png`, if these tasks were measured, next to
it. Used by `pipeline evaluate`. Cost: about a second in matplotlib.
"""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from typing import Any

from matplotlib.figure import Figure

from pipeline.io import files

_COLOURS = {"base": "#8a8f98", "tuned": "#1f6f8b"}
_DPI = 160


def write_evaluation_plots(folder: str, evaluation: Mapping[str, Any]) -> list[str]:
    """Write one PNG for each measured task, and return their paths."""
    figures = {}
    if evaluation["perplexity"]:
        figures["perplexity.png"] = _perplexity(evaluation["perplexity"]["results"])
    if evaluation["passkey"]:
        figures["passkey.png"] = _passkey(evaluation["passkey"]["cells"])
    for name, figure in figures.items():
        buffer = io.BytesIO()
        figure.savefig(buffer, format="png", dpi=_DPI, bbox_inches="tight")
        with files.open_atomic(files.join(folder, name)) as file:
            file.write(buffer.getvalue())
    return [files.join(folder, name) for name in figures]


def _perplexity(results: Sequence[Mapping[str, Any]]) -> Figure:
    figure = Figure(figsize=(6.4, 3.6))
    axes = figure.subplots()
    for model, colour in _COLOURS.items():
        rows = sorted((row for row in results if row["model"] == model), key=lambda row: int(row["length"]))
        if not rows:
            continue
        lengths = [row["length"] for row in rows]
        axes.plot(lengths, [row["perplexity"] for row in rows], marker="o", color=colour, label=model)
        axes.fill_between(
            lengths, [row["low"] for row in rows], [row["high"] for row in rows], color=colour, alpha=0.15, linewidth=0
        )
    lengths = sorted({row["length"] for row in results})
    axes.set_xscale("log", base=2)
    axes.set_yscale("log")
    axes.set_xticks(lengths, [f"{length:,}" for length in lengths])
    axes.minorticks_off()
    axes.set_xlabel("Context length in tokens")
    axes.set_ylabel("Perplexity (95% interval shaded)")
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(axis="y", alpha=0.25)
    axes.legend(frameon=False)
    return figure


def _passkey(cells: Sequence[Mapping[str, Any]]) -> Figure:
    models = [model for model in _COLOURS if any(cell["model"] == model for cell in cells)]
    lengths = sorted({cell["length"] for cell in cells})
    depths = sorted({cell["depth"] for cell in cells})
    figure = Figure(figsize=(1.0 + 3.2 * len(models), 0.9 + 0.5 * len(depths)))
    for axes, model in zip(figure.subplots(1, len(models), squeeze=False)[0], models, strict=True):
        by_place = {(cell["depth"], cell["length"]): cell for cell in cells if cell["model"] == model}
        grid = [[by_place[depth, length]["accuracy"] for length in lengths] for depth in depths]
        axes.imshow(grid, cmap="GnBu", vmin=0, vmax=1, aspect="auto")
        for y, depth in enumerate(depths):
            for x, length in enumerate(lengths):
                cell = by_place[depth, length]
                ink = "white" if cell["accuracy"] > 0.6 else "#222222"
                axes.text(x, y, f"{cell['hits']}/{cell['samples']}", ha="center", va="center", color=ink, fontsize=8)
        axes.set_xticks(range(len(lengths)), [f"{length:,}" for length in lengths], fontsize=8)
        axes.set_yticks(range(len(depths)), [f"{depth:.0%}" for depth in depths], fontsize=8)
        axes.set_title(model, fontsize=10)
        axes.set_xlabel("Context length in tokens", fontsize=8)
        axes.set_ylabel("Depth of the key", fontsize=8)
    figure.tight_layout()
    return figure
