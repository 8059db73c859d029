"""Which numbers are personal: a checksum, a date or a name beside it decides, at its edge as well."""

from __future__ import annotations

import pytest

from pipeline.clean.personal_data import mask_personal_data
from pipeline.config.build import PersonalData

ALL = tuple(kind.value for kind in PersonalData)


def mask(text: str) -> str:
    return mask_personal_data(text=text, kinds=ALL).text


def luhn_digit(body: str) -> str:
    """The digit that completes a card number, by the rule as ISO/IEC 7812-1 words it."""
    total = 0
    for place, digit in enumerate(reversed(body), start=1):
        value = int(digit) * 2 if place % 2 else int(digit)
        total += sum(map(int, str(value)))
    return str(-total % 10)


def rrn_digit(body: str) -> str:
    total = sum(int(digit) * (2 + index % 8) for index, digit in enumerate(body))
    return str((11 - total % 11) % 10)


def frn_digit(body: str) -> str:
    total = sum(int(digit) * (2 + index % 8) for index, digit in enumerate(body))
    return str((13 - total % 11) % 10)


def brn_digit(body: str) -> str:
    total = sum(int(digit) * weight for digit, weight in zip(body, (1, 3, 7, 1, 3, 7, 1, 3, 5), strict=True))
    return str(-(total + int(body[8]) * 5 // 10) % 10)


def iban(country: str, account: str) -> str:
    """An IBAN with its check digits (ISO 13616)."""
    number = "".join(str(int(char, 36)) for char in f"{account}{country}00")
    return f"{country}{98 - int(number) % 97:02d}{account}"


def others(digit: str) -> list[str]:
    return [other for other in "0123456789" if other != digit]


@pytest.mark.parametrize("body", ["453914880343646", "510510510510510", "378282246310005"[:-1], "222145208091253"])
def test_card_number_is_masked_with_its_check_digit_and_with_no_other(body: str) -> None:
    check = luhn_digit(body)

    def grouped(number: str, mark: str) -> str:
        sizes = (4, 6, 5) if len(number) == 15 else (4, 4, 4, 4)
        starts = [sum(sizes[:index]) for index in range(len(sizes))]
        return mark.join(number[start : start + size] for start, size in zip(starts, sizes, strict=True))

    for mark in (" ", "-"):
        assert mask(f"paid with {grouped(body + check, mark)}, thanks") == "paid with [CARD-1], thanks"
        for wrong in others(check):
            assert mask(f"paid with {grouped(body + wrong, mark)}, thanks") == (
                f"paid with {grouped(body + wrong, mark)}, thanks"
            )
    assert mask(f"Visa {body}{check}") == "Visa [CARD-1]"
    assert mask(f"Visa {body}{others(check)[0]}") == f"Visa {body}{others(check)[0]}"


@pytest.mark.parametrize("first", ["0", "1"])
def test_number_with_card_checksum_that_no_network_issues_stays(first: str) -> None:
    body = f"{first}53914880343646"
    text = f"serial {body[:4]} {body[4:8]} {body[8:12]} {body[12:]}{luhn_digit(body)}"
    assert mask(text) == text


def test_number_of_two_different_digits_is_no_card_and_of_three_is_one() -> None:
    assert luhn_digit("444444444444444") == "8"
    assert mask("4444 4444 4444 4448") == "4444 4444 4444 4448"
    assert luhn_digit("444444444444446") == "3"
    assert mask("4444 4444 4444 4463") == "[CARD-1]"


@pytest.mark.parametrize("name", ["card", "카드", "VISA", "Master", "Amex", "결제"])
def test_ungrouped_card_number_needs_its_name_within_forty_characters(name: str) -> None:
    number = "4539148803436467"
    near, far = f"{name}{' ' * (40 - len(name))}{number}", f"{name}{' ' * (41 - len(name))}{number}"
    assert mask(near).endswith("[CARD-1]")
    assert mask(far) == far
    assert mask(number) == number


BORN = [
    # Year, month and day, the digit of century and sex, and whether there was such a day.
    ("000229", "3", True),
    ("000229", "4", True),
    ("000229", "7", True),
    ("000229", "8", True),
    ("000229", "1", False),
    ("000229", "2", False),
    ("000229", "5", False),
    ("000229", "6", False),
    ("960229", "1", True),
    ("960229", "6", True),
    ("970229", "1", False),
    ("991231", "2", True),
    ("991232", "2", False),
    ("000101", "3", True),
    ("990431", "1", False),
    ("990430", "1", True),
    ("991301", "1", False),
    ("990001", "1", False),
    ("990100", "1", False),
]


@pytest.mark.parametrize(("born", "century", "is_day"), BORN)
def test_resident_number_begins_with_a_day_of_its_century(born: str, century: str, is_day: bool) -> None:
    body = f"{born}{century}23456"
    check = rrn_digit(body) if century in "1234" else frn_digit(body)
    number = f"{born}-{century}23456{check}"
    for text in (f"홍길동 {number}", f"주민등록번호 {number}", f"원고 ({number})"):
        assert mask(text) == (text.replace(number, "[RRN-1]") if is_day else text)


@pytest.mark.parametrize("digit", ["0", "9"])
def test_resident_number_of_no_century_in_use_stays(digit: str) -> None:
    body = f"900101{digit}23456"
    text = f"주민등록번호 900101-{digit}23456{rrn_digit(body)}"
    assert mask(text) == text


@pytest.mark.parametrize("century", list("12345678"))
def test_resident_number_alone_needs_its_check_digit_and_beside_its_name_does_not(century: str) -> None:
    body = f"880412{century}12345"
    check = rrn_digit(body) if century in "1234" else frn_digit(body)
    assert mask(f"홍길동 880412-{century}12345{check} 귀하") == "홍길동 [RRN-1] 귀하"
    for wrong in others(check):
        number = f"880412-{century}12345{wrong}"
        assert mask(f"홍길동 {number} 귀하") == f"홍길동 {number} 귀하"
        assert mask(f"생년월일 {number}") == "생년월일 [RRN-1]"
        assert mask(f"원고 홍길동({number})") == "원고 홍길동([RRN-1])"


@pytest.mark.parametrize(
    "name", ["주민번호", "주민등록 번호", "외국인 등록", "생년월일", "RRN", "Resident registration no."]
)
def test_resident_number_without_hyphen_or_with_stars_needs_its_name_within_forty_characters(name: str) -> None:
    body = "880412212345"
    for number in (f"{body}{rrn_digit(body)}", "880412-2******", "880412-2xxxxxx", "880412-2●●●●●●"):
        near, far = f"{name}{' ' * (40 - len(name))}{number}", f"{name}{' ' * (41 - len(name))}{number}"
        assert mask(near).endswith("[RRN-1]")
        assert mask(far) == far


@pytest.mark.parametrize("hyphen", ["-", " - ", "–", "- ", " -"])
def test_resident_number_is_known_by_any_hyphen(hyphen: str) -> None:
    assert mask(f"홍길동 880412{hyphen}212345{rrn_digit('880412212345')}") == "홍길동 [RRN-1]"


@pytest.mark.parametrize("body", ["124810099", "220811234", "105879999", "609000000"])
def test_business_number_alone_needs_hyphens_and_its_check_digit(body: str) -> None:
    check = brn_digit(body)
    number = f"{body[:3]}-{body[3:5]}-{body[5:]}"
    assert mask(f"삼성 {number}{check} 귀중") == "삼성 [BRN-1] 귀중"
    for wrong in others(check):
        assert mask(f"삼성 {number}{wrong} 귀중") == f"삼성 {number}{wrong} 귀중"
        assert mask(f"사업자등록번호: {number}{wrong}") == "사업자등록번호: [BRN-1]"
    assert mask(f"주문 {body}{check}") == f"주문 {body}{check}"
    assert mask(f"사업자번호 {body}{check}") == "사업자번호 [BRN-1]"


@pytest.mark.parametrize("name", ["사업자등록번호", "사업자 번호", "사업자등록", "business registration"])
def test_business_number_is_named_within_forty_characters(name: str) -> None:
    near, far = f"{name}{' ' * (40 - len(name))}1234567890", f"{name}{' ' * (41 - len(name))}1234567890"
    assert mask(near).endswith("[BRN-1]")
    assert mask(far) == far


IBANS = [
    iban("NO", "86011117947"),
    iban("DE", "370400440532013000"),
    iban("GB", "NWBK60161331926819"),
    iban("MT", "MALT011000012345MTLCAST001S"),
    iban("LC", "HEMM000100010012001200023015"),
]


@pytest.mark.parametrize("number", IBANS, ids=[f"{number[:2]}{len(number)}" for number in IBANS])
def test_iban_is_masked_with_its_check_digits_and_with_no_others(number: str) -> None:
    assert 15 <= len(number) <= 34
    spaced = " ".join(number[start : start + 4] for start in range(0, len(number), 4))
    for written in (number, spaced):
        assert mask(f"IBAN: {written}.") == "IBAN: [ACCOUNT-1]."
    for change in (1, 2, 50):
        wrong = f"{number[:2]}{(int(number[2:4]) + change) % 97:02d}{number[4:]}"
        assert mask(f"IBAN: {wrong}.") == f"IBAN: {wrong}."


@pytest.mark.parametrize("num_chars", [14, 35])
def test_number_shorter_or_longer_than_any_iban_stays(num_chars: int) -> None:
    number = iban("XX", ("A1B2" * 9)[: num_chars - 4])
    assert mask(f"IBAN {number}") == f"IBAN {number}"


def test_iban_is_masked_only_where_it_is_called_one() -> None:
    assert mask(f"part {IBANS[1]} in stock") == f"part {IBANS[1]} in stock"


@pytest.mark.parametrize(
    ("number", "is_account"),
    [
        ("12-34567", False),
        ("12-345678", True),
        ("1234567-12345678-12345", True),
        ("1234567-12345678-123456", False),
        ("1234567", False),
        ("12345678", True),
        ("1234567890123456", True),
        ("12345678901234567", False),
        ("2024-12-31", False),
        ("2024-13-31", True),
        ("1999.1.31", False),
        ("110 234 567890", True),
    ],
)
def test_account_has_eight_to_twenty_digits_and_is_no_date(number: str, is_account: bool) -> None:
    for name in ("account no. ", "계좌번호: ", "acct. ", "a/c "):
        assert mask(f"{name}{number}") == name + ("[ACCOUNT-1]" if is_account else number)


@pytest.mark.parametrize(
    "bank", ["누리은행", "농협", "신협", "수협", "새마을금고", "우체국", "카카오뱅크", "국민은행 (예금주 홍)"]
)
def test_number_behind_a_bank_is_an_account_where_hyphens_group_it(bank: str) -> None:
    assert mask(f"{bank} 110-234-567890") == f"{bank} [ACCOUNT-1]"
    assert mask(f"{bank} 110234567890") == f"{bank} [ACCOUNT-1]"
    assert mask(f"{bank} 110234567") == f"{bank} 110234567"
    assert mask(f"{bank} 110-2345") == f"{bank} 110-2345"


@pytest.mark.parametrize(
    ("text", "is_address"),
    [
        ("from 32.7.31.8 again", True),
        ("from 31.7.31.8 again", False),
        ("the client at 31.7.31.8 again", True),
        ("서버 31.7.31.8", True),
        ("IP: 31.7.31.8", True),
        ("192.168.10.4", False),
        ("172.16.200.9", False),
        ("224.0.1.99", False),
        ("256.17.203.9", False),
        ("84.17.203.256", False),
        ("84.17.203.9.1", False),
        ("084.17.203.9", False),
        *((f"{name} 84.17.203.9", False) for name in ("version", "release", "firmware", "clause", "section", "v", "§")),
        *((f"{name} 84.17.203.9", False) for name in ("article", "chapter", "paragraph", "제", "버전", "펌웨어", "조")),
        ("2606:4700::1", True),
        ("2606::1111", False),
        ("2001:db8:1:2::3", False),
        ("2606:4700:1:2:3:4:5:6:7", False),
        ("4606:4700:1:2::3", False),
    ],
)
def test_ip_address_is_masked_where_it_is_public_and_no_version_or_clause(text: str, is_address: bool) -> None:
    assert ("[IP-1]" in mask(text)) == is_address
    if not is_address:
        assert mask(text) == text


SAMPLES = {
    "email": "a.kim@example.org",
    "phone": "010-1847-2936",
    "card": "4539 1488 0343 6467",
    "rrn": "(810219-1510272)",
    "brn": "124-81-00998",
    "account": "농협 302-1234-5678-91",
    "ip": "84.17.203.9",
    "passport": "여권 M123A4567",
    "driving_licence": "11-15-123456-78",
    "national_id": "SSN 536-22-1847",
}


@pytest.mark.parametrize("kind", list(SAMPLES))
def test_each_kind_is_masked_alone_and_counted_under_its_name(kind: str) -> None:
    assert set(SAMPLES) == set(ALL)
    text = " / ".join(SAMPLES.values())
    masked = mask_personal_data(text=text, kinds=(kind,))
    assert dict(masked.counts) == {kind: 1}
    assert f"[{kind.upper()}-1]" in masked.text
    assert all(sample in masked.text for other, sample in SAMPLES.items() if other != kind)


def test_counts_are_those_of_all_finds() -> None:
    masked = mask_personal_data(text="010-1847-2936 or 011-234-5678; a@b.org. " * 3, kinds=ALL)
    assert {kind: number for kind, number in masked.counts.items() if number} == {"email": 3, "phone": 6}
