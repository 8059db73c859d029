"""Sources written for the benchmark of boilerplate: sites, mails, manuals, forms, statutes and minutes, with the truth.

Each function returns documents: a file name, its text, and the set of its lines that are boilerplate. Texts differ by a
generator seeded with the document's number.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass


def _words(text: str) -> list[str]:
    return text.split()


_NOUNS = _words("pump valve filter sensor motor housing bearing gasket panel cable relay fan drum belt nozzle")
_ACTS = _words("checks drives cools seals measures guides stops releases protects heats drains lifts")
_QUALITIES = _words("inner outer upper lower first second main spare left right rear front")
_KO_NOUNS = [
    "펌프",
    "밸브",
    "필터",
    "센서",
    "모터",
    "베어링",
    "패널",
    "케이블",
    "팬",
    "벨트",
    "노즐",
    "호스",
    "탱크",
    "배관",
    "계량기",
]
_KO_ACTS = [
    "점검한다",
    "구동한다",
    "냉각한다",
    "밀봉한다",
    "측정한다",
    "안내한다",
    "멈춘다",
    "보호한다",
    "가열한다",
    "배수한다",
]
_KO_QUALITIES = _words("안쪽 바깥쪽 위쪽 아래쪽 첫째 둘째 주요 예비 왼쪽 오른쪽 뒤쪽 앞쪽")
_CLERKS = ["Ann Doyle", "Ben Carter", "Cara Singh", "Dev Patel", "Eve Long", "Finn Moore"]
_NAMES = [
    "김민수",
    "이서연",
    "박지훈",
    "최수빈",
    "정하늘",
    "강도윤",
    "조은서",
    "윤시우",
    "장예린",
    "임건우",
    "한지민",
    "오태양",
]


@dataclass(frozen=True, slots=True)
class Written:
    """A document of a written source."""

    name: str
    text: str
    boilerplate: frozenset[str]
    """The lines of its text, stripped, that are boilerplate."""


def english(draw: random.Random, num_sentences: int) -> str:
    """Sentences that no other document has."""
    return " ".join(
        f"The {draw.choice(_QUALITIES)} {draw.choice(_NOUNS)} {draw.choice(_ACTS)} the {draw.choice(_QUALITIES)} "
        f"{draw.choice(_NOUNS)} after {draw.randrange(2, 900)} hours."
        for _ in range(num_sentences)
    )


def korean(draw: random.Random, num_sentences: int) -> str:
    """The same in Korean."""
    return " ".join(
        f"{draw.choice(_KO_QUALITIES)} {draw.choice(_KO_NOUNS)}는 {draw.randrange(2, 900)}시간 뒤에 "
        f"{draw.choice(_KO_QUALITIES)} {draw.choice(_KO_NOUNS)}를 {draw.choice(_KO_ACTS)}."
        for _ in range(num_sentences)
    )


def site_english() -> list[Written]:
    """Pages whose menu and footer are plain `div`s, so the HTML reader cannot tell them."""
    menu = ["Home", "Products", "Tidal Pumps", "Support", "Blog", "Contact us", "Sign in"]
    footer = [
        "This website uses cookies to give you the best experience. Read our cookie policy.",
        "© 2024 Tidal Works Ltd. All rights reserved.",
        "Privacy policy | Terms of use | Sitemap",
    ]
    found = []
    for number in range(30):
        draw = random.Random(number)
        items = "".join(f"<li><a href='{'../' * (number % 3)}{entry}.html'>{entry}</a></li>" for entry in menu)
        body = "".join(f"<h2>Part {draw.choice(_NOUNS)}</h2><p>{english(draw, 6)}</p>" for _ in range(4))
        foot = "".join(f"<p>{line}</p>" for line in footer)
        page = (
            f"<html><head><title>Page {number}</title></head><body><div class='top'><ul>{items}</ul></div>"
            f"<div><h1>The {draw.choice(_NOUNS)} number {number}</h1>{body}</div>"
            f"<div class='foot'>{foot}</div></body></html>"
        )
        found.append(Written(f"p{number}.html", page, frozenset([*menu, *footer])))
    return found


def site_korean() -> list[Written]:
    """The same in Korean, with a line that says where the page was printed from."""
    menu = ["홈", "회사소개", "제품소개", "고객센터", "공지사항", "로그인"]
    footer = [
        "주식회사 한빛유체 | 서울특별시 마포구 양화로 45 | 대표전화 02-555-0134",
        "개인정보처리방침 | 이용약관 | 이메일무단수집거부",
        "Copyright ⓒ 한빛유체. All rights reserved. 무단 전재 및 재배포 금지",
    ]
    found = []
    for number in range(30):
        draw = random.Random(100 + number)
        body = "\n\n".join(korean(draw, 5) for _ in range(5))
        printed = (
            f"https://www.hanbit.example/board/{number * 7} 에서 인쇄됨 (2024. {number % 12 + 1}. {number % 28 + 1}.)"
        )
        text = f"{' > '.join(menu)}\n\n{draw.choice(_KO_NOUNS)} 안내 {number}호\n\n{body}\n\n" + "\n".join(
            [printed, *footer]
        )
        found.append(Written(f"글{number}.txt", text, frozenset([" > ".join(menu), printed, *footer])))
    return found


def mails_korean() -> list[Written]:
    """Mails of several people with the footer of a company."""
    footer = [
        "본 메일은 지정된 수신인만을 위한 것이며, 법률상 보호되는 기밀 정보를 포함할 수 있습니다.",
        "수신인이 아닌 경우 본 메일을 복사하거나 배포하는 것은 금지되며, 즉시 삭제하여 주시기 바랍니다.",
        "This e-mail is intended only for the named recipient and may contain confidential information.",
    ]
    found = []
    for number in range(40):
        draw = random.Random(200 + number)
        name = draw.choice(_NAMES)
        text = "\n".join(
            [
                f"From: {name} <u{number}@hanbit.example>",
                "To: 박지훈 <jh@partner.example>",
                f"Date: Mon, {number % 28 + 1} Jan 2024 09:{number:02d}:00 +0900",
                f"Subject: {draw.choice(_KO_NOUNS)} 납품 {number}차 건",
                "MIME-Version: 1.0",
                "Content-Type: text/plain; charset=utf-8",
                "",
                "안녕하세요.",
                "",
                *(korean(draw, 3) + "\n" for _ in range(4)),
                "감사합니다.",
                f"{name} 드림",
                "",
                "--------------------------------",
                *footer,
            ]
        )
        found.append(Written(f"m{number}.eml", text, frozenset([*footer, "--------------------------------"])))
    return found


def mails_english() -> list[Written]:
    """Mails with an office address and a wrapped notice."""
    footer = [
        "Orchard & Finch LLP",
        "14 Mill Lane, Suite 300, Bristol",
        "Tel: +44 117 496 0123  www.orchardfinch.example",
        "This message and any attachments are confidential and may be privileged. If you",
        "are not the intended recipient, please notify the sender and delete this message",
        "from your system. Any unauthorised use is prohibited.",
        "Please consider the environment before printing this email.",
    ]
    found = []
    for number in range(30):
        draw = random.Random(300 + number)
        clerk = draw.choice(_CLERKS)
        text = "\n".join(
            [
                f"From: {clerk} <c{number}@orchardfinch.example>",
                "To: office@client.example",
                f"Date: Tue, {number % 28 + 1} Feb 2024 10:00:00 +0000",
                f"Subject: Delivery {number}",
                "Content-Type: text/plain; charset=utf-8",
                "",
                "Dear colleagues,",
                "",
                *(english(draw, 4) + "\n" for _ in range(5)),
                "Kind regards,",
                clerk,
                "",
                *footer[:3],
                "",
                *footer[3:6],
                "",
                footer[6],
            ]
        )
        found.append(Written(f"m{number}.eml", text, frozenset(footer)))
    return found


def manuals_english() -> list[Written]:
    """Manuals with a letterhead, a revision and a disclaimer; they share safety words, which belong to each manual."""
    letterhead = ["Norwell Instruments Inc.", "2200 Harbor Drive, Portland", "Phone: (503) 555-0142"]
    ending = [
        "Disclaimer",
        "The information in this manual is subject to change without notice. Norwell Instruments",
        "assumes no responsibility for errors or omissions in this document.",
        "No part of this manual may be reproduced without the prior written permission of Norwell.",
        "Norwell is a registered trademark of Norwell Instruments Inc.",
    ]
    found = []
    for number in range(20):
        draw = random.Random(400 + number)
        revision = f"Rev. {number % 4 + 1}.{number % 7}, March {2015 + number % 9}"
        steps = "\n".join(
            f"{step}. Turn the {draw.choice(_NOUNS)} by {draw.randrange(9)} turns." for step in range(1, 6)
        )
        parts = "\n\n".join(f"{part}. {draw.choice(_NOUNS).title()} care\n\n{english(draw, 6)}" for part in range(2, 6))
        text = "\n".join(
            [
                *letterhead,
                revision,
                "",
                f"Model N-{number * 13 + 7} {draw.choice(_NOUNS)} manual",
                "",
                "Safety",
                "",
                "WARNING: Unplug the device before you open it.",
                "Read all instructions before use.",
                "",
                f"1. Starting\n\n{steps}\n\n{parts}",
                "",
                *ending,
            ]
        )
        found.append(Written(f"n{number}.txt", text, frozenset([*letterhead, revision, *ending])))
    return found


def manuals_korean() -> list[Written]:
    """The same in Korean, with page numbers and a mark of secrecy."""
    ending = [
        "면책 조항",
        "제품의 외관과 사양은 성능 개선을 위하여 예고 없이 변경될 수 있습니다.",
        "이 설명서의 전부 또는 일부를 당사의 서면 동의 없이 복제하거나 배포할 수 없습니다.",
        "당사는 인쇄 오류로 인한 손해에 대하여 책임을 지지 않습니다.",
    ]
    found = []
    for number in range(20):
        draw = random.Random(500 + number)
        head = ["㈜가람계측", "대외비", f"최종 수정일: 2023년 {number % 12 + 1}월 {number + 1}일"]
        parts = "\n\n".join(f"{part}. {draw.choice(_KO_NOUNS)} 관리\n\n{korean(draw, 6)}" for part in range(1, 6))
        text = "\n".join(
            [
                *head,
                "",
                f"GR-{number * 11 + 3} {draw.choice(_KO_NOUNS)} 사용 설명서",
                "",
                "경고: 덮개를 열기 전에 전원을 차단하십시오.",
                "",
                parts,
                "",
                *ending,
                "",
                f"- {number + 20} -",
            ]
        )
        found.append(Written(f"g{number}.txt", text, frozenset([*head, *ending, f"- {number + 20} -"])))
    return found


def leases() -> list[Written]:
    """Leases made from one form: nothing is boilerplate."""
    found = []
    for number in range(50):
        draw = random.Random(600 + number)
        text = f"""부동산 임대차 계약서

임대인 {draw.choice(_NAMES)}과 임차인 {draw.choice(_NAMES)}은 아래와 같이 임대차 계약을 체결한다.

제1조 (목적) 임대인은 {draw.choice(_NAMES)}빌딩 {draw.randrange(2, 30)}층을 임차인에게 임대한다.
제2조 (보증금) 임차인은 보증금 {draw.randrange(10, 90)},000,000원을 계약일에 지급한다.
제3조 (기간) 임대차 기간은 2024. {number % 12 + 1}. 1.부터 {draw.randrange(12, 36)}개월로 한다.
제4조 (용도) 임차인은 임대인의 동의 없이 목적물의 용도를 변경하거나 전대할 수 없다.
제5조 (해지) 임차인이 차임을 2회 이상 연체하면 임대인은 계약을 해지할 수 있다.
제6조 (비밀유지) 당사자는 이 계약의 내용을 상대방의 동의 없이 공개하거나 배포할 수 없다.

특약 사항
{korean(draw, 2)}

이 계약을 증명하기 위하여 계약서 2통을 작성하여 서명 또는 날인한 후 각각 1통씩 보관한다.

임대인 주소: 서울특별시 중구 세종대로 110 전화: 02-555-0100 (인)
임차인 주소:                     전화:                (인)
"""
        found.append(Written(f"l{number}.txt", text, frozenset()))
    return found


def agreements() -> list[Written]:
    """Agreements of different length that share confidentiality and liability clauses: nothing is boilerplate."""
    found = []
    for number in range(25):
        draw = random.Random(700 + number)
        own = "\n\n".join(
            f"{clause}. {draw.choice(_NOUNS).title()}. Supplier shall deliver the goods. {english(draw, 5)}"
            for clause in range(1, 8)
        )
        text = f"""SUPPLY AGREEMENT

This Agreement is made between Buyer {number * 3} and Supplier {number * 5} on {number + 1} May 2024.

{own}

8. Confidentiality

All information exchanged under this Agreement is strictly confidential and is intended solely for the use of
the parties. No part of it may be reproduced without the prior written consent of the disclosing party.

9. Liability

Neither party shall be liable for any indirect damages. Supplier makes no representations or warranties other
than those stated in this Agreement.

10. Notices

Notices shall be sent to the registered office of the party. E-mail: legal@supplier.example

IN WITNESS WHEREOF, the parties have executed this Agreement.

By: ____________________
Title: ____________________
"""
        found.append(Written(f"a{number}.txt", text, frozenset()))
    return found


def statutes_korean() -> list[Written]:
    """Acts with the same opening and closing provisions: nothing is boilerplate."""
    found = []
    for number in range(30):
        draw = random.Random(800 + number)
        noun = draw.choice(_KO_NOUNS)
        articles = "\n".join(
            f"제{article}조({draw.choice(_KO_NOUNS)}의 관리) {korean(draw, 2)}" for article in range(3, 14)
        )
        text = f"""{noun} 관리 및 안전에 관한 법률
[시행 202{number % 4}. 1. 1.] [법률 제{15000 + number * 31}호, 2019. {number % 12 + 1}. 3., 일부개정]
국토교통부(시설안전과) 044-201-{3000 + number}

제1장 총칙

제1조(목적) 이 법은 {noun}의 안전한 관리에 필요한 사항을 규정함을 목적으로 한다.
제2조(정의) 이 법에서 사용하는 용어의 뜻은 다음과 같다.
{articles}

부칙 <법률 제{15000 + number * 31}호>

이 법은 공포 후 6개월이 경과한 날부터 시행한다.
"""
        found.append(Written(f"s{number}.txt", text, frozenset()))
    return found


def statutes_english() -> list[Written]:
    """Acts with the same enacting words, printed from a database: only its line about the print is boilerplate."""
    found = []
    for number in range(30):
        draw = random.Random(900 + number)
        sections = "\n\n".join(
            f"Section {section}. {draw.choice(_NOUNS).title()} standards. A person shall comply with this section. "
            f"{english(draw, 4)}"
            for section in range(2, 9)
        )
        printed = f"Printed from the Statutes Online database on {number + 1} June 2024"
        text = f"""Public Law {number + 100}-{number * 3 + 11}

An Act to regulate the {draw.choice(_QUALITIES)} {draw.choice(_NOUNS)}.

Be it enacted by the Senate and House of Representatives of the United States of America in Congress assembled,

Section 1. Short title. This Act may be cited by its number.

{sections}

This Act shall take effect on the first day of the year after its enactment.

{printed}
"""
        found.append(Written(f"u{number}.txt", text, frozenset([printed])))
    return found


def minutes() -> list[Written]:
    """Minutes with the same agenda: only the mark of secrecy at the end is boilerplate."""
    found = []
    secret = "본 회의록은 대외비이므로 외부 유출을 금합니다."
    for number in range(20):
        draw = random.Random(1000 + number)
        turns = "\n".join(f"{draw.choice(_NAMES)}: {korean(draw, 2)}" for _ in range(18))
        text = f"""정기 운영위원회 회의록

회의명: 정기 운영위원회
일시: 2024년 {number % 12 + 1}월 {number + 2}일 14:00
장소: 본관 3층 대회의실
참석자: {", ".join(sorted({draw.choice(_NAMES) for _ in range(5)}))}

개회
위원장: 성원이 되었으므로 회의를 시작하겠습니다.

공지사항
안건 심의

{turns}

위원장: 이상으로 회의를 마치겠습니다.
폐회

{secret}
"""
        found.append(Written(f"c{number}.txt", text, frozenset([secret])))
    return found


SOURCES: dict[str, Callable[[], Sequence[Written]]] = {
    "site, English": site_english,
    "site, Korean": site_korean,
    "mails, Korean": mails_korean,
    "mails, English": mails_english,
    "manuals, English": manuals_english,
    "manuals, Korean": manuals_korean,
    "leases of one form": leases,
    "agreements": agreements,
    "statutes, Korean": statutes_korean,
    "statutes, English": statutes_english,
    "minutes": minutes,
}
