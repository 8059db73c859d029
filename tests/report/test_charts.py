"""Charts are well-formed, enclose their values and escape their labels."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.report.charts import (
    Axis,
    HeatCell,
    Marker,
    Point,
    Scale,
    Series,
    curve,
    heat_map,
    line_chart,
    nice_ticks,
)
from pipeline.report.page import format_number, format_seconds, format_share, format_tick, format_tokens

FINITE = st.floats(-1e9, 1e9, allow_subnormal=False)


def _chart(points: list[Point], y_scale: Scale = Scale.LINEAR, label: str = "loss") -> ElementTree.Element:
    markup = line_chart(
        [Series(label, "tuned", tuple(points))],
        x_axis=Axis(label, Scale.LINEAR, format_tick, ()),
        y_axis=Axis(label, y_scale, format_tick, ()),
        markers=[Marker(points[0].x, label)],
        title=label,
        description=label,
    )
    return ElementTree.fromstring(str(markup))


@given(st.lists(FINITE, min_size=1, max_size=20))
def test_nice_ticks_linear_any_values_are_enclosed_by_few_even_ticks(values: list[float]) -> None:
    ticks = nice_ticks(values, Scale.LINEAR)
    spread = max(max(values) - min(values), 1e-9)
    assert ticks[0] <= min(values) + spread * 1e-6 and ticks[-1] >= max(values) - spread * 1e-6
    assert 2 <= len(ticks) <= 8
    assert ticks == sorted(set(ticks))


@given(st.lists(st.floats(1e-6, 1e9), min_size=1, max_size=20))
def test_nice_ticks_log_any_values_are_enclosed(values: list[float]) -> None:
    ticks = nice_ticks(values, Scale.LOG)
    assert ticks[0] <= min(values) * 1.000001 and ticks[-1] >= max(values) * 0.999999
    assert len(ticks) <= 17 and ticks == sorted(set(ticks))


def test_nice_ticks_log_zero_raises() -> None:
    with pytest.raises(ValueError, match="logarithmic"):
        nice_ticks([0.0, 1.0], Scale.LOG)


@given(st.lists(st.tuples(FINITE, FINITE), min_size=1, max_size=60))
def test_line_chart_any_points_stay_inside_the_frame(values: list[tuple[float, float]]) -> None:
    root = _chart([curve(x, y) for x, y in values])
    _, _, width, height = (float(part) for part in root.attrib["viewBox"].split())
    (line,) = root.findall("polyline")
    places = [tuple(map(float, pair.split(","))) for pair in line.attrib["points"].split()]
    assert len(places) == len(values)
    assert all(0 <= x <= width and 0 <= y <= height for x, y in places)


def test_line_chart_higher_values_stand_higher_and_intervals_are_a_band() -> None:
    root = _chart([Point(1, 1.0, 0.5, 2.0), Point(2, 100.0, 50.0, 200.0)], Scale.LOG)
    first, second = (float(dot.attrib["cy"]) for dot in root.findall("circle"))
    assert second < first
    (band,) = root.findall("polygon")
    assert len(band.attrib["points"].split()) == 4


def test_line_chart_hostile_labels_are_text() -> None:
    root = _chart([curve(1, 1), curve(2, 2)], label='<script>x</script> & "quotes"')
    assert root.find(".//script") is None
    assert root.attrib["aria-label"] == '<script>x</script> & "quotes"'


def test_line_chart_without_points_raises() -> None:
    with pytest.raises(ValueError, match="at least one point"):
        _chart_of_nothing()


def _chart_of_nothing() -> None:
    axis = Axis("x", Scale.LINEAR, format_tick, ())
    line_chart([Series("a", "tuned", ())], x_axis=axis, y_axis=axis, markers=(), title="t", description="d")


def test_heat_map_share_sets_the_colour_and_stands_in_the_cell() -> None:
    cells = [HeatCell("0 %", "2k", 0.25, "1/4"), HeatCell("100 %", "2k", 1.0, "4/4")]
    markup = heat_map(
        cells, rows=["0 %", "100 %"], columns=["2k"], row_title="r", column_title="c", title="t", description="d"
    )
    root = ElementTree.fromstring(str(markup))
    shades = [rect.attrib["fill-opacity"] for rect in root.findall("rect") if rect.attrib["class"] == "heat"]
    assert shades == ["0.25", "1.00"]
    assert [text.text for text in root.findall("text")][:2] == ["1/4", "4/4"]


@pytest.mark.parametrize(
    ("shown", "expected"),
    [
        (format_number(647.2), "647"),
        (format_number(12345.6), "12,346"),
        (format_number(9.061), "9.06"),
        (format_number(0.0071), "0.007"),
        (format_number(2.5e7), "2.50e+07"),
        (format_share(0.75), "75 %"),
        (format_share(0.062), "6.2 %"),
        (format_share(0.0), "0 %"),
        (format_seconds(3.21), "3.2 s"),
        (format_seconds(59.7), "1 min"),
        (format_seconds(95.4), "1 min 35 s"),
        (format_seconds(7260), "2 h 1 min"),
        (format_tokens(16384), "16k"),
        (format_tokens(1500), "1,500"),
        (format_tick(0.00015), "1.5e-4"),
        (format_tick(10000.0), "10,000"),
    ],
)
def test_formats_known_values_read_well(shown: str, expected: str) -> None:
    assert shown == expected
