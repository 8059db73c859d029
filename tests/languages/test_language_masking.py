"""Numbers of a country and words that name them, as every document is masked with them."""

from __future__ import annotations

import pytest

from pipeline.clean.personal_data import mask_personal_data
from pipeline.config.build import PersonalData

ALL = tuple(kind.value for kind in PersonalData)


def mask(text: str) -> str:
    return mask_personal_data(text=text, kinds=ALL).text


AREAS = "02 031 032 033 041 042 043 044 051 052 053 054 055 061 062 063 064 070 080 0502 0505"


@pytest.mark.parametrize("area", AREAS.split())
def test_korean_landline_of_every_area_is_masked(area: str) -> None:
    assert mask(f"{area}-788-4649") == "[PHONE-1]"
    assert mask(f"({area}) 1788-4649") == "[PHONE-1]"


@pytest.mark.parametrize("prefix", ["010", "011", "016", "017", "018", "019"])
@pytest.mark.parametrize("mark", ["-", " ", ".", ""])
def test_korean_mobile_of_every_prefix_is_masked(prefix: str, mark: str) -> None:
    assert mask(f"{prefix}{mark}1234{mark}5678") == "[PHONE-1]"
    assert mask(f"{prefix}{mark}234{mark}5678") == "[PHONE-1]"


@pytest.mark.parametrize(
    "text", ["035-788-4649", "045-788-4649", "012-1234-5678", "010-1234.5678", "010-1234-56789", "1010-1234-5678"]
)
def test_number_of_no_korean_phone_stays(text: str) -> None:
    assert mask(text) == text


@pytest.mark.parametrize("digit", range(1, 9))
def test_korean_registration_number_of_every_century_and_of_foreigners_is_masked(digit: int) -> None:
    assert mask(f"주민등록번호 010219-{digit}510272") == "주민등록번호 [RRN-1]"
    assert mask(f"외국인등록 010219–{digit}●●●●●●") == "외국인등록 [RRN-1]"


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("주민번호 010219-9510272", "주민번호 010219-9510272"),
        ("주민번호 010219-0510272", "주민번호 010219-0510272"),
        ("주민번호 811319-1510272", "주민번호 811319-1510272"),
        ("주민번호 010229-1510272", "주민번호 010229-1510272"),
        ("주민번호 000229-3510272", "주민번호 [RRN-1]"),
        ("주민번호 000229-1510272", "주민번호 000229-1510272"),
        ("원고 (810219-1510272)", "원고 ([RRN-1])"),
        ("원고 810219-1510273", "원고 810219-1510273"),
        ("800101-1000008", "[RRN-1]"),
        ("8001011000008", "8001011000008"),
        ("주민등록번호 8102191510272", "주민등록번호 [RRN-1]"),
        ("880412-2******", "880412-2******"),
        ("생년월일 880412-3xxxxxx", "생년월일 [RRN-1]"),
        ("RRN 880412-3XXXXXX", "RRN [RRN-1]"),
        ("resident registration 880412-2512345", "resident registration [RRN-1]"),
    ],
)
def test_registration_number_needs_a_birth_date_and_a_name_a_bracket_or_its_check_digit(text: str, masked: str) -> None:
    assert mask(text) == masked


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("사업자번호 1234567890", "사업자번호 [BRN-1]"),
        ("사업자등록 123-45-67890", "사업자등록 [BRN-1]"),
        ("business registration 124-81-00997", "business registration [BRN-1]"),
        ("등록 124-81-00998", "등록 [BRN-1]"),
        ("등록 124-81-00997", "등록 124-81-00997"),
        ("1248100998", "1248100998"),
    ],
)
def test_business_number_needs_its_name_or_its_check_digit(text: str, masked: str) -> None:
    assert mask(text) == masked


def test_name_of_a_number_is_looked_for_in_the_40_characters_before_it() -> None:
    for name, number, label in (("사업자번호", "1234567890", "[BRN-1]"), ("주민번호", "8102191510272", "[RRN-1]")):
        near, far = " " * (40 - len(name)), " " * (41 - len(name))
        assert mask(f"{name}{near}{number}") == f"{name}{near}{label}"
        assert mask(f"{name}{far}{number}") == f"{name}{far}{number}"


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("07700 900461", "[PHONE-1]"),
        ("07700 900 461", "[PHONE-1]"),
        ("(802) 555-0164", "[PHONE-1]"),
        ("802-555-0187", "[PHONE-1]"),
        ("102-555-0187", "102-555-0187"),
        ("802-155-0187", "802-155-0187"),
        ("x802-555-0187", "x802-555-0187"),
        ("802-555-0187a", "802-555-0187a"),
        ("08700 900461", "08700 900461"),
    ],
)
def test_english_phone_numbers_have_their_shape(text: str, masked: str) -> None:
    assert mask(text) == masked


@pytest.mark.parametrize("name", ["카드", "결제", "card"])
def test_card_without_groups_needs_a_name(name: str) -> None:
    assert mask(f"{name} 4539148803436467") == f"{name} [CARD-1]"
    assert mask("번호 4539148803436467") == "번호 4539148803436467"


@pytest.mark.parametrize(
    "name",
    [
        *("계좌", "계좌번호", "계좌 번호", "은행", "농협", "신협", "수협", "새마을금고", "우체국", "뱅크"),
        *("account no.", "account no", "Account Number:", "account nr.", "account #", "acct.", "acct no", "a/c no."),
    ],
)
def test_account_needs_the_name_of_a_bank_or_of_an_account(name: str) -> None:
    assert mask(f"{name} 110-234-567890") == f"{name} [ACCOUNT-1]"
    assert mask("부품 110-234-567890") == "부품 110-234-567890"


@pytest.mark.parametrize("name", ["address", "host", "client", "주소", "접속", "서버"])
def test_four_small_numbers_behind_the_name_of_an_address_are_masked(name: str) -> None:
    assert mask(f"{name} 4.17.20.9") == f"{name} [IP-1]"
    assert mask("4.17.20.9") == "4.17.20.9"


@pytest.mark.parametrize(
    "name", ["version", "release", "firmware", "clause", "section", "v", "제", "버전", "펌웨어", "조"]
)
def test_four_numbers_behind_the_name_of_a_place_or_version_stay(name: str) -> None:
    assert mask(f"{name} 84.17.203.9") == f"{name} 84.17.203.9"
    assert mask("84.17.203.9") == "[IP-1]"


@pytest.mark.parametrize(
    "name",
    [
        "tel",
        "telephone",
        "phone",
        "call",
        "mobile",
        "cell",
        "fax",
        "ring",
        "reach",
        "dial",
        "전화",
        "휴대폰",
        "핸드폰",
        "연락처",
        "팩스",
        "☎",
    ],
)
def test_number_behind_every_name_of_a_phone_is_masked(name: str) -> None:
    assert mask(f"{name} 1588 12345") == f"{name} [PHONE-1]"
    assert mask("part 1588 12345") == "part 1588 12345"
