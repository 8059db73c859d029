"""Renders the report page for `pipeline rope show`: what each scaling does to each rotary frequency of a model.

Takes the model's frequencies and one column per scaling. Returns the HTML text.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from pipeline.report.charts import Axis, Marker, Scale, Series, curve, line_chart
from pipeline.report.page import format_number, format_tick, format_tokens, render_page
from pipeline.train.rope.comparison import Fate, FrequencyRow, MethodColumn
from pipeline.train.rope.scaling import RopeScaling


@dataclass(frozen=True, slots=True)
class MethodChart:
    """A chart of one method's divisors, with a caption."""

    title: str
    markup: Markup
    caption: str


def rope_page(
    *, model: str, unscaled: RopeScaling, rows: Sequence[FrequencyRow], columns: Sequence[MethodColumn]
) -> str:
    """Return the HTML page.

    Args:
        model: the model reference that the user gave.
        unscaled: the model's RoPE before scaling.
        rows: the model's frequencies, fastest first.
        columns: the scalings to compare, at least one.
    """
    target = max(column.scaling.max_tokens for column in columns)
    return render_page(
        "rope.html",
        model=model,
        headline=f"{model} from {unscaled.original_max_tokens:,} to {target:,} tokens: what happens to its "
        f"{len(rows)} rotary {'frequency' if len(rows) == 1 else 'frequencies'}",
        figures=[
            ("Context", f"{format_tokens(unscaled.original_max_tokens)} → {format_tokens(target)}"),
            ("Rotary frequencies", str(len(rows))),
            ("Base", format_tick(unscaled.theta)),
            ("Turn less than once in training", str(sum(row.turns < 1.0 for row in rows))),
        ],
        layer_note=_layer_note(unscaled),
        charts=[_chart(column, rows, unscaled, target) for column in columns],
        columns=columns,
        summary=[(column, [column.count(fate) for fate in Fate]) for column in columns],
        fates=[fate.value for fate in Fate],
        rows=[(row, [cell(column, row.index) for column in columns]) for row in rows],
    )


def cell(column: MethodColumn, index: int) -> str:
    """Return the text of a table cell: a divisor, or `stopped`."""
    return "stopped" if column.fates[index] is Fate.STOPPED else format_number(column.scaling.divisors[index])


def _chart(column: MethodColumn, rows: Sequence[FrequencyRow], unscaled: RopeScaling, target: int) -> MethodChart:
    turning = [row for row in rows if column.fates[row.index] is not Fate.STOPPED]
    divisors = column.scaling.divisors
    num_stopped = len(rows) - len(turning)
    caption = (
        ", ".join(f"{column.count(fate)} {fate.value}" for fate in Fate if column.count(fate))
        + f"; cos and sin × {column.scaling.attention_factor:.4g}."
    )
    markup = line_chart(
        [
            Series("unscaled", "base", tuple(curve(row.wavelength, 1.0) for row in rows)),
            Series(column.label, "tuned", tuple(curve(row.wavelength, divisors[row.index]) for row in turning)),
        ],
        x_axis=Axis("Wavelength, tokens", Scale.LOG, _wavelength_tick, ()),
        y_axis=Axis("Divided by", Scale.LOG, format_tick, ()),
        markers=(
            Marker(unscaled.original_max_tokens, format_tokens(unscaled.original_max_tokens)),
            Marker(target, format_tokens(target)),
        ),
        title=f"Divisors of {column.label} by wavelength",
        description=f"From {format_number(divisors[0])} at the fastest frequency to "
        f"{cell(column, turning[-1].index)} at the slowest that turns; {num_stopped} stopped.",
    )
    return MethodChart(column.label, markup, caption)


def _wavelength_tick(value: float) -> str:
    for unit, letter in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if value >= unit:
            return f"{value / unit:g}{letter}"
    return f"{value:g}"


def _layer_note(unscaled: RopeScaling) -> str:
    if not unscaled.other_layers:
        return ""
    others = ", ".join(f"{table.layer_type} (base {format_tick(table.theta)})" for table in unscaled.other_layers)
    return f"Only {unscaled.layer_type} layers are scaled; {others} keep their frequencies."
