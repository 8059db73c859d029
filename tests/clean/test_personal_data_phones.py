"""Telephone numbers: every Korean prefix, the forms they are written in, and what only looks like one."""

from __future__ import annotations

import pytest

from pipeline.clean.personal_data import mask_personal_data

MOBILES = ("010", "011", "016", "017", "018", "019")
NO_MOBILES = ("012", "013", "014", "015")
AREAS = (
    *("02", "031", "032", "033", "041", "042", "043", "044", "051", "052", "053", "054", "055"),
    *("061", "062", "063", "064", "070", "080", "0505"),
)
NO_AREAS = ("034", "040", "045", "050", "056", "060", "065", "071", "090")


def mask(text: str) -> str:
    return mask_personal_data(text=text, kinds=("phone",)).text


@pytest.mark.parametrize("prefix", MOBILES)
@pytest.mark.parametrize(
    "form", ["{}-1847-2936", "{}-184-2936", "{} 1847 2936", "{}.1847.2936", "{}18472936", "{}1842936"]
)
def test_korean_mobile_of_every_prefix_is_masked_in_every_form(prefix: str, form: str) -> None:
    assert mask(f"담당자 {form.format(prefix)}입니다") == "담당자 [PHONE-1]입니다"


@pytest.mark.parametrize("prefix", NO_MOBILES)
def test_number_of_no_mobile_prefix_stays(prefix: str) -> None:
    for text in (f"부품 {prefix}-1847-2936", f"부품 {prefix}18472936"):
        assert mask(text) == text


@pytest.mark.parametrize("form", ["010-1847 2936", "010-18472936", "010-1847-29361", "3010-1847-2936", "010-18-2936"])
def test_digits_that_are_not_grouped_like_a_mobile_stay(form: str) -> None:
    assert mask(f"no. {form}") == f"no. {form}"


@pytest.mark.parametrize("area", AREAS)
def test_korean_landline_of_every_area_is_masked(area: str) -> None:
    for number in (f"{area}-788-4649", f"{area}-7788-4649", f"({area}) 788-4649", f"{area}) 788-4649"):
        assert mask(f"본사 {number}.") == "본사 [PHONE-1]."


@pytest.mark.parametrize("area", NO_AREAS)
def test_number_of_no_area_stays(area: str) -> None:
    text = f"부품 {area}-788-4649"
    assert mask(text) == text


@pytest.mark.parametrize(
    "number",
    [
        *("+82-10-1847-2936", "+82 10 1847 2936", "+82 10-1847-2936", "+821018472936", "+82 (0)10 1847 2936"),
        *("+82-16-234-5678", "+82-2-788-4649", "+82 31 412 7788", "+82(0)10-1847-2936"),
        *("+44 20 7946 0142", "+1 (802) 555-0164", "+1 802 555 0187", "+49 30 901820"),
    ],
)
def test_international_number_is_masked(number: str) -> None:
    assert mask(f"call {number}, mornings") == "call [PHONE-1], mornings"
    assert mask(f"{number}입니다") == "[PHONE-1]입니다"


@pytest.mark.parametrize(
    ("number", "is_phone"),
    [
        ("+1 234 567", False),
        ("+1 234 5678", True),
        ("+123 45678 12345 12", True),
        ("+123 45678 12345 123", False),
        ("+012 345 6789", False),
    ],
)
def test_international_number_has_eight_to_fifteen_digits(number: str, is_phone: bool) -> None:
    assert mask(f"delta {number} units") == ("delta [PHONE-1] units" if is_phone else f"delta {number} units")


NAMES = [
    "Tel.",
    "telephone",
    "Phone:",
    "call",
    "Mobile",
    "cell",
    "Fax",
    "reach me at",
    "dial",
    "전화",
    "휴대폰",
    "연락처",
    "팩스",
    "☎",
]


@pytest.mark.parametrize("name", NAMES)
def test_other_number_is_masked_beside_a_word_for_telephones(name: str) -> None:
    assert mask(f"{name} 01632 960001") == f"{name} [PHONE-1]"
    assert mask("order 01632 960001") == "order 01632 960001"


@pytest.mark.parametrize(
    ("number", "is_phone"),
    [("1234 5678", False), ("12345 6789", True), ("12345 678901 1234", True), ("12345 678901 1234 1234", False)],
)
def test_named_number_has_nine_to_fifteen_digits(number: str, is_phone: bool) -> None:
    assert mask(f"Tel. {number} today") == ("Tel. [PHONE-1] today" if is_phone else f"Tel. {number} today")


def test_name_counts_within_forty_characters() -> None:
    near, far = f"phone{'.' * 34} 01632 960001", f"phone{'.' * 35} 01632 960001"
    assert mask(near).endswith("[PHONE-1]")
    assert mask(far) == far


@pytest.mark.parametrize(
    ("number", "is_phone"),
    [
        ("(802) 555-0164", True),
        ("(802)555-0164", True),
        ("802-555-0164", True),
        ("102-555-0164", False),
        ("802-155-0164", False),
        ("802-555-016", False),
        ("802-555-01644", False),
        ("07700 900461", True),
        ("07700 900 461", True),
        ("08700 900461", False),
        ("07700 90046", False),
    ],
)
def test_american_and_british_numbers_are_masked_by_their_shape(number: str, is_phone: bool) -> None:
    assert mask(f"or {number} then") == ("or [PHONE-1] then" if is_phone else f"or {number} then")
