"""The task `table_condition` asks for rows of a table that meet two conditions, and compares the values of two rows.

A table is asked about only if it is complete, no row adds up others, and the columns of a question have unique names
and neither merged or masked cells nor footnotes, because such a cell might meet a condition. Numbers are compared only
in a column whose cells are numbers of one unit and do not name things, such as years. Each of two conditions alone
selects more rows than both. The evidence is the header and every row of the table, because a row left out might meet
the conditions too; for a comparison, it is the header and two rows.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from itertools import combinations

from pipeline.documents.grammar.tables.table import Header
from pipeline.documents.pseudonyms import has_pseudonym
from pipeline.identity import stable_hash64
from pipeline.languages import Language, any_of, language_rules
from pipeline.records import TaskFamily
from pipeline.synthesize.composed.column_numbers import read_column
from pipeline.synthesize.composed.conditions import above, equal_conditions, joint_conditions
from pipeline.synthesize.structural.facts import Findings, Span, StructuralFact, Unasked, make_fact, not_asked
from pipeline.synthesize.structural.headings import NamedSection
from pipeline.synthesize.structural.reading import Reading
from pipeline.synthesize.structural.table_grid import (
    BULLETS,
    EMPTY,
    FOOTNOTE,
    MAX_KEY_CHARS,
    TableGrid,
    column_names,
    continues_below,
    identified_tables,
    is_key,
)
from pipeline.synthesize.structural.task import Form, StructuralTask, Trait, thresholds_in

CONDITION_VALUE = Form(
    "table_condition.value",
    {
        "en": (
            "in the table {table}, what is given as “{column}” for the entry with “{value}” under “{first}” and "
            "“{other}” under “{second}”?",
            "according to the table {table}, what is the “{column}” where “{first}” is “{value}” and “{second}” is "
            "“{other}”?",
        ),
        "ko": (
            "{table} 표에서 “{first}” 열이 “{value}”인 것 가운데 “{second}” 열이 “{other}”인 항목의 “{column}” 값은 "
            "무엇입니까?",
            "{table} 표에서 “{first}” 열의 값은 “{value}”, “{second}” 열의 값은 “{other}”인 항목이 있습니다. 그 항목의 "
            "“{column}” 열에는 무엇이라고 적혀 있습니까?",
        ),
    },
    family=TaskFamily.AGGREGATE,
)
CONDITION_COUNT = Form(
    "table_condition.count",
    {
        "en": (
            "how many entries of the table {table} have “{value}” under “{first}” and “{other}” under “{second}”? Name "
            "them too.",
            "count the entries of the table {table} where “{first}” is “{value}” and “{second}” is “{other}”, and name "
            "them.",
        ),
        "ko": (
            "{table} 표에서 “{first}” 열이 “{value}”인 것 가운데 “{second}” 열이 “{other}”인 항목은 몇 개입니까? "
            "이름도 함께 적어 주십시오.",
            "{table} 표에서 “{first}” 열의 값은 “{value}”, “{second}” 열의 값은 “{other}”인 항목의 수와 이름을 알려 "
            "주십시오.",
        ),
    },
    family=TaskFamily.AGGREGATE,
    traits=frozenset({Trait.COMPUTED}),
)
CONDITION_ABOVE = Form(
    "table_condition.above",
    {
        "en": (
            "which entries of the table {table} have “{value}” under “{first}” and more than {limit} under “{column}”? "
            "List them with their “{column}”, one a line.",
            "in the table {table}, “{first}” is “{value}” for several entries. Which of these have more than {limit} "
            "under “{column}”? Give one a line, with its “{column}”.",
        ),
        "ko": (
            "{table} 표에서 “{first}” 열이 “{value}”인 항목 가운데 “{column}” 값이 {limit}보다 큰 것은 "
            "무엇무엇입니까? 값과 함께 한 줄에 하나씩 적어 주십시오.",
            "{table} 표의 “{first}” 열이 “{value}”인 항목 중에서 “{column}”{column|이} {limit}보다 큰 것을 값과 함께 "
            "한 줄에 하나씩 모두 적어 주십시오.",
        ),
    },
    family=TaskFamily.AGGREGATE,
)
CONDITION_HIGHER = Form(
    "table_condition.higher",
    {
        "en": (
            "in the table {table}, which has the higher value under “{column}”: “{one}” or “{two}”? Give both values.",
            "compare “{one}” and “{two}” in the table {table}: which has more under “{column}”? Give both values.",
        ),
        "ko": (
            "{table} 표에서 “{one}”{one|과} “{two}” 가운데 “{column}” 값이 더 큰 것은 어느 것입니까? 두 값을 함께 적어 "
            "주십시오.",
            "{table} 표의 “{one}”{one|과} “{two}”{two|을} 비교할 때 “{column}” 값이 더 큰 쪽은 어느 것입니까? 두 값도 "
            "알려 주십시오.",
        ),
    },
    family=TaskFamily.COMPARISON,
)
_MIN_ROWS, _MAX_ROWS = 3, 40
_MIN_KEY_DIGITS = 3
_MAX_LISTED = 10
_MAX_VALUE_CHARS = 80
_MAX_OF_FORM = 4
"""The maximum number of facts of one form about one table."""


@dataclass(frozen=True, slots=True)
class _Columns:
    """A complete table, with the columns that a question may name."""

    name: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    """The cells of the rows below the header."""
    usable: tuple[int, ...]
    """Columns without empty, merged, masked or long cells and without footnotes."""
    open: tuple[int, ...]
    """The same, but with empty cells."""
    has_keys: bool
    """Whether the first column names each row."""
    spans: tuple[Span, ...]
    """The header and every row."""
    head: tuple[Span, ...]
    lines: tuple[Span, ...]
    """The text lines of each row."""

    def key(self, row: int) -> str:
        """Return the name of a row."""
        return self.rows[row][0].lstrip(BULLETS)


def condition_facts(reading: Reading) -> Findings:
    """Return facts about the tables of a document."""
    return _findings(reading, reading.sections, furniture=())


def manual_condition_facts(reading: Reading) -> Findings:
    """Return facts about the tables of a manual, except tables that contain page furniture."""
    return _findings(reading, reading.manual.sections, furniture=reading.manual.furniture)


def _findings(reading: Reading, sections: Sequence[NamedSection], *, furniture: Sequence[Span]) -> Findings:
    facts: list[StructuralFact] = []
    unasked: list[Unasked] = []
    seed = reading.context.doc_id
    for grid, name, _ in identified_tables(reading, sections, furniture=furniture):
        if not name or grid.node.value not in (Header.ROW, Header.BOTH):
            continue  # the task `table_cell` reports such a table
        if problem := _problem(grid):
            unasked.append(
                not_asked(
                    task=TASK.name,
                    subject=name,
                    reason=problem[0],
                    detail=f"the table {name} {problem[1]}",
                    span=grid.lines[0],
                )
            )
            continue
        table = _columns(grid, name)
        for found in (_values(table), _counts(table, reading.language), _above(table), _higher(table)):
            ranked = sorted(found, key=lambda fact: (stable_hash64(seed, *(v for _, v in fact.slots)), fact.slots))
            facts.extend(ranked[:_MAX_OF_FORM])
    return Findings(facts=tuple(facts), unasked=tuple(unasked))


def _problem(grid: TableGrid) -> tuple[str, str] | None:
    """Return why no question with conditions can be asked about a table."""
    num_rows = len(grid.rows) - grid.num_header_rows
    if not _MIN_ROWS <= num_rows <= _MAX_ROWS:
        return "table_size", f"has {num_rows} rows, not {_MIN_ROWS} to {_MAX_ROWS}"
    if grid.has_groups and grid.num_header_rows == 1:
        return "no_header", "may have a second header row"
    if any(continues_below(grid.rows, at) for at in range(grid.num_header_rows, len(grid.rows))):
        return "open_rows", "has rows without a name, which may continue the row above"
    if any(_totals().search(row[0]) for row in grid.rows[grid.num_header_rows :]):
        return "total_row", "has a row that adds up other rows"
    return None


def _columns(grid: TableGrid, name: str) -> _Columns:
    first = grid.num_header_rows
    header, rows = tuple(column_names(grid)), grid.rows[first:]
    counts = Counter(header)

    def is_usable(number: int) -> bool:
        cells = [row[number] for row in rows]
        return (
            counts[header[number]] == 1
            and 0 < len(header[number]) <= MAX_KEY_CHARS
            and not has_pseudonym(header[number])
            and all(grid.is_single[at][number] for at in range(first - 1, len(grid.rows)))
            and all(
                len(cell) <= _MAX_VALUE_CHARS and not FOOTNOTE.search(cell) and not has_pseudonym(cell)
                for cell in cells
            )
        )

    open_columns = tuple(number for number in range(len(header)) if is_usable(number))
    usable = tuple(number for number in open_columns if not any(row[number] in EMPTY for row in rows))
    keys = Counter(row[0].lstrip(BULLETS).casefold() for row in rows)
    return _Columns(
        name=name,
        header=header,
        rows=rows,
        usable=usable,
        open=open_columns,
        has_keys=0 in usable and all(_names_row(row[0]) for row in rows) and max(keys.values()) == 1,
        spans=grid.lines,
        head=grid.lines[:first],
        lines=grid.lines[first:],
    )


def _names_row(cell: str) -> bool:
    """Return whether a cell is a name by which a question can refer to its row, unlike a bare row number."""
    return is_key(cell) and (any(map(str.isalpha, cell)) or sum(map(str.isdigit, cell)) >= _MIN_KEY_DIGITS)


def _numbers(table: _Columns, measure: int) -> dict[int, Fraction]:
    """Return the numbers of a column by row; none if a cell is not a number of the unit, or a row adds up others."""
    rows = [index for index, row in enumerate(table.rows) if row[measure] not in EMPTY]
    column = read_column([table.rows[index][measure] for index in rows])
    if not measure or column is None or _names_things().search(table.header[measure]):
        return {}
    total = sum(column.numbers)
    is_sum = len(rows) > _MIN_ROWS and any(2 * number == total for number in (column.numbers[0], column.numbers[-1]))
    return {} if is_sum else dict(zip(rows, column.numbers, strict=True))


@cache
def _names_things() -> re.Pattern[str]:
    return re.compile(any_of(lambda rules: rules.manual.numbering_columns))


@cache
def _totals() -> re.Pattern[str]:
    return re.compile(any_of(lambda rules: rules.manual.total_rows))


def _values(table: _Columns) -> Iterator[StructuralFact]:
    """Yield facts about a cell of the only row that meets two conditions, neither of which it meets alone."""
    conditions = equal_conditions(table.rows, table.usable)
    for one, other, both in joint_conditions(conditions):
        if len(both) == 1:
            for column in table.usable:
                if column in (one.column, other.column):
                    continue
                slots = {
                    "table": table.name,
                    "first": table.header[one.column],
                    "value": one.value,
                    "second": table.header[other.column],
                    "other": other.value,
                    "column": table.header[column],
                }
                answer = table.rows[both[0]][column]
                yield make_fact(form=CONDITION_VALUE, slots=slots, answer=answer, spans=table.spans)


def _counts(table: _Columns, language: Language) -> Iterator[StructuralFact]:
    """Yield facts about the number of rows that meet two conditions."""
    if not table.has_keys:
        return
    conditions = equal_conditions(table.rows, [column for column in table.usable if column])
    for one, other, both in joint_conditions(conditions):
        if 1 < len(both) <= _MAX_LISTED:
            slots = {
                "table": table.name,
                "first": table.header[one.column],
                "value": one.value,
                "second": table.header[other.column],
                "other": other.value,
            }
            names = language_rules(language).join_names([table.key(row) for row in both])
            yield make_fact(form=CONDITION_COUNT, slots=slots, answer=f"{len(both)}: {names}", spans=table.spans)


def _above(table: _Columns) -> Iterator[StructuralFact]:
    """Yield facts about the rows that have a value and a number above a limit."""
    if not table.has_keys:
        return
    conditions = equal_conditions(table.rows, [column for column in table.usable if column])
    for measure in table.usable:
        numbers = _numbers(table, measure)
        if not numbers:
            continue
        for condition in conditions:
            if condition.column == measure:
                continue
            for limit, both in above(condition, [numbers[row] for row in range(len(table.rows))]):
                if len(both) > _MAX_LISTED:
                    continue
                slots = {
                    "table": table.name,
                    "first": table.header[condition.column],
                    "value": condition.value,
                    "column": table.header[measure],
                    "limit": table.rows[limit][measure],
                }
                answer = "\n".join(f"{table.key(row)}: {table.rows[row][measure]}" for row in both)
                yield make_fact(form=CONDITION_ABOVE, slots=slots, answer=answer, spans=table.spans)


def _higher(table: _Columns) -> Iterator[StructuralFact]:
    """Yield facts about which of two rows has the higher number."""
    if not table.has_keys:
        return
    for measure in table.open:
        numbers = _numbers(table, measure)
        pairs = [(one, two) for one, two in combinations(numbers, 2) if numbers[one] != numbers[two]]
        for one, two in pairs:
            high, low = (one, two) if numbers[one] > numbers[two] else (two, one)
            slots = {
                "table": table.name,
                "column": table.header[measure],
                "one": table.key(one),
                "two": table.key(two),
            }
            answer = f"{table.key(high)}: {table.rows[high][measure]} > {table.key(low)}: {table.rows[low][measure]}"
            spans = [*table.head, table.lines[one], table.lines[two]]
            yield make_fact(form=CONDITION_HIGHER, slots=slots, answer=answer, spans=spans)


TASK = StructuralTask(
    name="table_condition",
    order=240,
    finds={"legal": condition_facts, "manual": manual_condition_facts, "dialogue": condition_facts},
    forms=(CONDITION_VALUE, CONDITION_COUNT, CONDITION_ABOVE, CONDITION_HIGHER),
    thresholds=thresholds_in(globals()),
    frames=lambda rules: (rules.frames.table_under,),
)
