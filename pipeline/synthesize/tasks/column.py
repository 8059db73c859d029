"""The task `column` asks which row of a table has the highest or lowest number, and what a column adds up to.

A column is used only if all its cells are numbers of one unit, every row has its own key, and no cell covers several
rows or columns. A table with a row of totals is refused. A column whose numbers name things, such as years, is not
compared, and a column is added up only if its heading or its unit says that this makes sense.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from fractions import Fraction
from functools import cache

from pipeline.documents.grammar.tables.table import Header
from pipeline.languages import any_of
from pipeline.records import TaskFamily
from pipeline.synthesize.composed.column_numbers import Column, read_column
from pipeline.synthesize.structural.facts import Findings, Span, StructuralFact, Unasked, make_fact, not_asked
from pipeline.synthesize.structural.headings import NamedSection
from pipeline.synthesize.structural.reading import Reading
from pipeline.synthesize.structural.table_grid import BULLETS, TableGrid, column_names, identified_tables
from pipeline.synthesize.structural.task import Form, StructuralTask, Trait, thresholds_in

_COMPUTED = frozenset({Trait.COMPUTED})
COLUMN_HIGHEST = Form(
    "column.highest",
    {
        "en": (
            "in the table {table}, which entry has the highest number in the column “{column}”, and what is it?",
            "which row of the table {table} is highest in “{column}”? Give the row and its number.",
        ),
        "ko": (
            "{table} 표에서 “{column}” 수치가 가장 높은 항목은 무엇이며, 그 수치는 얼마입니까?",
            "{table} 표의 “{column}” 열에서 가장 큰 수를 가진 항목과 그 수를 답해 주십시오.",
        ),
    },
    family=TaskFamily.AGGREGATE,
    traits=_COMPUTED,
)
COLUMN_LOWEST = Form(
    "column.lowest",
    {
        "en": (
            "in the table {table}, which entry has the lowest number in the column “{column}”, and what is it?",
            "which row of the table {table} is lowest in “{column}”? Give the row and its number.",
        ),
        "ko": (
            "{table} 표에서 “{column}” 수치가 가장 낮은 항목은 무엇이며, 그 수치는 얼마입니까?",
            "{table} 표의 “{column}” 열에서 가장 작은 수를 가진 항목과 그 수를 답해 주십시오.",
        ),
    },
    family=TaskFamily.AGGREGATE,
    traits=_COMPUTED,
)
COLUMN_TOTAL = Form(
    "column.total",
    {
        "en": (
            "what do the numbers in the column “{column}” of the table {table} add up to? Show the sum.",
            "add up the column “{column}” of the table {table}. Show all the numbers and the total.",
        ),
        "ko": (
            "{table} 표에서 “{column}” 열의 수를 모두 더하면 얼마입니까? 계산식도 함께 적어 주십시오.",
            "{table} 표의 “{column}” 합계를 계산해 주십시오. 더한 수를 모두 보여 주십시오.",
        ),
    },
    family=TaskFamily.AGGREGATE,
    traits=_COMPUTED,
)
_FOOTNOTE = re.compile(r"\^\[\w{1,2}\]|\[\^?\w{1,8}\]|\*$")
_MIN_ROWS = 3
_MAX_ROWS = 40
_MAX_TERMS = 15
_MAX_TIES = 3
_MAX_NAME_CHARS = 80


def column_facts(reading: Reading) -> Findings:
    """Return facts about the columns of numbers in the tables of a document."""
    return _findings(reading, reading.sections, furniture=())


def manual_column_facts(reading: Reading) -> Findings:
    """Return facts about the columns of numbers in the tables of a manual."""
    return _findings(reading, reading.manual.sections, furniture=reading.manual.furniture)


def _findings(reading: Reading, sections: Sequence[NamedSection], *, furniture: Sequence[Span]) -> Findings:
    facts: list[StructuralFact] = []
    unasked: list[Unasked] = []
    for table, name, _ in identified_tables(reading, sections, furniture=furniture):
        rows = table.rows[table.num_header_rows :]
        columns = list(_columns(table))
        if not name or not columns or table.node.value not in (Header.ROW, Header.BOTH):
            continue
        keys = [row[0].lstrip(BULLETS) for row in rows]
        if problem := _problem(table, keys):
            unasked.append(_refuse(table, problem))
            continue
        for heading, column in columns:
            facts.extend(_facts(table, {"table": name, "column": heading}, keys, column))
    return Findings(facts=tuple(facts), unasked=tuple(unasked))


def _columns(table: TableGrid) -> Iterator[tuple[str, Column]]:
    """Yield each column of numbers with its heading, without those whose numbers name things."""
    names = column_names(table)
    counts = Counter(names)
    for at, name in enumerate(names):
        cells = [row[at] for row in table.rows[table.num_header_rows :]]
        if not at or counts[name] > 1 or not 0 < len(name) <= _MAX_NAME_CHARS or _numbering().search(name):
            continue
        if (column := read_column(cells)) is not None:
            yield name, column


def _problem(table: TableGrid, keys: Sequence[str]) -> str:
    """Return why the rows of a table cannot be compared; empty if they can."""
    if not _MIN_ROWS <= len(keys) <= _MAX_ROWS:
        return "list_too_long" if len(keys) > _MAX_ROWS else "list_too_short"
    if any(not key or len(key) > _MAX_NAME_CHARS or _FOOTNOTE.search(key) for key in keys):
        return "unnamed_item"
    if len({key.casefold() for key in keys}) < len(keys):
        return "duplicate_row"
    if any(_total().search(key) for key in keys):
        return "total_row"
    is_merged = table.has_groups or table.has_tall_cells or not all(map(all, table.is_single))
    return "merged_cells" if is_merged else ""


def _facts(table: TableGrid, slots: dict[str, str], keys: Sequence[str], column: Column) -> Iterator[StructuralFact]:
    spans = list(table.lines)
    if len(set(column.numbers)) > 1:
        for form, value in ((COLUMN_HIGHEST, max(column.numbers)), (COLUMN_LOWEST, min(column.numbers))):
            rows = zip(keys, column.cells, column.numbers, strict=True)
            best = [f"{key}: {cell}" for key, cell, number in rows if number == value]
            if len(best) <= _MAX_TIES:
                yield make_fact(form=form, slots=slots, answer="\n".join(best), spans=spans)
    is_additive = column.before or _additive().search(column.after) or _additive().search(slots["column"])
    if is_additive and len(keys) <= _MAX_TERMS and min(column.numbers) >= 0:
        total = column.written(sum(column.numbers, start=Fraction(0)))
        answer = f"{' + '.join(column.cells)} = {total}"
        yield make_fact(form=COLUMN_TOTAL, slots=slots, answer=answer, spans=spans)


@cache
def _total() -> re.Pattern[str]:
    return re.compile(any_of(lambda rules: rules.manual.total_rows))


@cache
def _numbering() -> re.Pattern[str]:
    return re.compile(any_of(lambda rules: rules.manual.numbering_columns))


@cache
def _additive() -> re.Pattern[str]:
    return re.compile(any_of(lambda rules: rules.manual.additive))


def _refuse(table: TableGrid, reason: str) -> Unasked:
    subject = table.node.label or table.rows[0][0] or "table"
    detail = f"the numbers of the table {subject!r} cannot be compared row by row"
    return not_asked(task=TASK.name, subject=subject, reason=reason, detail=detail, span=table.lines[0])


TASK = StructuralTask(
    name="column",
    order=220,
    finds={"legal": column_facts, "manual": manual_column_facts, "dialogue": column_facts},
    forms=(COLUMN_HIGHEST, COLUMN_LOWEST, COLUMN_TOTAL),
    thresholds=thresholds_in(globals()),
    frames=lambda rules: (rules.frames.table_under,),
)
