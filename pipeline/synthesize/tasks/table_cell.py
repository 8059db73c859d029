"""The task `table_cell` asks for a cell of a table, for a whole row, or for the rows that share a value.

A question names a table by its caption or by its section. A table is refused if neither identifies it, if its header is
uncertain, or if it has more than two columns and no header row. A header has several rows if one of its cells covers
them; a column is then named by all of them, such as `Size Length`. The first cell of a row is its key; rows with the
same key are refused. Empty cells are never asked for.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence

from pipeline.documents.grammar.tables.table import Header
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
from pipeline.synthesize.structural.task import Form, StructuralTask, thresholds_in

TABLE_CELL = Form(
    "table_cell.cell",
    {
        "en": (
            "according to the table {table}, what is given as “{column}” for “{row}”?",
            "in the table {table}, what does the column “{column}” say for “{row}”?",
        ),
        "ko": (
            "{table} 표에서 “{row}”의 “{column}” 값은 무엇입니까?",
            "{table} 표에 따르면 “{row}”의 “{column}”에는 무엇이라고 적혀 있습니까?",
        ),
    },
)
TABLE_ROW = Form(
    "table_cell.row",
    {
        "en": (
            "what does the table {table} say about “{row}”? Give every column.",
            "give the complete entry for “{row}” in the table {table}.",
        ),
        "ko": (
            "{table} 표에서 “{row}” 행의 내용을 열마다 모두 알려 주십시오.",
            "{table} 표의 “{row}” 항목을 빠짐없이 적어 주십시오.",
        ),
    },
)
TABLE_FILTER = Form(
    "table_cell.filter",
    {
        "en": (
            "in the table {table}, which entries have “{value}” in the column “{column}”? List all of them.",
            "which entries of the table {table} show “{value}” under “{column}”? Name them all.",
        ),
        "ko": (
            "{table} 표에서 “{column}” 열이 “{value}”인 항목을 모두 적어 주십시오.",
            "{table} 표에서 “{column}” 값이 “{value}”인 것은 무엇무엇입니까?",
        ),
    },
)
TABLE_VALUE = Form(
    "table_cell.value",
    {
        "en": (
            "according to the table {table}, what is given for “{row}”?",
            "in the table {table}, what stands next to “{row}”?",
        ),
        "ko": (
            "{table} 표에서 “{row}”의 값은 무엇입니까?",
            "{table} 표에 따르면 “{row}”에는 무엇이라고 적혀 있습니까?",
        ),
    },
)
_MIN_FILTERED = 2
_MAX_FILTERED = 10
_MAX_CELL_CHARS = 300
_MAX_KEY_CHARS = MAX_KEY_CHARS


def table_facts(reading: Reading) -> Findings:
    """Return facts about the tables of a document."""
    return _findings(reading, reading.sections, furniture=())


def manual_table_facts(reading: Reading) -> Findings:
    """Return facts about the tables of a manual, except tables that contain page furniture."""
    return _findings(reading, reading.manual.sections, furniture=reading.manual.furniture)


def _findings(reading: Reading, sections: Sequence[NamedSection], *, furniture: Sequence[Span]) -> Findings:
    facts: list[StructuralFact] = []
    unasked: list[Unasked] = []
    for table, name, section in identified_tables(reading, sections, furniture=furniture):
        if not name:
            detail = f"neither a caption nor a heading identifies the table: {section.title!r}"
            unasked.append(_refuse(table, "unnamed_table", detail))
            continue
        if table.node.value in (Header.ROW, Header.BOTH):
            cells, problems = _row_facts(table, name)
        elif table.node.value == Header.COLUMN and len(table.rows[0]) == 2:
            cells, problems = _pair_facts(table, name)
        else:
            detail = f"it is uncertain which cells of the table {name} are the header"
            cells, problems = [], [_refuse(table, "no_header", detail)]
        facts.extend(cells)
        unasked.extend(problems)
    return Findings(facts=tuple(facts), unasked=tuple(unasked))


def _row_facts(table: TableGrid, name: str) -> tuple[list[StructuralFact], list[Unasked]]:
    num_names = table.num_header_rows
    header, names_are_single = column_names(table), table.is_single[num_names - 1]
    rows = table.rows[num_names:]
    # Below a group of columns, the next row may hold the names of its columns or values.
    may_be_names = table.has_groups and num_names == 1
    columns = Counter(header)
    keys = Counter(row[0].casefold() for row in rows)
    facts: list[StructuralFact] = []
    unasked: list[Unasked] = []
    by_value: dict[tuple[int, str], list[int]] = defaultdict(list)
    for at, row in enumerate(rows, start=num_names):
        key = row[0].lstrip(BULLETS)
        if not is_key(key) or not table.is_single[at][0] or continues_below(table.rows, at):
            continue
        if may_be_names and at == num_names:
            continue
        if keys[row[0].casefold()] > 1:
            detail = f"{keys[row[0].casefold()]} rows of the table {name} start with {key!r}"
            unasked.append(_refuse(table, "duplicate_row", detail))
            continue
        given = [
            (number, cell)
            for number, cell in enumerate(row)
            if number
            and cell not in EMPTY
            and not FOOTNOTE.search(cell)
            and table.is_single[at][number]
            and names_are_single[number]
            and columns[header[number]] == 1
            and 0 < len(header[number]) <= _MAX_KEY_CHARS
        ]
        spans = [*table.lines[:num_names], table.lines[at]]
        for number, cell in given:
            by_value[number, cell].append(at)
            if len(cell) <= _MAX_CELL_CHARS:
                slots = {"table": name, "row": key, "column": header[number]}
                facts.append(make_fact(form=TABLE_CELL, slots=slots, answer=cell, spans=spans))
        if len(given) > 1 and len(given) == len(row) - 1:
            answer = "\n".join(f"{header[number]}: {cell}" for number, cell in given)
            slots = {"table": name, "row": key}
            facts.append(make_fact(form=TABLE_ROW, slots=slots, answer=answer, spans=spans))
    if not may_be_names and all(count == 1 for count in keys.values()) and all(is_key(row[0]) for row in rows):
        facts.extend(_filters(table, name, header, by_value))
    return facts, unasked


def _filters(
    table: TableGrid, name: str, header: Sequence[str], by_value: dict[tuple[int, str], list[int]]
) -> list[StructuralFact]:
    """Return facts about rows that share a value; several rows must have it, but not all."""
    return [
        make_fact(
            form=TABLE_FILTER,
            slots={"table": name, "column": header[number], "value": value},
            answer=", ".join(table.rows[at][0].lstrip(BULLETS) for at in rows),
            spans=[*table.lines[: table.num_header_rows], *(table.lines[at] for at in rows)],
        )
        for (number, value), rows in by_value.items()
        if _MIN_FILTERED <= len(rows) <= _MAX_FILTERED
        and len(rows) < len(table.rows) - table.num_header_rows
        and len(value) <= _MAX_KEY_CHARS
        and not any(FOOTNOTE.search(row[number]) for row in table.rows)
    ]


def _pair_facts(table: TableGrid, name: str) -> tuple[list[StructuralFact], list[Unasked]]:
    """Return facts about the rows of a table with two columns, keys and values, and the rows that are refused."""
    keys = Counter(row[0].casefold() for row in table.rows)
    facts: list[StructuralFact] = []
    unasked: list[Unasked] = []
    for at, (key, value) in enumerate(table.rows):
        if (
            not is_key(key)
            or value in EMPTY
            or len(value) > _MAX_CELL_CHARS
            or not all(table.is_single[at])
            or FOOTNOTE.search(value)
        ):
            continue
        if keys[key.casefold()] > 1:
            detail = f"{keys[key.casefold()]} rows of the table {name} start with {key!r}"
            unasked.append(_refuse(table, "duplicate_row", detail))
            continue
        slots = {"table": name, "row": key}
        facts.append(make_fact(form=TABLE_VALUE, slots=slots, answer=value, spans=[table.lines[at]]))
    return facts, unasked


def _refuse(table: TableGrid, reason: str, detail: str) -> Unasked:
    return not_asked(
        task=TASK.name,
        subject=table.node.label or table.rows[0][0] or "table",
        reason=reason,
        detail=detail,
        span=table.lines[0],
    )


TASK = StructuralTask(
    name="table_cell",
    order=170,
    finds={"legal": table_facts, "manual": manual_table_facts, "dialogue": table_facts},
    forms=(TABLE_CELL, TABLE_ROW, TABLE_FILTER, TABLE_VALUE),
    thresholds=thresholds_in(globals()),
    frames=lambda rules: (rules.frames.table_under,),
)
