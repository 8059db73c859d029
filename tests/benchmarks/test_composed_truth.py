"""The second computation of composed answers: agrees with right answers, differs from wrong ones, or cannot decide."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from structural_documents import KOREAN_LEASE, LEASE, ask, make_context

from benchmarks import _composed_code as code
from benchmarks import _composed_numbers as numbers
from benchmarks import _composed_rows as rows
from benchmarks import _composed_text as text
from benchmarks.composed_truth import Verdict, main, verdict_of

CHAT = "\n".join(
    ("[09:01] <ada> is the pump on?", "[09:02] <bo> yes", "[09:03] <ada> good", "[10:04] <ada> who stops the pump?")
)
LAW = (
    "Section 1. Scope\n\nThe boats are hired out by the club, as told in Section 3.2 below.\n\n"
    "Section 2. Price\n\nA boat costs USD 40 a day, and a raft costs USD 9 a day. A deposit of USD 300 is held.\n\n"
    "Section 3. Terms\n\n3.1 “Boat” means any boat of the club on the lake. “Raft” means any raft of the club.\n\n"
    "3.2 Boats come back before it is dark on the lake.\n"
)
TABLE = (
    "| Boat | Seats | Colour |\n| --- | --- | --- |\n| Alder | 4 | red |\n| Birch | 7 | red |\n| Cedar | 2 | blue |\n"
)
SOURCE = (
    "class Base:\n    def open(self):\n        pass\n\n    def shut(self):\n        raise ValueError\n\n"
    "class Door(Base):\n    def lock(self):\n        check(self)\n\n"
    "def check(door):\n    try:\n        pass\n    except KeyError:\n        raise ValueError('x')\n"
)
PROJECT = f"# file: README.md\n\nDoors open and shut.\n\n# file: a.py\n\n{SOURCE}"
MANUAL = "# Pump\n\n## Parts\n\nText.\n\n## Use\n\n-v\n\n:   Talks more than -q does.\n\n-q\n\n:   Stays silent.\n"
Check = Callable[[str, str, str], bool | None]


@pytest.mark.parametrize(
    ("check", "document", "question", "right", "wrong"),
    [
        (code.callers, SOURCE, "what calls `check`?", "`Door.lock` (a.py)", "`Base.open` (a.py)"),
        (code.callers, PROJECT, "what calls `check`?", "`Door.lock` (a.py)", "`Base.open` (a.py)"),
        (
            code.exceptions,
            SOURCE,
            "which functions contain a `raise` statement for `ValueError`?",
            "2 in all:\n`Base.shut`\n`check`",
            "1 in all:\n`check`",
        ),
        (
            code.exceptions,
            SOURCE,
            "which functions catch `KeyError` in an `except` clause?",
            "1 in all:\n`check`",
            "1 in all:\n`Base.shut`",
        ),
        (
            code.followed_definition,
            SOURCE,
            "which class does the class `Door` (`a.py`) extend?",
            "`Base`: `open`, `shut`",
            "`Base`: `shut`, `open`",
        ),
        (
            code.followed_definition,
            SOURCE,
            "only one function in this document calls `check`.",
            "`Door.lock`: def lock(self)",
            "`Base.open`: def open(self)",
        ),
        (
            code.absent_function,
            SOURCE,
            "what is the signature of `close` in `a.py`?",
            "`a.py` does not define `close`. The file does define `open`.",
            "`a.py` does not define `shut`. The file does define `open`.",
        ),
        (
            numbers.extreme,
            LAW,
            "what is the largest sum of money mentioned in Section 2 (Price)?",
            "USD 300: A deposit.",
            "USD 40: A boat.",
        ),
        (
            numbers.extreme,
            LAW,
            "what is the smallest sum of money stated anywhere in this document?",
            "USD 9: Section 2",
            "USD 40: Section 2",
        ),
        (numbers.terms, LAW, "which terms does Section 3.1 define?", "2 in all:\nBoat\nRaft", "1 in all:\nBoat"),
        (
            numbers.followed_reference,
            LAW,
            "which other provision of this document does Section 1 refer to?",
            "Section 3.2: Boats come back before it is dark on the lake.",
            "Section 3.1: Boats come back",
        ),
        (
            numbers.cross_reference,
            LAW,
            "which other provisions of this document refer to Section 3.2 by number?",
            "Section 1",
            "Section 2",
        ),
        (
            text.said,
            CHAT,
            "what does ada write in this conversation?",
            "3 in all:\nis the pump on?\ngood\nwho stops the pump?",
            "2 in all:\nis the pump on?\ngood",
        ),
        (
            text.said,
            CHAT,
            "quote all messages of ada with a time from 09:00 to 09:59",
            "2 in all:\nis the pump on?\ngood",
            "3 in all:\nis the pump on?\ngood\nwho stops the pump?",
        ),
        (
            text.said,
            CHAT,
            "list every sentence of ada that ends with a question mark",
            "2 in all:\nis the pump on?\nwho stops the pump?",
            "1 in all:\nis the pump on?",
        ),
        (
            text.said,
            CHAT,
            "who mentions “pump”?",
            "2 in all:\nada: is the pump on?\nada: who stops the pump?",
            "2 in all:\nada: is the pump on?\nada: good",
        ),
        (
            text.column,
            TABLE,
            "in the table “A”, which entry has the highest number in the column “Seats”?",
            "Birch: 7",
            "Alder: 4",
        ),
        (
            text.column,
            TABLE,
            "what do the numbers in the column “Seats” add up to?",
            "4 + 7 + 2 = 13",
            "4 + 7 + 2 = 12",
        ),
        (
            text.table_condition,
            TABLE,
            "which of these have more than 4 under “Seats” where “Colour” is “red”?",
            "Birch: 7",
            "Alder: 4",
        ),
        (
            text.table_condition,
            TABLE,
            "which has the higher value under “Seats”: “Alder” or “Birch”?",
            "Birch: 7 > Alder: 4",
            "Alder: 4 > Birch: 7",
        ),
        (
            text.contents,
            MANUAL,
            "which subsections come directly under “Pump”?",
            "2 in all:\nParts\nUse",
            "1 in all:\nUse",
        ),
        (
            text.followed_entry,
            MANUAL,
            "which other option does the description of “-v” mention?",
            "-q: Stays silent.",
            "-q: Talks more.",
        ),
    ],
)
def test_check_agrees_with_the_right_answer_only(
    check: Check, document: str, question: str, right: str, wrong: str
) -> None:
    assert check(question, right, document) is True
    assert check(question, wrong, document) is False


@pytest.mark.parametrize(
    ("form", "question", "answer", "verdict"),
    [
        ("absent_topic.option", "what does the option “--fast” do?", "It does not mention “--fast”.", True),
        ("absent_topic.option", "what does the option “-v” do?", "It does not mention “-v”.", False),
        ("absent_topic.section", "what does “Parts” say?", "This document has no section “Parts”.", False),
        ("absent_provision.clause", "what does Section 9 say?", "This document has no Section 9. It has others.", True),
        ("absent_provision.clause", "제9조의 내용은 무엇입니까?", "이 문서에는 제9조가 없습니다.", True),
    ],
)
def test_absent_name_is_searched_for_in_every_spelling(form: str, question: str, answer: str, verdict: bool) -> None:
    assert text.absent(question, answer, MANUAL, form) is verdict


FIRST = "1. Price\n\nThe price is 40 euros. It is paid in May.\n\n2. Term\n\nThe term is a year."
SECOND = FIRST.replace("40", "50")
TEXTS = {"document 1": FIRST, "document 2": SECOND}


@pytest.mark.parametrize(
    ("check", "question", "answer", "verdict"),
    [
        (
            rows.version_change,
            "compare document 1 with document 2",
            "| P | 1 | 2 |\n| --- | --- | --- |\n| 1 | The price is 40 euros. | The price is 50 euros. |",
            True,
        ),
        (
            rows.version_change,
            "compare document 1 with document 2",
            "| P | 1 | 2 |\n| --- | --- | --- |\n| 1 | The price is 50 euros. | The price is 40 euros. |",
            False,
        ),
        (
            rows.version_change,
            "does 2 differ in document 1 and document 2?",
            "No. Both read: “The term is a year.”",
            True,
        ),
        (
            rows.version_change,
            "does 1 differ in document 1 and document 2?",
            "No. Both read: “The price is 40 euros.”",
            False,
        ),
        (rows.which_document, "which of document 1 and document 2 states “50 euros”?", "document 2: 50 euros", True),
        (rows.which_document, "which of document 1 and document 2 states “It is paid”?", "document 2: in May", False),
        (
            rows.same_field,
            "what is the price in document 1 and document 2?",
            "| D | S |\n| --- | --- |\n| document 1 | 40 euros |\n| document 2 | 50 euros |",
            True,
        ),
        (
            rows.same_field,
            "what is the price in document 1 and document 2?",
            "| D | S |\n| --- | --- |\n| document 1 | 50 euros |\n| document 2 | 50 euros |",
            False,
        ),
    ],
)
def test_check_of_rows_looks_into_each_document(
    check: Callable[[str, str, rows.Texts], bool | None], question: str, answer: str, verdict: bool
) -> None:
    assert check(question, answer, TEXTS) is verdict


@pytest.mark.parametrize(("document", "language"), [(LEASE, "en"), (KOREAN_LEASE, "ko")])
def test_verdicts_on_a_document_of_our_own_never_differ(document: str, language: str) -> None:
    context = make_context(document, domain="legal", language=language)
    candidates, _ = ask(document, domain="legal", language=language)
    verdicts = [verdict_of(candidate, context) for candidate in candidates]
    assert Verdict.AGREES in verdicts
    assert Verdict.DIFFERS not in verdicts


def test_composed_truth_of_a_build_without_candidates_says_so(
    tmp_path: object, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([str(tmp_path)]) == 2
    assert "no composed candidates" in capsys.readouterr().out
