"""A build of leases of one form and of two versions of a contract asks across the documents, in both languages."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

from small_builds import build, recipe_of

FILLING = {
    "en": (
        (
            "Repairs",
            "Repairs of the roof and of the outer walls are carried out by a builder whom both parties choose.",
        ),
        ("Notices", "Notices are sent by letter to the registered office of the party that is to receive them."),
        ("Keys", "Lost keys are replaced at the cost of the party that has lost them, together with the lock."),
        ("Law", "This agreement is governed by the law of Denmark and read together with its schedules."),
    ),
    "ko": (
        ("수선", "지붕과 바깥벽의 수선은 당사자들이 함께 고른 건축업자가 맡아서 처리하기로 한다."),
        ("통지", "통지는 통지를 받을 당사자의 등기된 사무소에 서면으로 보내는 방식으로 하여야 한다."),
        ("열쇠", "열쇠를 잃어버린 당사자는 자물쇠를 포함하여 열쇠를 바꾸는 데 드는 비용을 부담한다."),
        ("준거법", "이 계약은 대한민국의 법률에 따라 해석하며 붙임 문서와 함께 하나의 계약을 이룬다."),
    ),
}


def text_of(language: str, heading: str, clauses: list[tuple[str, str]]) -> str:
    label = "{number}. {title}" if language == "en" else "제{number}조 ({title})"
    pieces = [
        f"{label.format(number=number, title=title)}\n\n{text}" for number, (title, text) in enumerate(clauses, 1)
    ]
    return "\n\n".join([heading, *pieces]) + "\n"


def documents() -> dict[str, str]:
    """Return three leases of one form and two versions of a supply contract in each language, by file name."""
    found = {}
    for number, (rent, days) in enumerate(((2400, 30), (2950, 45), (1800, 60)), 1):
        found[f"lease_{number}.en.txt"] = text_of(
            "en",
            f"LEASE OF SHOP {number}",
            [
                ("Rent", f"The sum due on the first day of each month is USD {rent:,}, payable by bank transfer."),
                ("Termination", f"A notice of termination takes effect {days} days after it has been received."),
                *FILLING["en"],
            ],
        )
        found[f"lease_{number}.ko.txt"] = text_of(
            "ko",
            f"상가 {number}호 임대차계약서",
            [
                ("차임", f"차임은 월 금 {rent * 1000:,}원으로 하며 계좌로 송금하는 방식으로 지급하기로 한다."),
                ("해지", f"해지 통지는 상대방이 통지를 받은 날부터 {days}일이 지나면 효력이 생기는 것으로 한다."),
                *FILLING["ko"],
            ],
        )
    for version, (price, months) in {"a": (4800, 12), "b": (5250, 24)}.items():
        found[f"supply_{version}.en.txt"] = text_of(
            "en",
            "SUPPLY OF PUMPS",
            [
                ("Goods", "Forty pumps with their hoses and seals are supplied to the harbour in one delivery."),
                ("Price", f"The price of the pumps with their hoses and seals is USD {price:,} without taxes."),
                ("Warranty", f"Each pump is under warranty for {months} months from the day of its delivery."),
                ("Inspection", "The pumps are inspected at the harbour before they are connected to the mains."),
                ("Title", "Title to the pumps passes when the whole price has been received by the bank."),
            ],
        )
        found[f"supply_{version}.ko.txt"] = text_of(
            "ko",
            "펌프 공급 계약서",
            [
                ("목적물", "호스와 밀봉재를 갖춘 펌프 마흔 대를 항구에 한 번에 공급하는 것을 목적으로 한다."),
                ("대금", f"호스와 밀봉재를 갖춘 펌프의 대금은 금 {price * 1000:,}원으로 하고 세금은 따로 정한다."),
                ("보증", f"펌프마다 물품을 인도한 날부터 {months}개월 동안 품질을 보증하는 것으로 한다."),
                ("검사", "펌프는 급수관에 잇기 전에 항구에서 검사하고 그 결과를 서면으로 남겨야 한다."),
                ("소유권", "펌프의 소유권은 대금 전액이 은행에 들어온 때에 넘어가는 것으로 한다."),
            ],
        )
    return found


def test_build_asks_across_versions_and_documents_of_one_type_in_both_languages(tmp_path: Path) -> None:
    source = tmp_path / "in" / "legal"
    source.mkdir(parents=True)
    for name, text in documents().items():
        (source / name).write_text(text, encoding="utf-8")
    tasks = ["version_change", "same_field", "which_document"]
    overrides = [
        "pack.compare.versions_share=1.0",
        "pack.compare.comparison_share=1.0",
        f"synthesize.structural.tasks={json.dumps(tasks)}",
    ]
    recipe = recipe_of(str(tmp_path / "in"), overrides=overrides)
    build(recipe, tmp_path / "out")
    rows = [json.loads(line) for path in sorted((tmp_path / "out" / "sft").rglob("*.jsonl")) for line in path.open()]
    turns = Counter((turn["task"], row["language"]) for row in rows for turn in row["turns"])
    assert set(turns) >= {(task, language) for task in tasks[:2] for language in ("en", "ko")}, turns
    assert {turn["family"] for row in rows for turn in row["turns"]} == {"comparison"}
    answers = "\n".join(
        message["content"] for row in rows for message in row["messages"] if message["role"] == "assistant"
    )
    assert "USD 4,800" in answers
    assert "USD 5,250" in answers
