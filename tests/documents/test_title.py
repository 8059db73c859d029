from __future__ import annotations

import pytest

from pipeline.documents.grammar.outline import read_outline
from pipeline.documents.title import find_title

HEADER = "CONFIDENTIAL - FOR THE NAMED PARTIES ONLY.\nVersion held by the records office\n\n"


@pytest.mark.parametrize(
    ("text", "domain", "declared", "expected"),
    [
        ("Anything", "manual", "  Pump\n P-40 ", "Pump P-40"),
        ("# Boiler manual\n\nText.", "manual", "", "Boiler manual"),
        (HEADER + "COMMERCIAL LEASE\n\nThis lease is made today.", "legal", "", "COMMERCIAL LEASE"),
        (
            "대외비 - 열람 금지\n문서관리실 보관본\n\n상가건물 임대차계약서\n\n제1조 (목적) 정한다.",
            "legal",
            "",
            "상가건물 임대차계약서",
        ),
        ("Project Manager: Okay .\nDesigner: Yep .", "dialogue", "", "ES2002a"),
        ("<mun__> the kiln is hot\n<potter> is it?\n<mun__> yes", "dialogue", "", "ES2002a"),
        (
            "거래처 님과 카카오톡 대화\n\n[김민수] [오후 2:31] 견적서 보냈습니다\n[이서연] [오후 2:32] 네",
            "dialogue",
            "",
            "거래처 님과 카카오톡 대화",
        ),
        ("import os\n", "code", "", "ES2002a"),
    ],
)
def test_find_title_takes_the_best_there_is(text: str, domain: str, declared: str, expected: str) -> None:
    outline = read_outline(text=text, domain=domain, language="en")
    assert find_title(text=text, outline=outline, domain=domain, declared=declared, key="in/ES2002a.txt") == expected


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("src/rates.py", "rates.py"),
        ("가/출석부.rs.gz", "출석부.rs"),
        ("rows.jsonl", "rows"),
        ("jquery.ui/Makefile", "Makefile"),
    ],
)
def test_find_title_of_a_file_of_code_keeps_its_suffix(key: str, expected: str) -> None:
    assert find_title(text="x = 1\n", outline=(), domain="code", declared="", key=key) == expected
