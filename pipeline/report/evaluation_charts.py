"""Draws the charts of an evaluation page: curves by length and by depth, controls side by side, and heat maps.

Takes sections of `evaluation.json`. Returns `Markup`. Each subject has the same colour and dashes in every chart.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from pipeline.report.charts import Axis, HeatCell, Marker, Point, Scale, Series, curve, heat_map, line_chart
from pipeline.report.page import format_number, format_tick, format_tokens

Section = Mapping[str, Any]  # Any: a section of evaluation.json

_LOG_FROM_RATIO = 4.0
"""The perplexity axis is logarithmic if the largest end of an interval is more than this times the smallest."""
_MAX_POSITION_CHARTS = 4
_OTHER_STYLES = ("s2", "s3", "s4", "s5")
_VARIANT_STYLES = {"document": "tuned", "evidence_only": "s4", "retrieved": "s2", "no_document": "base"}
_SHARES = tuple(tick / 5 for tick in range(6))


@dataclass(frozen=True, slots=True)
class LegendLine:
    """A colour of a chart and what it stands for."""

    style: str
    label: str


@dataclass(frozen=True, slots=True)
class TitledChart:
    """A chart of a row of charts."""

    title: str
    chart: Markup


def subject_styles(evaluation: Section) -> dict[str, str]:
    """Return the CSS class of each subject: the main one solid, the reference grey and dashed."""
    styles = {evaluation["reference"]: "base", evaluation["main"]: "tuned"}
    others = [one["name"] for one in evaluation["subjects"] if one["name"] not in styles]
    styles |= {name: _OTHER_STYLES[index % len(_OTHER_STYLES)] for index, name in enumerate(others)}
    return {one["name"]: styles[one["name"]] for one in evaluation["subjects"]}


def variant_styles(variants: Sequence[str]) -> dict[str, str]:
    """Return the CSS class of each variant of a task."""
    own = {name: _VARIANT_STYLES[name] for name in variants if name in _VARIANT_STYLES}
    free = [style for style in ("tuned", "s4", "s2", "base", "s3", "s5") if style not in own.values()] or ["s3"]
    others = [name for name in variants if name not in own]
    return own | {name: free[index % len(free)] for index, name in enumerate(others)}


def score_chart(section: Section, styles: Mapping[str, str]) -> Markup | None:
    """Return the main score by length, a curve a subject; None for a single length."""
    rows = [row for row in section["cells"] if row["variant"] == section["main_variant"]]
    series = [
        Series(name, style, _points([row for row in rows if row["subject"] == name], section["measure"]))
        for name, style in styles.items()
    ]
    return _by_length(series, title=f"{section['title']}: {words(section['measure'])} by length")


def control_charts(section: Section, subjects: Sequence[str]) -> list[TitledChart]:
    """Return a chart for each subject with a curve for each variant; none for one variant or one length."""
    if len(section["variants"]) < 2:
        return []
    found = []
    for name in subjects:
        series = [
            Series(
                words(variant),
                style,
                _points(
                    [row for row in section["cells"] if (row["subject"], row["variant"]) == (name, variant)],
                    section["measure"],
                ),
            )
            for variant, style in variant_styles(section["variants"]).items()
        ]
        title = f"{section['title']}: {words(section['measure'])} of {name} by what it is given"
        if chart := _by_length(series, title=title):
            found.append(TitledChart(name, chart))
    return found


def effective_chart(figures: Section, styles: Mapping[str, str], threshold: float) -> Markup | None:
    """Return the mean score over the counting tasks by length, with the threshold as a thin line."""
    series = []
    for name, style in styles.items():
        if figure := figures[name]["effective_length"]:
            points = [Point(row["length"], row["value"], row["low"], row["high"]) for row in figure["scores"]]
            series.append(Series(name, style, tuple(points)))
    lengths = sorted({point.x for one in series for point in one.points})
    if len(lengths) < 2:
        return None
    ends = tuple(curve(length, threshold) for length in (lengths[0], lengths[-1]))
    return _by_length([*series, Series("threshold", "threshold", ends)], title="Mean score by length")


def depth_charts(section: Section, styles: Mapping[str, str]) -> list[TitledChart]:
    """Return the main score by depth, a chart a length and a curve a subject, for the last few lengths."""
    rows = [row for row in section["by_depth"] if row["variant"] == section["main_variant"]]
    if len(section["depths"]) < 2:
        return []
    found = []
    for length in sorted({row["length"] for row in rows})[-_MAX_POSITION_CHARTS:]:
        series = [
            Series(
                name,
                style,
                _points(
                    [row for row in rows if (row["subject"], row["length"]) == (name, length)],
                    section["measure"],
                    across="depth",
                ),
            )
            for name, style in styles.items()
        ]
        shown = [one for one in series if one.points]
        if shown:
            title = f"{section['title']}: {words(section['measure'])} by depth at {length:,} tokens"
            chart = line_chart(
                shown,
                x_axis=Axis("Depth of the proof", Scale.LINEAR, lambda tick: f"{tick:.0%}", _SHARES),
                y_axis=Axis("Score", Scale.LINEAR, format_tick, _SHARES),
                markers=[],
                title=title,
                description=_described(shown),
            )
            found.append(TitledChart(f"{length:,} tokens", chart))
    return found


def heat_maps(section: Section) -> list[TitledChart]:
    """Return a heat map of depth × length for each subject, if the task has several depths."""
    measure, width = section["measure"], section["depth_width"]
    rows = [
        row for row in section["by_depth"] if row["variant"] == section["main_variant"] and measure in row["scores"]
    ]
    if len(section["depths"]) < 2:
        return []
    return [
        TitledChart(
            name,
            heat_map(
                [
                    HeatCell(
                        row=depth_words(row["depth"], width),
                        column=format_tokens(row["length"]),
                        share=row["scores"][measure]["value"],
                        label=score_words(row["scores"][measure]),
                    )
                    for row in rows
                    if row["subject"] == name
                ],
                rows=[depth_words(depth, width) for depth in section["depths"]],
                columns=[format_tokens(length) for length in sorted({row["length"] for row in rows})],
                row_title="Depth of the proof",
                column_title="Context length in tokens",
                title=f"{section['title']}: {words(measure)} of {name} by depth and length",
                description="The score of each cell, by depth of the proof and length of the context.",
            ),
        )
        for name in section["subjects"]
        if any(row["subject"] == name for row in rows)
    ]


def perplexity_chart(section: Section, styles: Mapping[str, str], subjects: Sequence[Section]) -> Markup:
    """Return perplexity by length, a curve a subject, with the trained context of the subjects marked."""
    results = section["results"]
    ends = [value for row in results for value in (row["low"], row["high"])]
    scale = Scale.LOG if max(ends) / min(ends) > _LOG_FROM_RATIO else Scale.LINEAR
    series = [
        Series(
            name,
            style,
            tuple(
                Point(row["length"], row["perplexity"], row["low"], row["high"])
                for row in sorted(results, key=lambda row: int(row["length"]))
                if row["subject"] == name
            ),
        )
        for name, style in styles.items()
        if any(row["subject"] == name for row in results)
    ]
    contexts = {
        one["original_context_tokens"] for one in subjects if one["name"] in {row["subject"] for row in results}
    }
    return line_chart(
        series,
        x_axis=_length_axis(sorted({row["length"] for row in results})),
        y_axis=Axis("Perplexity", scale, format_tick, ()),
        markers=[Marker(x=tokens, label="trained context") for tokens in sorted(contexts) if tokens],
        title="Perplexity by context length",
        description=_described(series),
    )


def stream_chart(results: Sequence[Section], subject: str) -> Markup | None:
    """Return the perplexity of one subject along a stream, a curve for each kind of cache."""
    rows = [row for row in results if row["subject"] == subject and row["by_position"]]
    if not rows:
        return None
    styles = variant_styles([row["variant"] for row in rows])
    series = [
        Series(
            words(row["variant"]),
            styles[row["variant"]],
            tuple(curve(block["end"], block["perplexity"]) for block in row["by_position"]),
        )
        for row in rows
    ]
    values = [point.y for one in series for point in one.points]
    scale = Scale.LOG if max(values) / min(values) > _LOG_FROM_RATIO else Scale.LINEAR
    return line_chart(
        series,
        x_axis=Axis("Tokens of the stream", Scale.LINEAR, lambda tick: format_tick(tick), ()),
        y_axis=Axis("Perplexity of the block", scale, format_tick, ()),
        markers=[],
        title=f"Perplexity of {subject} along the stream",
        description=_described(series),
    )


def words(name: str) -> str:
    """Return the name of a measure, variant or kind as a reader sees it: `evidence_only` as `evidence only`."""
    return name.replace("_", " ")


def depth_words(depth: float, width: float) -> str:
    """Return a depth as `50%`, or the range of which it is the middle as `40–60%`."""
    return f"{100 * (depth - width / 2):.0f}–{depth + width / 2:.0%}" if width else f"{depth:.0%}"


def score_words(estimate: Section) -> str:
    """Return hits as `3/4` where each score is 0 or 1, else the mean as `0.75`."""
    if estimate["interval"] == "wilson":
        return f"{round(estimate['value'] * estimate['n'])}/{estimate['n']}"
    return f"{estimate['value']:.2f}"


def _points(rows: Sequence[Section], measure: str, *, across: str = "length") -> tuple[Point, ...]:
    found = [(row[across], row["scores"][measure]) for row in rows if measure in row["scores"]]
    return tuple(_point(x, estimate) for x, estimate in sorted(found, key=lambda pair: pair[0]))


def _point(x: float, estimate: Section) -> Point:
    if estimate["interval"] == "none":  # all that is possible: a band over the whole chart would say nothing
        return curve(x, estimate["value"])
    return Point(x, estimate["value"], estimate["low"], estimate["high"])


def _by_length(series: Sequence[Series], *, title: str) -> Markup | None:
    shown = [one for one in series if one.points]
    lengths = sorted({int(point.x) for one in shown for point in one.points})
    if len(lengths) < 2:
        return None
    return line_chart(
        shown,
        x_axis=_length_axis(lengths),
        y_axis=Axis("Score", Scale.LINEAR, format_tick, _SHARES),
        markers=[],
        title=title,
        description=_described(shown),
    )


def _length_axis(lengths: Sequence[int]) -> Axis:
    return Axis("Context length in tokens", Scale.LOG, lambda tick: format_tokens(int(tick)), tuple(lengths))


def _described(series: Sequence[Series]) -> str:
    return "; ".join(
        f"{one.label} at {point.x:,.4g}: {format_number(point.y)}" for one in series for point in one.points
    )
