"""Charts as inline SVG in the page's colours, so that the charts follow the page's light and dark themes.

Takes numbers and labels. Returns a `Markup` with one `<svg role="img">`, which has a title and a description of its
content; all labels are escaped here. Used by the report pages. Axes are linear or logarithmic, and a curve's interval
is drawn as a band.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from markupsafe import Markup

_WIDTH, _HEIGHT = 640, 340
_LEFT, _RIGHT, _TOP, _BOTTOM = 92, 20, 16, 56
_MAX_DOTS = 40
"""A curve with more points is drawn without dots."""


class Scale(StrEnum):
    """Scale of an axis."""

    LINEAR = "linear"
    LOG = "log"


@dataclass(frozen=True, slots=True)
class Point:
    """A measured value and its interval; without an interval, both ends equal the value."""

    x: float
    y: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Series:
    """A curve; `style` is the CSS class that colours it."""

    label: str
    style: str
    points: tuple[Point, ...]


@dataclass(frozen=True, slots=True)
class Axis:
    """Title, scale and tick format of an axis; if `ticks` is empty, ticks are chosen from the data."""

    title: str
    scale: Scale
    format_tick: Callable[[float], str]
    ticks: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Marker:
    """A vertical line with a label, at `x`."""

    x: float
    label: str


@dataclass(frozen=True, slots=True)
class HeatCell:
    """A cell of a heat map: `share` (0 to 1) sets its colour, `label` is its text."""

    row: str
    column: str
    share: float
    label: str


@dataclass(frozen=True, slots=True)
class StackPart:
    """A segment of a column; `style` is the CSS class that colours it."""

    label: str
    style: str
    value: int


@dataclass(frozen=True, slots=True)
class Stack:
    """A column of segments, from the bottom up; every column has the same segments."""

    label: str
    parts: tuple[StackPart, ...]


def curve(x: float, y: float) -> Point:
    """Return a point without an interval."""
    return Point(x=x, y=y, low=y, high=y)


def line_chart(
    series: Sequence[Series], *, x_axis: Axis, y_axis: Axis, markers: Sequence[Marker], title: str, description: str
) -> Markup:
    """Return a chart of curves with points, interval bands and vertical markers.

    Raises:
        ValueError: there are no points, or a logarithmic axis has a value that is not positive.
    """
    points = [point for one in series for point in one.points]
    if not points:
        raise ValueError("the chart has no points")
    x_ticks = list(x_axis.ticks) or nice_ticks([point.x for point in points], x_axis.scale)
    y_values = [value for point in points for value in (point.low, point.high, point.y)]
    y_ticks = list(y_axis.ticks) or nice_ticks(y_values, y_axis.scale)
    x_range = (min(x_ticks[0], *(p.x for p in points)), max(x_ticks[-1], *(p.x for p in points)))
    y_range = (min(y_ticks[0], *y_values), max(y_ticks[-1], *y_values))

    def across(value: float) -> float:
        return _LEFT + _position(value, x_range, x_axis.scale) * (_WIDTH - _LEFT - _RIGHT)

    def up(value: float) -> float:
        return _HEIGHT - _BOTTOM - _position(value, y_range, y_axis.scale) * (_HEIGHT - _TOP - _BOTTOM)

    parts = [_y_tick(y_axis.format_tick(tick), up(tick)) for tick in y_ticks]
    parts += [_x_tick(x_axis.format_tick(tick), across(tick)) for tick in x_ticks]
    parts += [_axis_titles(x_axis.title, y_axis.title)]
    parts += [_marker(marker, across(marker.x)) for marker in markers if x_range[0] <= marker.x <= x_range[1]]
    parts += [_band(one, across, up) for one in series]
    parts += [_line(one, across, up) for one in series]
    return _svg(parts, style="plot", width=_WIDTH, height=_HEIGHT, title=title, description=description)


def heat_map(
    cells: Sequence[HeatCell],
    *,
    rows: Sequence[str],
    columns: Sequence[str],
    row_title: str,
    column_title: str,
    title: str,
    description: str,
) -> Markup:
    """Return a grid of shares. Each cell also shows its label, so that colour is never the only sign."""
    cell_width, cell_height, top = 72, 40, 8
    left = max(76, 36 + 8 * max((len(row) for row in rows), default=0))  # a digit is at most 8 wide
    width, height = left + cell_width * len(columns) + 8, top + cell_height * len(rows) + 48
    parts = []
    for cell in cells:
        x, y = left + columns.index(cell.column) * cell_width, top + rows.index(cell.row) * cell_height
        ink = "heat-label strong" if cell.share > 0.5 else "heat-label"
        parts.append(
            Markup(
                '<rect class="heat-empty" x="{}" y="{}" width="{}" height="{}" rx="4"/>'
                '<rect class="heat" x="{}" y="{}" width="{}" height="{}" rx="4" fill-opacity="{:.2f}"/>'
                '<text class="{}" x="{}" y="{}">{}</text>'
            ).format(
                *(x + 2, y + 2, cell_width - 4, cell_height - 4),
                *(x + 2, y + 2, cell_width - 4, cell_height - 4, cell.share),
                *(ink, x + cell_width / 2, y + cell_height / 2 + 4, cell.label),
            )
        )
    for index, row in enumerate(rows):
        middle = top + (index + 0.5) * cell_height + 4
        parts.append(Markup('<text class="tick end" x="{}" y="{}">{}</text>').format(left - 8, middle, row))
    for index, column in enumerate(columns):
        centre = left + (index + 0.5) * cell_width
        parts.append(Markup('<text class="tick middle" x="{}" y="{}">{}</text>').format(centre, height - 30, column))
    parts.append(_text("axis middle", left + cell_width * len(columns) / 2, height - 8, column_title))
    parts.append(
        Markup('<text class="axis middle" transform="translate(14 {}) rotate(-90)">{}</text>').format(
            top + cell_height * len(rows) / 2, row_title
        )
    )
    return _svg(parts, style="map", width=width, height=height, title=title, description=description)


def stacked_columns(stacks: Sequence[Stack], *, x_title: str, y_title: str, title: str, description: str) -> Markup:
    """Return columns of segments that start at zero. Each column has its total above it; segments have tooltips."""
    totals = [sum(part.value for part in stack.parts) for stack in stacks]
    ticks = nice_ticks([0, max(totals)], Scale.LINEAR)
    floor, scale = _HEIGHT - _BOTTOM, (_HEIGHT - _TOP - _BOTTOM - 16) / ticks[-1]
    step = (_WIDTH - _LEFT - _RIGHT) / len(stacks)
    width = min(56.0, 0.7 * step)
    pieces = [_y_tick(_short(tick), floor - tick * scale) for tick in ticks]
    for index, (stack, total) in enumerate(zip(stacks, totals, strict=True)):
        centre, bottom = _LEFT + (index + 0.5) * step, float(floor)
        for part in stack.parts:
            if part.value:
                height = part.value * scale
                bottom -= height
                pieces.append(
                    Markup(
                        '<rect class="column {}" x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.2f}">'
                        "<title>{}: {:,}</title></rect>"
                    ).format(part.style, centre - width / 2, bottom, width, height, part.label, part.value)
                )
        pieces.append(_text("tick middle", centre, bottom - 6, _short(total)))
        pieces.append(_x_tick(stack.label, centre))
    pieces.append(_axis_titles(x_title, y_title))
    return _svg(pieces, style="plot", width=_WIDTH, height=_HEIGHT, title=title, description=description)


def nice_ticks(values: Sequence[float], scale: Scale) -> list[float]:
    """Return a few round numbers that enclose the values, often three to six.

    On a linear scale, their distance is 1, 2 or 5 × 10ⁿ. On a logarithmic scale, they are powers of ten, and over a
    short range also 2 and 5 times a power of ten; over a long range, there can be more.

    Raises:
        ValueError: the scale is logarithmic, and a value is not positive.
    """
    low, high = min(values), max(values)
    if scale is Scale.LOG:
        return _log_ticks(low, high)
    if high - low <= max(1e-9 * max(abs(low), abs(high)), 1e-300):  # floats of this size cannot resolve finer ticks
        low, high = low - abs(low) * 0.1 - 0.5, high + abs(high) * 0.1 + 0.5
    rough = (high - low) / 4
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(factor * power for factor in (1, 2, 5, 10) if factor * power >= rough * 0.999)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return [index * step for index in range(first, last + 1)]


def _log_ticks(low: float, high: float) -> list[float]:
    if low <= 0:
        raise ValueError(f"a logarithmic axis cannot show {low}")
    decades = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    factors = (1, 2, 5) if len(decades) <= 3 else (1,)
    ticks = [factor * 10.0**decade for decade in decades for factor in factors]
    inside = [tick for tick in ticks if low <= tick <= high]
    below = [tick for tick in ticks if tick < low][-1:]
    above = [tick for tick in ticks if tick > high][:1]
    return [*below, *inside, *above]


def _short(value: float) -> str:
    """Format 1,200 as 1.2k."""
    for size, unit in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if value >= size:
            return f"{value / size:.3g}{unit}"
    return f"{value:.3g}"


def _position(value: float, bounds: tuple[float, float], scale: Scale) -> float:
    low, high = bounds
    if scale is Scale.LOG:
        value, low, high = math.log(value), math.log(low), math.log(high)
    return 0.5 if low == high else (value - low) / (high - low)


def _band(one: Series, across: Callable[[float], float], up: Callable[[float], float]) -> Markup:
    if len(one.points) < 2 or all(point.low == point.high for point in one.points):
        return Markup("")
    upper = [f"{across(p.x):.1f},{up(p.high):.1f}" for p in one.points]
    lower = [f"{across(p.x):.1f},{up(p.low):.1f}" for p in reversed(one.points)]
    return Markup('<polygon class="band {}" points="{}"/>').format(one.style, " ".join(upper + lower))


def _line(one: Series, across: Callable[[float], float], up: Callable[[float], float]) -> Markup:
    positions = [(across(p.x), up(p.y)) for p in one.points]
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in positions)
    line = Markup('<polyline class="line {}" points="{}"/>').format(one.style, path)
    if len(positions) > _MAX_DOTS:
        return line
    dot = Markup('<circle class="dot {}" cx="{:.1f}" cy="{:.1f}" r="4"/>')
    dots = [dot.format(one.style, x, y) for x, y in positions]
    return line + Markup("").join(dots)


def _y_tick(label: str, y: float) -> Markup:
    grid = Markup('<line class="grid" x1="{}" x2="{}" y1="{:.1f}" y2="{:.1f}"/>').format(_LEFT, _WIDTH - _RIGHT, y, y)
    return grid + _text("tick end", _LEFT - 8, y + 4, label)


def _x_tick(label: str, x: float) -> Markup:
    return _text("tick middle", x, _HEIGHT - _BOTTOM + 20, label)


def _axis_titles(x_title: str, y_title: str) -> Markup:
    across = _text("axis middle", (_LEFT + _WIDTH - _RIGHT) / 2, _HEIGHT - 8, x_title)
    return across + Markup('<text class="axis middle" transform="translate(14 {}) rotate(-90)">{}</text>').format(
        (_TOP + _HEIGHT - _BOTTOM) / 2, y_title
    )


def _marker(marker: Marker, x: float) -> Markup:
    anchor, dx = ("start", 6) if x < _WIDTH * 0.6 else ("end", -6)
    return Markup('<line class="marker" x1="{:.1f}" x2="{:.1f}" y1="{}" y2="{}"/>').format(
        x, x, _TOP, _HEIGHT - _BOTTOM
    ) + _text(f"tick {anchor}", x + dx, _TOP + 12, marker.label)


def _text(style: str, x: float, y: float, text: str) -> Markup:
    return Markup('<text class="{}" x="{:.1f}" y="{:.1f}">{}</text>').format(style, x, y, text)


def _svg(parts: Sequence[Markup], *, style: str, width: float, height: float, title: str, description: str) -> Markup:
    # The maximum width keeps a grid with few columns from filling the width of the page.
    opening = Markup(
        '<svg class="chart {}" role="img" viewBox="0 0 {} {}" style="max-width: {:.0f}px" aria-label="{}">'
    ).format(style, width, height, width * 1.15, title)
    described = Markup("<title>{}</title><desc>{}</desc>").format(title, description)
    return opening + described + Markup("").join(parts) + Markup("</svg>")
