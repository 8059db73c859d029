"""Facts of the task `table_cell`: cells, rows and filtered rows of pipe tables.

Comes in: text and the named sections of its outline; goes out: `Findings`. A table is named by its caption or by its
section, and refused where neither singles it out. Rows are found by their first cell; rows that share one are refused,
empty cells are never asked for. Linear.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.config.build import StructuralTask
from pipeline.languages import Language, any_of, language_rules
from pipeline.synthesize.structural.facts import Findings, QuestionForm, Refusal, Span, StructuralFact, make_fact
from pipeline.synthesize.structural.headings import NamedSection
from pipeline.synthesize.structural.layout import Line, split_lines

_RULE = re.compile(r"[ \t]*\|?[ \t]*:?-{2,}:?[ \t]*(?:\|[ \t]*:?-{2,}:?[ \t]*)*\|?[ \t]*$")
_CELL_END = re.compile(r"(?<!\\)\|")
_CAPTION = re.compile(
    rf"[ \t*_]*(?P<caption>{any_of(lambda rules: rules.manual.table_caption)}"
    r"[ \t]*\d+(?:[.-]\d+)?[ \t]*[.:)]?[ \t]+\S.{1,80}?)[ \t*_]*$"
)
_NOTHING = {"", "-", "–", "—", "n/a", "N/A"}
_MIN_FILTERED = 2
_MAX_FILTERED = 10
_MAX_CELL_CHARS = 300
_MAX_KEY_CHARS = 80


@dataclass(frozen=True, slots=True)
class _Table:
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    header_line: Span
    row_lines: tuple[Span, ...]
    caption: str


def table_facts(*, text: str, sections: Sequence[NamedSection], language: Language) -> Findings:
    """Facts about the tables of a document."""
    facts: list[StructuralFact] = []
    refusals: list[Refusal] = []
    found = [(section, table) for section in sections for table in _tables(text, section)]
    per_section = Counter(section.start for section, _ in found)
    captions = Counter(table.caption for _, table in found if table.caption)
    for section, table in found:
        if table.caption and captions[table.caption] == 1:
            name = table.caption
        elif section.name and per_section[section.start] == 1:
            name = section.name
        else:
            refusals.append(_refuse(table, "unnamed_table", f"no caption or heading names it alone: {section.title!r}"))
            continue
        mark = language_rules(language).frames.table_under.format(name=name)
        cells, problems = _table_facts(table, mark)
        facts.extend(cells)
        refusals.extend(problems)
    return Findings(facts=tuple(facts), refusals=tuple(refusals))


def _table_facts(table: _Table, mark: str) -> tuple[list[StructuralFact], list[Refusal]]:
    columns = Counter(table.header)
    keys = Counter(row[0] for row in table.rows)
    facts: list[StructuralFact] = []
    refusals: list[Refusal] = []
    by_value: dict[tuple[int, str], list[int]] = defaultdict(list)
    for at, (row, line) in enumerate(zip(table.rows, table.row_lines, strict=True)):
        key = row[0]
        if not key or key in _NOTHING or len(key) > _MAX_KEY_CHARS:
            continue
        if keys[key] > 1:
            refusals.append(_refuse(table, "duplicate_row", f"{keys[key]} rows of the table {mark} start with {key!r}"))
            continue
        given = [
            (number, cell)
            for number, cell in enumerate(row)
            if number
            and cell not in _NOTHING
            and columns[table.header[number]] == 1
            and 0 < len(table.header[number]) <= _MAX_KEY_CHARS
        ]
        for number, cell in given:
            by_value[number, cell].append(at)
            if len(cell) <= _MAX_CELL_CHARS:
                facts.append(
                    make_fact(
                        form=QuestionForm.TABLE_CELL,
                        slots={"table": mark, "row": key, "column": table.header[number]},
                        answer=cell,
                        spans=[table.header_line, line],
                    )
                )
        if len(given) > 1 and len(given) == len(row) - 1:
            facts.append(
                make_fact(
                    form=QuestionForm.TABLE_ROW,
                    slots={"table": mark, "row": key},
                    answer="\n".join(f"{table.header[number]}: {cell}" for number, cell in given),
                    spans=[table.header_line, line],
                )
            )
    if all(count == 1 for count in keys.values()) and all(row[0] not in _NOTHING for row in table.rows):
        facts.extend(_filters(table, mark, by_value))
    return facts, refusals


def _filters(table: _Table, mark: str, by_value: dict[tuple[int, str], list[int]]) -> list[StructuralFact]:
    """Which rows share a value: asked where the value stands in several rows, but not in all."""
    return [
        make_fact(
            form=QuestionForm.TABLE_FILTER,
            slots={"table": mark, "column": table.header[number], "value": value},
            answer=", ".join(table.rows[at][0] for at in rows),
            spans=[table.header_line, *(table.row_lines[at] for at in rows)],
        )
        for (number, value), rows in by_value.items()
        if _MIN_FILTERED <= len(rows) <= _MAX_FILTERED and len(rows) < len(table.rows)
    ]


def _tables(text: str, section: NamedSection) -> list[_Table]:
    lines = split_lines(text[section.start : section.end])
    tables = []
    index = 1
    while index < len(lines):
        if "|" in lines[index - 1].text and "-" in lines[index].text and _RULE.match(lines[index].text):
            stop = index + 1
            while stop < len(lines) and "|" in lines[stop].text:
                stop += 1
            table = _table(lines, index - 1, stop, section.start)
            if table is not None:
                tables.append(table)
            index = stop
        index += 1
    return tables


def _table(lines: Sequence[Line], header: int, stop: int, offset: int) -> _Table | None:
    columns = _cells(lines[header].text)
    body = [(_cells(line.text), _line_span(line, offset)) for line in lines[header + 2 : stop]]
    rows = [(cells, line) for cells, line in body if len(cells) == len(columns)]
    if len(columns) < 2 or not rows or len(rows) < len(body):
        return None
    caption = next(
        (match["caption"].strip() for line in _around(lines, header, stop) if (match := _CAPTION.match(line.text))), ""
    )
    return _Table(
        header=columns,
        rows=tuple(cells for cells, _ in rows),
        header_line=_line_span(lines[header], offset),
        row_lines=tuple(line for _, line in rows),
        caption=caption,
    )


def _around(lines: Sequence[Line], header: int, stop: int) -> list[Line]:
    """The nearest line with text above the table, and below it."""
    above = [line for line in lines[max(0, header - 2) : header] if line.text.strip()][-1:]
    below = [line for line in lines[stop : stop + 2] if line.text.strip()][:1]
    return above + below


def _cells(line: str) -> tuple[str, ...]:
    """Cells of a row; a pipe behind a backslash is part of a cell."""
    inner = line.strip().removeprefix("|")
    if inner.endswith("|") and not inner.endswith("\\|"):
        inner = inner[:-1]
    return tuple(cell.strip().replace("\\|", "|") for cell in _CELL_END.split(inner))


def _line_span(line: Line, offset: int) -> Span:
    inner = line.text.strip()
    start = offset + line.start + line.text.index(inner)
    return Span(start, start + len(inner))


def _refuse(table: _Table, reason: str, detail: str) -> Refusal:
    return Refusal(
        task=StructuralTask.TABLE_CELL,
        subject=table.header[0] or "table",
        reason=reason,
        detail=detail,
        span=table.header_line,
    )
