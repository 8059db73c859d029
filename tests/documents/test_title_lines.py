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
