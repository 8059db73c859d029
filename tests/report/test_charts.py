"""Charts are well-formed, enclose their values and escape their labels."""

from __future__ import annotations

from itertools import pairwise
from xml.etree import ElementTree

import pytest
from approved_outcome import check_approved
from hypothesis import given
from hypothesis import strategies as st

from pipeline.report.charts import (
    Axis,
    HeatCell,
    Marker,
    Point,
    Scale,
    Series,
    Stack,
    StackPart,
    curve,
    heat_map,
    line_chart,
    nice_ticks,
    stacked_columns,
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


def test_charts_are_drawn_like_this() -> None:
    """Places, sizes, labels and classes of everything in a chart of each kind."""
    tuned = Series("tuned", "tuned", tuple(Point(x, x, x - 0.5, x + 1) for x in (1, 2, 4)))
    base = Series("base", "base", tuple(curve(1 + at / 20, 4 + at / 40) for at in range(41)))
    charts = {
        "lines": line_chart(
            [tuned, base],
            x_axis=Axis("tokens", Scale.LOG, format_tick, (1, 2, 4, 8)),
            y_axis=Axis("loss", Scale.LINEAR, format_tick, ()),
            markers=[Marker(1.5, "trained"), Marker(7.9, "near the end"), Marker(0.9, "left"), Marker(8.1, "right")],
            title="Loss & length",
            description="Two curves.",
        ),
        "one point": line_chart(
            [Series("alone", "base", (Point(3, 5, 5, 5),))],
            x_axis=Axis("step", Scale.LINEAR, format_tick, (3,)),
            y_axis=Axis("loss", Scale.LOG, format_tick, (5,)),
            markers=[],
            title="One",
            description="A point.",
        ),
        "heat map": heat_map(
            [HeatCell("0%", "1k", 0.5, "1/2"), HeatCell("50%", "2k", 0.51, "51"), HeatCell("0%", "2k", 0.0, "0/2")],
            rows=["0%", "50%"],
            columns=["1k", "2k"],
            row_title="depth",
            column_title="length",
            title="Found",
            description="Shares.",
        ),
        "columns": stacked_columns(
            [
                Stack("1k", (StackPart("train", "one", 1500), StackPart("validation", "two", 0))),
                Stack("2k", (StackPart("train", "one", 999), StackPart("validation", "two", 2_000_001))),
            ],
            x_title="bucket",
            y_title="rows",
            title="Rows",
            description="By bucket.",
        ),
    }
    lines = [
        line for name, svg in charts.items() for line in (f"== {name}", *str(svg).replace("><", ">\n<").split("\n"))
    ]
    check_approved("charts.txt", lines)


@pytest.mark.parametrize(
    ("values", "scale", "ticks"),
    [
        ([0, 4], Scale.LINEAR, [0, 1, 2, 3, 4]),
        ([0, 4.1], Scale.LINEAR, [0, 2, 4, 6]),
        ([0, 8], Scale.LINEAR, [0, 2, 4, 6, 8]),
        ([1, 11], Scale.LINEAR, [0, 5, 10, 15]),
        ([0, 21], Scale.LINEAR, [0, 10, 20, 30]),
        ([7, 7], Scale.LINEAR, [5, 6, 7, 8, 9]),
        ([-3, 3], Scale.LINEAR, [-4, -2, 0, 2, 4]),
        ([10, 100], Scale.LOG, [10, 20, 50, 100, 200]),
        ([10, 90], Scale.LOG, [10, 20, 50, 100]),
        ([3, 300], Scale.LOG, [1, 10, 100, 1000]),
        ([30, 300], Scale.LOG, [20, 50, 100, 200, 500]),
    ],
)
def test_ticks_of_known_values_are_these(values: list[float], scale: Scale, ticks: list[float]) -> None:
    assert nice_ticks(values, scale) == pytest.approx(ticks)


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
    with pytest.raises(ValueError, match="the chart has no points"):
        _chart_of_nothing()


def _chart_of_nothing() -> None:
    axis = Axis("x", Scale.LINEAR, format_tick, ())
    line_chart([Series("a", "tuned", ())], x_axis=axis, y_axis=axis, markers=(), title="t", description="d")


def test_heat_map_share_sets_the_colour_and_stands_in_the_cell() -> None:
    cells = [HeatCell("0%", "2k", 0.25, "1/4"), HeatCell("100%", "2k", 1.0, "4/4")]
    markup = heat_map(
        cells, rows=["0%", "100%"], columns=["2k"], row_title="r", column_title="c", title="t", description="d"
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
        (format_share(0.75), "75%"),
        (format_share(0.062), "6.2%"),
        (format_share(0.0), "0%"),
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


def _places(element: ElementTree.Element) -> list[tuple[float, float]]:
    return [(float(x), float(y)) for x, y in (pair.split(",") for pair in element.attrib["points"].split())]


@pytest.mark.parametrize("scale", list(Scale))
def test_band_goes_along_the_upper_ends_and_back_along_the_lower_ones(scale: Scale) -> None:
    points = [Point(1, 2.0, 1.0, 4.0), Point(2, 3.0, 2.0, 5.0), Point(4, 8.0, 6.0, 9.0)]
    root = _chart(points, scale)
    (band,), (line,) = root.findall("polygon"), root.findall("polyline")
    along, back = _places(band)[:3], _places(band)[3:][::-1]
    middle = _places(line)
    assert [x for x, _ in along] == [x for x, _ in middle] == [x for x, _ in back]
    for (_, high), (_, value), (_, low) in zip(along, middle, back, strict=True):
        assert high < value < low, "y grows downwards"
    area = sum(a[0] * b[1] - b[0] * a[1] for a, b in pairwise([*_places(band), _places(band)[0]]))
    between = sum(
        (b[0] - a[0]) * (c[1] + d[1] - a[1] - b[1])
        for (a, b), (c, d) in zip(pairwise(along), pairwise(back), strict=True)
    )
    assert abs(area) == pytest.approx(abs(between), rel=1e-3), "an outline that crosses itself has a smaller area"


def test_points_and_ticks_stand_where_their_values_are() -> None:
    root = _chart([curve(0, 0), curve(5, 50), curve(10, 100)])
    (line,) = root.findall("polyline")
    (x0, y0), (x1, y1), (x2, y2) = _places(line)
    assert x1 == pytest.approx((x0 + x2) / 2, abs=0.1) and y1 == pytest.approx((y0 + y2) / 2, abs=0.1)
    ticks = {(text.text, text.attrib["class"]): text.attrib for text in root.findall("text")}
    assert float(ticks["0", "tick middle"]["x"]) == x0 and float(ticks["10", "tick middle"]["x"]) == x2
    assert float(ticks["0", "tick end"]["y"]) == pytest.approx(y0 + 4, abs=0.1)
    assert float(ticks["100", "tick end"]["y"]) == pytest.approx(y2 + 4, abs=0.1)


def test_marker_is_drawn_at_its_place_and_left_out_beyond_the_axis() -> None:
    axis = Axis("n", Scale.LINEAR, format_tick, ())
    markers = [Marker(5, "half"), Marker(10, "end"), Marker(10.1, "beyond"), Marker(-0.1, "before")]
    markup = line_chart(
        [Series("a", "tuned", (curve(0, 0), curve(10, 1)))],
        x_axis=axis,
        y_axis=axis,
        markers=markers,
        title="t",
        description="d",
    )
    root = ElementTree.fromstring(str(markup))
    (line,) = root.findall("polyline")
    (first, _), (last, _) = _places(line)
    drawn = [float(one.attrib["x1"]) for one in root.findall("line") if one.attrib["class"] == "marker"]
    assert drawn == [pytest.approx((first + last) / 2, abs=0.1), last]
    labels = {text.text for text in root.findall("text")}
    assert {"half", "end"} <= labels and not {"beyond", "before"} & labels


def test_columns_are_as_high_as_their_values_and_stand_on_each_other() -> None:
    stacks = [
        Stack("1", (StackPart("kept", "good", 300), StackPart("dropped", "bad", 100))),
        Stack("2", (StackPart("kept", "good", 0), StackPart("dropped", "bad", 1200))),
    ]
    root = ElementTree.fromstring(str(stacked_columns(stacks, x_title="x", y_title="y", title="t", description="d")))
    rects = root.findall("rect")
    assert [rect.findtext("title") for rect in rects] == ["kept: 300", "dropped: 100", "dropped: 1,200"]
    heights = [float(rect.attrib["height"]) for rect in rects]
    assert heights[0] == pytest.approx(3 * heights[1], rel=0.01) and heights[2] == pytest.approx(
        4 * heights[0], rel=0.01
    )
    tops = [float(rect.attrib["y"]) for rect in rects]
    assert tops[1] + heights[1] == pytest.approx(tops[0], abs=0.2)
    assert tops[0] + heights[0] == pytest.approx(tops[2] + heights[2], abs=0.2)
    assert {"400", "1.2k"} <= {text.text for text in root.findall("text")}
