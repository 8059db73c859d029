"""Which line of a text reads as its title, and what is looked at."""

from __future__ import annotations

import pytest

from pipeline.documents.title import find_title, title_of_code
from pipeline.nodes import Node, NodeKind


def title(text: str, *, key: str = "in/file.name.txt", outline: tuple[Node, ...] = ()) -> str:
    return find_title(text=text, outline=outline, domain="legal", declared="", key=key)


@pytest.mark.parametrize(
    ("line", "is_title"),
    [
        ("abc", True),
        ("ab", False),
        ("a" * 100, True),
        ("a" * 101, False),
        ("abc 123", True),
        ("abc 1234", False),
        ("ab 1", False),
        ("The tenant pays.", False),
        ("The tenant:", False),
        ("| abc", False),
        ("<abc", False),
        ("[abc", False),
        ("{abc", False),
        ("`abc", False),
        ("- abc", False),
        ("* abc", False),
        ("= abc", False),
        ("> abc", False),
        ("Date: today", False),
        ("일자： 오늘", False),
        ("Date:today", True),
        (f"{'a' * 31}: b", True),
        (f"{'a' * 30}: b", False),
    ],
)
def test_title_line_is_told_from_other_lines(line: str, is_title: bool) -> None:
    assert title(f"{line}\n\n1 2 3") == (line if is_title else "file")


STAMPS = [
    "사본",
    "[초안]",
    "DRAFT",
    "- COPY -",
    "(Draft 2)",
    "*** DRAFT ***",
    "【사본】",
    "원본대조필",
    "사 본",
    "Final version",
    "<견본>",
]


@pytest.mark.parametrize("name", ["임대차계약서", "Lease of the Mill House"])
@pytest.mark.parametrize(
    ("stamp", "between"),
    [
        (stamp, between)
        for stamp in STAMPS
        for between in ("\n", "\n\n", " ")
        if between != " " or stamp.startswith(("[", "(", "【", "<"))
    ],
)
def test_stamp_above_or_before_a_title_does_not_hide_it(stamp: str, name: str, between: str) -> None:
    article = "제1조 (목적물) 임대인은 건물을 임대한다."
    assert title(f"{stamp}{between}{name}\n\n{article}") == name


@pytest.mark.parametrize(
    "name", ["사본 발급 신청서", "초안 작성 지침", "Draft horses of Europe", "Copying machines", "견본주택 안내"]
)
def test_title_that_has_the_word_of_a_stamp_is_kept(name: str) -> None:
    assert title(f"{name}\n\nText.") == name


def test_heading_that_is_a_stamp_is_not_the_title() -> None:
    stamp = Node(NodeKind.HEADING, 0, 9, 7, level=1, value="DRAFT")
    heading = Node(NodeKind.HEADING, 9, 30, 21, level=1, value="The Lease")
    assert title("# DRAFT\n\n# The Lease\n\nText", outline=(stamp, heading)) == "The Lease"


@pytest.mark.parametrize("line", ["IBAN [ACCOUNT-1]", "Tel [PHONE-1] office", "예금주 계좌 [ACCOUNT-2]"])
def test_line_with_a_masked_value_is_not_the_title(line: str) -> None:
    assert title(f"{line}\n\nDelivery of the pumps\n\nText.") == "Delivery of the pumps"
    assert title(f"{line}\n\n12.50") == "file"


@pytest.mark.parametrize(
    "line", ["INVOICE 2024-0815", "Invoice No. 2024-0815", "청구서 제2024-15호", "견적서 2024-0815-1234"]
)
def test_first_line_with_the_name_and_number_of_a_document_is_the_title(line: str) -> None:
    assert title(f"{line}\n\nIBAN [ACCOUNT-1]\n\n12.50") == line
    assert title(f"1.2.3.\n\n{line}\n\n12.50") == "file"


def test_title_that_documents_share_is_worse_than_the_first_heading() -> None:
    text = "Office 7.4 Help\n\nSorting a table\n\nText."
    found = find_title(text=text, outline=(), domain="manual", declared="", key="in/a.html", shared="Office 7.4 Help")
    assert found == "Sorting a table"
    found = find_title(
        text="1 2 3", outline=(), domain="manual", declared="", key="in/a.html", shared="Office 7.4 Help"
    )
    assert found == "Office 7.4 Help"


def test_title_is_looked_for_in_the_first_twelve_lines_and_four_thousand_characters() -> None:
    lines = ["1.2.3."] * 11
    assert title("\n".join([*lines, "The Lease"])) == "The Lease"
    assert title("\n".join([*lines, "1.", "The Lease"])) == "file"
    assert title("." * 3989 + "\n\nThe Lease") == "The Lease"
    assert title("." * 4001 + "\n\nThe Lease") == "file"


def test_title_is_not_in_a_block_of_boilerplate_whose_word_stands_early() -> None:
    assert title("Strictly confidential\nThe Cover\n\nThe Lease") == "The Lease"
    assert title(f"The Cover\n{'.' * 391} confidential\n\nThe Lease") == "The Cover"


def test_title_of_a_heading_is_what_the_heading_says() -> None:
    heading = Node(NodeKind.HEADING, 0, 20, 12, level=1, value="The  Lease")
    assert title("# The Lease\n\nText", outline=(heading,)) == "The  Lease"
    deep = Node(NodeKind.HEADING, 0, 20, 12, level=2, value="Other")
    assert title("The Lease\n\nText", outline=(deep,)) == "The Lease"


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("a/b/lease.txt", "lease"),
        ("a/b/lease.tar.gz", "lease"),
        ("rows.jsonl#12", "rows"),
        ("a/folder/", "folder"),
        (".txt", ".txt"),
        ("lease.한글", "lease.한글"),
        ("v1.2.3.txt", "v1.2"),
        ("a.toolongsuffix", "a.toolongsuffix"),
    ],
)
def test_title_without_a_line_is_the_name_of_the_file(key: str, expected: str) -> None:
    assert title("1 2 3", key=key) == expected


def test_title_that_is_declared_is_one_line_of_120_characters() -> None:
    assert title_of_code(declared="  a\n b ", key="x.py") == "a b"
    assert title_of_code(declared="x" * 130, key="x.py") == "x" * 120
    declared = find_title(text="The Lease", outline=(), domain="legal", declared=" T ", key="k")
    assert declared == "T"
