"""Numbers and dates as spreadsheets show them. Expected texts are those of Excel."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.documents.readers.spreadsheets.cell_formats import BUILT_IN, general, shown_number, shown_text


@pytest.mark.parametrize(
    ("value", "code", "expected"),
    [
        (1234.5, "0", "1235"),
        (1234.5, "#,##0", "1,235"),
        (-1234.5, "#,##0.00", "-1,234.50"),
        (0.125, "0.00", "0.13"),
        (1.005, "0.00", "1.01"),
        (0.1534, "0%", "15%"),
        (0.1534, "0.0%", "15.3%"),
        (1200, "[$₩-412]#,##0", "₩1,200"),
        (1200, '"₩"#,##0;[Red]-"₩"#,##0', "₩1,200"),
        (-1200, '"₩"#,##0;[Red]-"₩"#,##0', "-₩1,200"),
        (1234.5, "$#,##0.00", "$1,234.50"),
        (0, '_-* #,##0_-;-* #,##0_-;_-* "-"_-;_-@_-', "-"),
        (-5, "0_);(0)", "(5)"),
        (5, "0;-0;;@", "5"),
        (0, "0;-0;;@", ""),
        (1234567, "#,##0,", "1,235"),
        (1234567, '0.0,,"M"', "1.2M"),
        (3.14159, "0.##", "3.14"),
        (3, "0.##", "3"),
        (0.5, ".00", ".50"),
        (7, "000", "007"),
        (12, '0"개"', "12개"),
        (12, 'General"개"', "12개"),
        (2, r"\1\.0#", "1.02"),
        (10, r"\1\.0#", "1.10"),
        (1012345678, "000-0000-0000", "010-1234-5678"),
        (21234567, "[<=9999999]###-####;(0##) ###-####", "(02) 123-4567"),
        (1234567, "[<=9999999]###-####;(0##) ###-####", "123-4567"),
        (12345.678, "0.00E+00", "1.23E+04"),
        (0.00012, "0.0E+0", "1.2E-4"),
        (1.5, "# ?/?", "1 1/2"),
        (0.25, "?/8", "2/8"),
        (3, "# ?/?", "3"),
        (7, '"only text"', "only text"),
    ],
)
def test_number_in_format(value: float, code: str, expected: str) -> None:
    assert shown_number(value, code) == expected


@pytest.mark.parametrize(
    ("value", "code", "expected"),
    [
        (45292, "yyyy-mm-dd", "2024-01-01"),
        (45292, "m/d/yy", "1/1/24"),
        (45351.75, 'yyyy"년" m"월" d"일" h:mm', "2024년 2월 29일 18:00"),
        (45292, "[$-F800]dddd, mmmm dd, yyyy", "Monday, January 01, 2024"),
        (45292, '[$-412]yyyy"년" m"월" d"일" dddd', "2024년 1월 1일 월요일"),
        (45292, "[$-412]AM/PM h:mm", "오전 12:00"),
        (45292, "aaa", "월"),
        (0.6285, "h:mm AM/PM", "3:05 PM"),
        (0.6285, "hh:mm:ss", "15:05:02"),
        (1.1, "[h]:mm", "26:24"),
        (0.5 / 86400, "mm:ss.0", "00:00.5"),
        (59.5, "d-mmm", "28-Feb"),
        (1, "yyyy-mm-dd", "1900-01-01"),
        (-1, "yyyy-mm-dd", "-1"),
        (1e9, "yyyy-mm-dd", "1000000000"),
    ],
)
def test_date_in_format(value: float, code: str, expected: str) -> None:
    assert shown_number(value, code) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (3.0, "3"),
        (-0.5, "-0.5"),
        (0.1 + 0.2, "0.3"),
        (1 / 3, "0.333333333"),
        (37.497952123, "37.497952123"),
        (123456789012, "123456789012"),
        (1e20, "1E+20"),
        (1.5e-9, "1.5E-09"),
    ],
)
def test_number_without_a_format(value: float, expected: str) -> None:
    assert general(value) == expected


def test_text_in_a_format_of_texts() -> None:
    assert shown_text("김철수", '@" 님"') == "김철수 님"
    assert shown_text("김철수", '0;-0;0;"["@"]"') == "[김철수]"
    assert shown_text("김철수", "0.00") == "김철수"


@given(
    st.floats(allow_nan=False, allow_infinity=False, min_value=-1e15, max_value=1e15),
    st.one_of(st.sampled_from(sorted(BUILT_IN.values())), st.text('0#?.,%/E+-ymdhs;@"\\[]_* <>=10가', max_size=20)),
)
def test_no_format_raises(value: float, code: str) -> None:
    assert isinstance(shown_number(value, code), str)
    assert isinstance(shown_text("가", code), str)
