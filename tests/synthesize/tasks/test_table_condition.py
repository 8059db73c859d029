"""Tables over two conditions: every answer is computed again from the lines of the text, without the task's code."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass

from hypothesis import given, settings
from hypothesis import strategies as st
from structural_documents import findings, refused, slots_of

from pipeline.synthesize.structural.facts import StructuralFact
from pipeline.synthesize.tasks.table_condition import (
    CONDITION_ABOVE,
    CONDITION_COUNT,
    CONDITION_HIGHER,
    CONDITION_VALUE,
)

WORDS = {
    "en": (("Model", "Type", "Mount", "Power"), ("rotary", "gear", "screw"), ("wall", "floor"), "Models"),
    "ko": (("기종명", "방식", "설치", "출력"), ("회전식", "기어식", "나사식"), ("벽면", "바닥"), "기종"),
}
ROWS = st.lists(st.tuples(st.integers(0, 2), st.integers(0, 1), st.integers(1, 1500)), min_size=3, max_size=12)


@dataclass(frozen=True)
class Line:
    """One row of a table, read from its line of text."""

    cells: dict[str, str]

    def number(self, column: str) -> float:
        return float(re.sub(r"[^\d.]", "", self.cells[column]))


def table(rows: list[tuple[int, int, int]], language: str, *, unit: str = " kW") -> str:
    header, types, mounts, title = WORDS[language]
    lines = [
        f"| P{index} | {types[kind]} | {mounts[mount]} | {power:,}{unit} |"
        for index, (kind, mount, power) in enumerate(rows)
    ]
    head = f"| {' | '.join(header)} |\n|---|---|---|---|\n"
    return f"# {title}\n\n## {title} A\n\n{head}" + "\n".join(lines) + "\n"


def read_lines(text: str) -> list[Line]:
    lines = [[cell.strip() for cell in line.strip("|").split("|")] for line in text.split("\n") if line[:1] == "|"]
    return [Line(dict(zip(lines[0], line, strict=True))) for line in lines[2:]]


def expected(fact: StructuralFact, lines: list[Line]) -> str:
    """The answer to a question, computed from the lines."""
    slots, key = slots_of(fact), next(iter(lines[0].cells))
    met = [line for line in lines if "first" not in slots or line.cells[slots["first"]] == slots["value"]]
    if fact.form is CONDITION_VALUE:
        [line] = [line for line in met if line.cells[slots["second"]] == slots["other"]]
        return line.cells[slots["column"]]
    if fact.form is CONDITION_COUNT:
        names = [line.cells[key] for line in met if line.cells[slots["second"]] == slots["other"]]
        return f"{len(names)}: " + re.sub(
            r", ([^,]+)$", r" and \1" if "Type" in lines[0].cells else r", \1", ", ".join(names)
        )
    column = slots["column"]
    if fact.form is CONDITION_ABOVE:
        limit = float(re.sub(r"[^\d.]", "", slots["limit"]))
        return "\n".join(f"{line.cells[key]}: {line.cells[column]}" for line in met if line.number(column) > limit)
    pair = sorted(
        (line for line in lines if line.cells[key] in (slots["one"], slots["two"])),
        key=lambda line: line.number(column),
    )
    return " > ".join(f"{line.cells[key]}: {line.cells[column]}" for line in reversed(pair))


@settings(max_examples=40, deadline=None)
@given(ROWS, st.sampled_from(["en", "ko"]))
def test_condition_answers_are_those_of_a_plain_reading(rows: list[tuple[int, int, int]], language: str) -> None:
    text = table(rows, language)
    lines = read_lines(text)
    found = findings(text, "table_condition", domain="manual", language=language)
    for fact in found.facts:
        assert fact.answer == expected(fact, lines), fact
    powers = [power for *_, power in rows]
    if len(set(powers)) > 1 and not any(2 * power == sum(powers) for power in powers):
        assert CONDITION_HIGHER in {fact.form for fact in found.facts}


@settings(max_examples=40, deadline=None)
@given(ROWS)
def test_conditions_are_both_needed_and_the_evidence_is_the_whole_table(rows: list[tuple[int, int, int]]) -> None:
    text = table(rows, "en")
    lines = read_lines(text)
    for fact in findings(text, "table_condition", domain="manual", language="en").facts:
        slots = slots_of(fact)
        if fact.form in (CONDITION_VALUE, CONDITION_COUNT):
            counts = [
                sum(line.cells[slots[column]] == slots[value] for line in lines)
                for column, value in (("first", "value"), ("second", "other"))
            ]
            num_both = 1 if fact.form is CONDITION_VALUE else int(fact.answer.partition(":")[0])
            assert num_both < min(counts)
        if fact.form is not CONDITION_HIGHER:
            assert len(fact.spans) == len(rows) + 1


def test_every_form_of_condition_is_asked_of_a_table_of_both_languages() -> None:
    rows = [(0, 0, 5), (0, 1, 7), (1, 0, 9), (1, 1, 11), (0, 0, 15), (1, 0, 3), (1, 0, 8)]
    for language in ("en", "ko"):
        found = findings(table(rows, language), "table_condition", domain="manual", language=language)
        assert set(Counter(fact.form for fact in found.facts)) == {
            CONDITION_VALUE,
            CONDITION_COUNT,
            CONDITION_ABOVE,
            CONDITION_HIGHER,
        }


def test_row_with_an_empty_cell_is_not_compared_and_leaves_no_list_complete() -> None:
    text = table([(0, 0, 5), (0, 1, 7), (1, 0, 9), (1, 1, 11), (0, 0, 15), (1, 0, 3)], "en")
    found = findings(text.replace("| 15 kW |", "|  |"), "table_condition", domain="manual", language="en").facts
    compared = [slots_of(fact) for fact in found if fact.form is CONDITION_HIGHER]
    assert compared and not any("P4" in (slots["one"], slots["two"]) for slots in compared)
    assert CONDITION_ABOVE not in {fact.form for fact in found}


def test_table_with_a_total_is_not_asked_about() -> None:
    text = table([(0, 0, 5), (0, 1, 7), (1, 0, 9), (1, 1, 12)], "en")
    for key in ("Total", "Power overall"):
        found = findings(
            f"{text}| {key} | rotary | wall | 33 kW |\n", "table_condition", domain="manual", language="en"
        )
        assert ("total_row", "under “Models A”") in refused(found) and not found.facts
    unnamed = findings(f"{text}| P9 | rotary | wall | 33 kW |\n", "table_condition", domain="manual", language="en")
    assert CONDITION_HIGHER not in {fact.form for fact in unnamed.facts}, "33 is the sum of the others"


def test_numbers_of_two_units_are_not_compared() -> None:
    rows = [(0, 0, 5), (0, 1, 7), (1, 0, 9), (1, 1, 11), (0, 0, 15), (1, 0, 3)]
    text = table(rows, "en")
    for other in (
        text.replace("| 15 kW |", "| 15 W |"),
        text.replace("15 kW", "5–15 kW"),
    ):
        assert other != text
        forms = {fact.form for fact in findings(other, "table_condition", domain="manual", language="en").facts}
        assert forms and not forms & {CONDITION_ABOVE, CONDITION_HIGHER}


def test_value_that_is_part_of_another_value_is_not_a_condition() -> None:
    rows = [(0, 0, 5), (0, 1, 7), (1, 0, 9), (1, 1, 11), (0, 0, 15), (1, 0, 3)]
    text = table(rows, "en").replace("| P4 | rotary |", "| P4 | rotary or gear |")
    asked = [slots_of(fact) for fact in findings(text, "table_condition", domain="manual", language="en").facts]
    assert asked and not any("rotary" in (slots.get("value"), slots.get("other")) for slots in asked)


def test_table_whose_rows_may_go_on_is_refused() -> None:
    text = table([(0, 0, 5), (0, 1, 7), (1, 0, 9)], "en").replace("| P1 | gear", "|  | gear").replace("| P1 |", "|  |")
    found = findings(text, "table_condition", domain="manual", language="en")
    assert not found.facts
    assert ("open_rows", "under “Models A”") in refused(found)


def test_years_are_not_compared() -> None:
    text = table([(0, 0, 1999), (0, 1, 2004), (1, 0, 2010)], "en", unit="").replace("Power", "Year")
    assert CONDITION_HIGHER not in {
        fact.form for fact in findings(text, "table_condition", domain="manual", language="en").facts
    }
