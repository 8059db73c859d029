from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import pipeline
from pipeline.clean.check_digits import luhn_valid
from pipeline.clean.personal_data import mask_personal_data
from pipeline.config.build import PersonalData
from pipeline.languages.ko.registration_numbers import brn_valid, rrn_valid

ALL = tuple(kind.value for kind in PersonalData)
BUNDLED = Path(pipeline.__file__).parent / "bundled"


def mask(text: str) -> str:
    return mask_personal_data(text=text, kinds=ALL).text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("문의는 doyun.han@onnuri-living.co.kr로 보내세요.", "문의는 [EMAIL-1]로 보내세요."),
        ("이메일kim@byeol.kr이고", "이메일[EMAIL-1]이고"),
        ("Write to <j.o'neil+lease@mail.example.com>.", "Write to <[EMAIL-1]>."),
        ("reach her on +44 20 7946 0142, mornings", "reach her on [PHONE-1], mornings"),
        ("+82-10-1847-2936입니다", "[PHONE-1]입니다"),
        ("기사(010-1847-2936)가", "기사([PHONE-1])가"),
        ("01018472936", "[PHONE-1]"),
        ("대표 전화 02-788-4649, 팩스 031) 412-7788", "대표 전화 [PHONE-1], 팩스 [PHONE-2]"),
        ("Call (802) 555-0164 or 802-555-0187.", "Call [PHONE-1] or [PHONE-2]."),
        ("Rafferty Quayle: 07700 900461", "Rafferty Quayle: [PHONE-1]"),
        ("Tel. 01632 960001", "Tel. [PHONE-1]"),
        ("card 4539 1488 0343 6467, expiring 08/23", "card [CARD-1], expiring 08/23"),
        ("카드번호 4539148803436467", "카드번호 [CARD-1]"),
        ("원고 마현준 (810219-1510272)", "원고 마현준 ([RRN-1])"),
        ("주민등록번호 220101-3123456", "주민등록번호 [RRN-1]"),
        ("주민등록번호: 880412-2******", "주민등록번호: [RRN-1]"),
        ("사업자등록번호 124-81-00998", "사업자등록번호 [BRN-1]"),
        ("등록 124-81-00998 삼성", "등록 [BRN-1] 삼성"),
        ("가람은행 계좌 1002-447-903815로 송금", "가람은행 계좌 [ACCOUNT-1]로 송금"),
        ("누리은행 110-234-567890로 변경", "누리은행 [ACCOUNT-1]로 변경"),
        ("to account no. 0021-558-904417 by noon", "to account no. [ACCOUNT-1] by noon"),
        ("IBAN: DE89 3704 0044 0532 0130 00 at", "IBAN: [ACCOUNT-1] at"),
        ('"src":"84.17.203.9"', '"src":"[IP-1]"'),
        ("host 2606:4700:4700::1111 answered", "host [IP-1] answered"),
    ],
)
def test_mask_personal_data_replaces_the_value_and_nothing_else(text: str, expected: str) -> None:
    assert mask(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "EUR 423,403.20 and 1,234,567,890 won; 3,300,000,000원",
        "between 2023. 3. 6. and 2024-05-31, at 10:02:33",
        "clause 11.2.3.1 and Section 5.1.5.1",
        "version 5.3.2.1; firmware 2.6.40.1",
        "order no. 240315-1234561, part AQ-5220, case SC-COM-2023-0417, 2024가합10231",
        "ISO 9001:2015, EN 60335-1, 12 CFR 1002.3",
        "part DE44 5001 0517 5407 3249 31 in stock",
        "serial 4539148803436460 and 1234567890123456",
        "192.168.10.4, 10.0.0.1, 127.0.0.1, 203.0.113.7, 255.255.255.0 and 8.8.8.8",
        "account for 4,300 units, and take into account 2024-03-15",
        "계좌를 2024-03-15까지 알린다",
        "std::vector<int> a::b::c fe80::1",
        "+5 dBm at -12.5 °C, 93.0 to 98.0",
        "git@github.com:acme/pump.git",
        "@property def x(self): return a @ b.T",
        "(1), (2) and 598 × 600 × 845 mm",
    ],
)
def test_mask_personal_data_numbers_of_other_kinds_stay(text: str) -> None:
    assert mask(text) == text


def test_mask_personal_data_counts_by_kind_and_only_asked_kinds() -> None:
    text = "a@b.com, c@d.org, 010-1847-2936"
    masked = mask_personal_data(text=text, kinds=("email",))
    assert masked.text == "[EMAIL-1], [EMAIL-2], 010-1847-2936"
    assert dict(masked.counts) == {"email": 2}
    with pytest.raises(KeyError, match="address"):
        mask_personal_data(text=text, kinds=("address",))


def test_checksums_accept_valid_numbers_and_no_neighbour() -> None:
    for valid, number in ((luhn_valid, "4539148803436467"), (rrn_valid, "8001011000008"), (brn_valid, "1248100998")):
        digits = [number[:-1] + last for last in "0123456789"]
        assert [text for text in digits if valid(text)] == [number]


PIECES = st.sampled_from(
    [
        "010-1234-5678",
        "4539 1488 0343 6467",
        "a@b.com",
        "계좌 ",
        "전화 ",
        "110-234-567890",
        "84.17.203.9",
        "card ",
        " ",
        "-",
        ".",
        "7",
        "주민번호 ",
        "+82 ",
    ]
)


@given(st.lists(PIECES | st.text(alphabet="0123456789-. @a가", max_size=6), max_size=14).map("".join))
def test_mask_personal_data_twice_changes_nothing_more(text: str) -> None:
    once = mask(text)
    assert mask(once) == once


def planted() -> list[dict[str, str]]:
    lists = [json.loads(path.read_text(encoding="utf-8")) for path in sorted((BUNDLED / "planted").glob("*.json"))]
    return [entry for entries in lists if isinstance(entries, list) for entry in entries]


def test_mask_personal_data_finds_everything_planted_in_the_bundled_documents() -> None:
    entries = planted()
    assert len(entries) >= 20
    assert {entry["kind"] for entry in entries} >= {"email", "phone", "card", "rrn", "brn", "account", "ip"}
    for entry in entries:
        text = (BUNDLED / "documents" / entry["file"]).read_text(encoding="utf-8")
        assert entry["value"] in text, entry
        masked = mask(text)
        assert entry["value"] not in masked, entry
        assert f"[{entry['kind'].upper()}-" in masked, entry


@pytest.mark.parametrize(
    ("file", "fact"),
    [
        ("legal/en/orchard_lease.txt", "118 Orchard Lane"),
        ("legal/en/orchard_lease.txt", "April 17, 2019"),
        ("legal/ko/판결_2024가합10231.txt", "2024가합10231"),
        ("legal/ko/판결_2024가합10231.txt", "3,300,000,000원"),
        ("manual/en/aquila_espresso_manual.md", "AQ-5220"),
        ("manual/en/aquila_espresso_manual.md", "1,010 × 560 × 505 mm"),
        ("dialogue/en/steering_minutes.txt", "[10:02] Mara Lindqvist"),
    ],
)
def test_mask_personal_data_leaves_the_facts_of_the_bundled_documents(file: str, fact: str) -> None:
    text = (BUNDLED / "documents" / file).read_text(encoding="utf-8")
    assert fact in text
    assert fact in mask(text)
