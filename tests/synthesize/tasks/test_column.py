"""Extremes and totals of table columns: right on tables whose numbers are known, refused where rows do not compare."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from structural_documents import findings, refused, slots_of

from pipeline.synthesize.composed.column_numbers import read_column
from pipeline.synthesize.structural.facts import Findings
from pipeline.synthesize.tasks.column import COLUMN_HIGHEST, COLUMN_LOWEST, COLUMN_TOTAL

_ROWS = ("Lid", "Filter", "Base", "Cable", "Handle", "Lamp", "Plug", "Seal")
_KOREAN = ("뚜껑", "여과기", "받침", "전선", "손잡이", "전구", "플러그", "밀봉재")


def column(text: str, language: str = "en") -> Findings:
    return findings(text, "column", domain="manual", language=language)


def table(rows: list[tuple[str, str]], *, head: str, under: str) -> str:
    lines = "\n".join(f"| {key} | {cell} |" for key, cell in rows)
    return f"# {under}\n\nThe parts cost as follows.\n\n| {head} |\n| --- | --- |\n{lines}\n"


@settings(max_examples=30, deadline=None)
@given(cents=st.lists(st.integers(0, 9_999_999), min_size=3, max_size=8), is_korean=st.booleans())
def test_column_extremes_and_total(cents: list[int], is_korean: bool) -> None:
    names = (_KOREAN if is_korean else _ROWS)[: len(cents)]

    def written(value: int) -> str:
        return f"{value:,}원" if is_korean else f"${value / 100:,.2f}"

    head = "부품 | 가격" if is_korean else "Part | Price"
    text = table(list(zip(names, map(written, cents), strict=True)), head=head, under="Spare parts")
    answers = {fact.form: fact.answer for fact in column(text, "ko" if is_korean else "en").facts}
    terms = " + ".join(map(written, cents))
    total = written(sum(cents))
    # Cells below 1,000 do not show whether their column has commas.
    total = total if any("," in written(one) for one in cents) else total.replace(",", "")
    assert answers.pop(COLUMN_TOTAL) == f"{terms} = {total}"
    expected = {}
    for form, value in ((COLUMN_HIGHEST, max(cents)), (COLUMN_LOWEST, min(cents))):
        best = [name for name, own in zip(names, cents, strict=True) if own == value]
        if len(set(cents)) > 1 and len(best) <= 3:
            expected[form] = "\n".join(f"{name}: {written(value)}" for name in best)
    assert answers == expected


def test_column_total_row_repeated_row_and_mixed_units_are_refused() -> None:
    rows = [("Lid", "$3"), ("Base", "$5"), ("Cable", "$7")]
    assert column(table(rows, head="Part | Price", under="Prices")).facts
    for more, reason in (([("Total", "$15")], "total_row"), ([("Lid", "$4")], "duplicate_row")):
        found = column(table(rows + more, head="Part | Price", under="Prices"))
        assert not found.facts
        assert reason in {why for why, _ in refused(found)}
    for strange in ("€9", "free", "", "$1–2", "9"):
        assert not column(table([*rows, ("Plug", strange)], head="Part | Price", under="Prices")).facts


def test_column_numbers_that_name_things_are_not_compared_and_lengths_not_added() -> None:
    rows = [("Lid", "1998"), ("Base", "2004"), ("Cable", "2010")]
    for head in ("Part | Year", "Part | File format"):
        assert not column(table(rows, head=head, under="Parts")).facts
    lengths = [("Lid", "30 mm"), ("Base", "45 mm"), ("Cable", "900 mm")]
    found = column(table(lengths, head="Part | Length", under="Parts"))
    assert {fact.form for fact in found.facts} == {COLUMN_HIGHEST, COLUMN_LOWEST}
    assert slots_of(found.facts[0]) == {"table": "under “Parts”", "column": "Length"}


@given(numbers=st.lists(st.decimals(-(10**6), 10**6, places=2), min_size=1, max_size=9))
def test_read_column_writes_what_it_reads(numbers: list[object]) -> None:
    cells = [f"{number:,} kg" for number in numbers]
    read = read_column(cells)
    assert read is not None
    assert [read.written(number).replace(",", "") for number in read.numbers] == [
        cell.replace(",", "").replace("-0.00", "0.00") for cell in cells
    ]
