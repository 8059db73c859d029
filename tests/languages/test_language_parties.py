"""Parties of each language: role, name and the words that say so."""

from __future__ import annotations

import pytest

from pipeline.languages import language_rules


def parties(language: str, text: str) -> list[tuple[str, str, str]]:
    rules = language_rules(language).legal.parties
    assert rules is not None
    return [(party.role, party.name, text[party.start : party.end]) for party in rules.find(text)]


def test_korean_party_has_its_role_and_its_letter() -> None:
    first, second = '임대인 김민수(이하 "갑"이라 한다)', '임차인 주식회사 한빛(이하 "을"이라 한다)'
    assert parties("ko", f"{first}와 {second}은") == [
        ("“갑”", "김민수", first),
        ("임대인", "김민수", first),
        ("“을”", "주식회사 한빛", second),
        ("임차인", "주식회사 한빛", second),
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("나라전자(이하 “회사”라 한다)", [("회사", "나라전자", "나라전자(이하 “회사”라 한다)")]),
        ("원      고   박서연\n", [("원고", "박서연", "원      고   박서연")]),
        ("【신청인】 정다은\n", [("신청인", "정다은", "신청인】 정다은")]),
        ("채권자: 오세훈상회\n", [("채권자", "오세훈상회", "채권자: 오세훈상회")]),
        ("우리상사(이하 '본건상사'라 한다)", []),
    ],
)
def test_korean_party_is_declared_in_every_usual_form(text: str, expected: list[tuple[str, str, str]]) -> None:
    assert parties("ko", text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            'It is between Alder Foods, Inc., a Vermont corporation (the "Supplier"), and Birch Market LLC ("Buyer").',
            [
                ("Supplier", "Alder Foods, Inc.", 'Alder Foods, Inc., a Vermont corporation (the "Supplier")'),
                ("Buyer", "Birch Market LLC", 'Birch Market LLC ("Buyer")'),
            ],
        ),
        (
            "by and between Karl Jensen (the Landlord)\nand Mona Reyes (the Tenant).",
            [
                ("Landlord", "Karl Jensen", "Karl Jensen (the Landlord)"),
                ("Tenant", "Mona Reyes", "Mona Reyes (the Tenant)"),
            ],
        ),
        (
            "Dana Whitfield, Plaintiff,\nv.\nOrchard Holdings Ltd, Defendants.",
            [
                ("Plaintiff", "Dana Whitfield", "Dana Whitfield, Plaintiff,"),
                ("Defendant", "Orchard Holdings Ltd", "Orchard Holdings Ltd, Defendants."),
            ],
        ),
        (
            "Seller: Northwind Traders\nBuyer: Blue Yonder\n",
            [
                ("Seller", "Northwind Traders", "Seller: Northwind Traders"),
                ("Buyer", "Blue Yonder", "Buyer: Blue Yonder"),
            ],
        ),
        ("This Lease Agreement (the Tenant)", []),
        ("between Alpha (the Tenant)", []),
    ],
)
def test_english_party_has_its_role_and_whole_name(text: str, expected: list[tuple[str, str, str]]) -> None:
    assert parties("en", text) == expected


def test_english_role_belongs_to_the_nearest_name_before_it() -> None:
    text = 'between Alpha Beta Ltd, a bank, and Gamma Delta Ltd, a company of Alpha Beta Ltd (the "Customer")'
    assert parties("en", text) == [
        ("Customer", "Gamma Delta Ltd", 'Gamma Delta Ltd, a company of Alpha Beta Ltd (the "Customer")')
    ]


def test_english_name_more_than_300_characters_before_its_role_is_not_taken() -> None:
    between = "Alpha Beta Ltd, a bank" + " of note" * 33 + " xyz"
    near, far = f"\n{between} (the Buyer)", f"\n{between}{' of note' * 6} (the Buyer)"
    assert len(between) < 300 < len(far)
    assert [name for _, name, _ in parties("en", near)] == ["Alpha Beta Ltd"]
    assert parties("en", far) == []


@pytest.mark.parametrize(
    ("language", "roles", "answer"),
    [
        ("ko", ["임대인", "“갑”"], "임대인(“갑”)"),
        ("ko", ["“갑”", "소유자", "임대인"], "소유자, 임대인(“갑”)"),
        ("ko", ["임대인", "소유자"], "임대인, 소유자"),
        ("en", ["Tenant"], "the Tenant"),
        ("en", ["Tenant", "Guarantor"], "the Tenant and the Guarantor"),
    ],
)
def test_capacity_names_all_roles_of_one_party(language: str, roles: list[str], answer: str) -> None:
    rules = language_rules(language).legal.parties
    assert rules is not None
    assert rules.capacity(roles) == answer


ENGLISH_ROLES = """
Landlord Tenant Guarantor Lessor Lessee Supplier Buyer Seller Purchaser Vendor Licensor Licensee Customer Client
Contractor Subcontractor Provider Company Employer Employee Borrower Lender Owner Agent Distributor Manufacturer
Consultant Recipient Discloser Franchisor Franchisee Insurer Insured Plaintiff Defendant Claimant Appellant Respondent
Applicant Petitioner Assignor Assignee Mortgagor Mortgagee
"""
KOREAN_ROLES = """
임대인 임차인 매도인 매수인 공급자 공급인 구매자 발주자 수급인 도급인 수탁자 위탁자 원고 피고 신청인 피신청인
채권자 채무자 청구인 피청구인 항소인 피항소인 상고인 피상고인 양도인 양수인 대주 차주 보증인 연대보증인 사용자
근로자 이용자 회사
"""


@pytest.mark.parametrize("role", ENGLISH_ROLES.split())
def test_english_party_of_every_role_is_found(role: str) -> None:
    assert parties("en", f"{role}: Ann & Lee\n") == [(role, "Ann & Lee", f"{role}: Ann & Lee")]
    assert [found[:2] for found in parties("en", f"by Ann & Lee (the {role})")] == [(role, "Ann & Lee")]


@pytest.mark.parametrize("role", KOREAN_ROLES.split())
def test_korean_party_of_every_role_is_found(role: str) -> None:
    assert parties("ko", f"{role}: 누리상사\n") == [(role, "누리상사", f"{role}: 누리상사")]
